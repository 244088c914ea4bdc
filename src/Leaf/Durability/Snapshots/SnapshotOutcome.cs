namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>What was written or loaded, and how long it took.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Entries">Entries written, or taken up.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Duration">From the first byte to the last.</param>
internal readonly record struct SnapshotOutcome(ushort Shard, long Entries, long Bytes, TimeSpan Duration)
{
    /// <summary>Megabytes (10^6) a second.</summary>
    public double MegabytesPerSecond => Bytes / 1e6 / Math.Max(Duration.TotalSeconds, 1e-6);
}
