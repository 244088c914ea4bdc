using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>What snapshots are made and taken up with.</summary>
internal sealed unsafe partial class CacheStore
{
    internal int PartitionCount => _partitions.Length;

    /// <summary>Begins a walk through every entry of one of several parts; see there. One at a time of each.</summary>
    /// <param name="part">0 to <paramref name="parts"/> - 1. A path is in the same part all the time.</param>
    /// <param name="parts">Each may be walked on a thread of its own.</param>
    public EntryWalk Walk(int part = 0, int parts = 1)
    {
        var start = _partitions.Length * part / parts;
        return new EntryWalk(_pool, _partitions[start..(_partitions.Length * (part + 1) / parts)]);
    }

    /// <summary>Takes up entries of a walk, many at a time; one of several that do so together.</summary>
    public EntryLoader Loader(int number = 0, int loaders = 1) => new(this, number, loaders);

    /// <summary>
    /// Gives the index of an empty store the size that it will have with so many entries, so that it need not grow
    /// through all that are smaller while they are taken up. Until <see cref="EndLoad"/> it does not shrink.
    /// </summary>
    /// <param name="entries">About how many there are; more are no fault.</param>
    /// <param name="bytes">Of their rows: the index gets no more than what so large entries leave it.</param>
    public void BeginLoad(long entries, long bytes)
    {
        if (entries == 0) return;
        var most = _options.MemoryBytes / Math.Max(1, bytes / entries);
        Reserve(Math.Min(entries, most) / _partitions.Length);
    }

    /// <summary>From now on the index takes what its entries need.</summary>
    public void EndLoad() => Reserve(0);

    private void Reserve(long entriesPerPartition)
    {
        foreach (var partition in _partitions)
        {
            for (var group = 0; group < partition.Table.Index.Groups; group++)
            {
                partition.Gate.Enter();
                var isThere = partition.TryReserve(group, entriesPerPartition);
                partition.Gate.Exit();
                if (!isThere) return;
            }
        }
    }

    /// <summary>
    /// Takes up an entry of a walk, with what eviction knew of it. False when it has expired, there is no room for it,
    /// or the stored one is not older. Thread-safe.
    /// </summary>
    public bool Restore(in EntryRow row, ulong pathHash, long nowMs)
    {
        if (row.ExpiresAtMs != 0 && row.ExpiresAtMs <= nowMs) return false;
        var command = new CacheCommand
        {
            Opcode = Opcode.Set,
            Path = row.Path,
            Value = row.Value,
            Kind = row.Kind,
            Mark = row.Mark,
            EntryFlags = row.EntryFlags,
            ExpiresAtMs = row.ExpiresAtMs,
            Version = row.Version,
        };
        if (Execute(command, pathHash, nowMs, Nowhere.Instance, out _) != StatusCode.Ok) return false;
        if (row.Uses == 0 && !row.IsInMain) return true;
        var place = _hash.Of(row.Path);
        var partition = PartitionOf(place);
        partition.Gate.Enter();
        partition.SetUses(place, row.Path, row.IsInMain ? Math.Max(row.Uses, Evictor.UsesToPass) : row.Uses);
        partition.Gate.Exit();
        return true;
    }

    /// <summary>Whether an entry is one that is stored as it comes: no map, and its value no block.</summary>
    internal bool IsPlain(in EntryRow row) =>
        row.Kind == EntryKind.Value
        && row.Version != 0
        && row.Path.Length <= ProtocolLimits.PathBytesMax
        && row.Value.Length <= _options.ValueBytesMax
        && !_limits.IsLarge(row.Path.Length, row.Value.Length);

    internal ulong PlaceOf(ReadOnlySpan<byte> path) => _hash.Of(path);

    internal Partition PartitionAt(int number) => _partitions[number];

    /// <summary>Releases the blocks that lost their record under a gate, now that it is open.</summary>
    internal void Release(LargeBlock* doomed) => LargeBlock.ReleaseAll(doomed, _pool);
}
