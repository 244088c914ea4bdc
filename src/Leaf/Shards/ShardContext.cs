using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>What all shards of a leaf share.</summary>
/// <param name="Options">The leaf's options.</param>
/// <param name="Directory">Where documents live; null when they live in memory.</param>
/// <param name="Files">How files are written.</param>
/// <param name="Limits">When documents are flushed.</param>
/// <param name="Gate">Who may be reading shards and collections right now.</param>
/// <param name="Threads">The leaf's own.</param>
/// <param name="Clock">The leaf's clock.</param>
/// <param name="Log">Where to say what went wrong.</param>
internal sealed record ShardContext(
    LeafOptions Options,
    LeafDirectory? Directory,
    IFileStore Files,
    DurabilityLimits Limits,
    ReaderGate Gate,
    LeafThreads Threads,
    LeafClock Clock,
    ILogger Log)
{
    /// <summary>Does the work on the disk that nobody waits for.</summary>
    public Maintenance Maintenance => Threads.Maintenance;

    /// <summary>The time it is by.</summary>
    public TimeProvider Time => Clock.Time;

    /// <summary>Transactions of all shards.</summary>
    public TransactionMarks Transactions { get; } = new();

    /// <summary>Cache entries on the disk.</summary>
    public ShardSnapshots Snapshots => field ??= new ShardSnapshots(this);
}
