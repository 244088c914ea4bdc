using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf;

/// <summary>What a leaf may use and how it behaves. Bounds are checked when it opens.</summary>
public sealed record LeafOptions
{
    /// <summary>Its name in the topology.</summary>
    public string Name { get; init; } = "leaf";

    /// <summary>Directory of its documents; null keeps them in memory, and they are gone with the process.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Bytes for cache entries, over all shards. At least 1 MiB a shard. 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of the largest value. 16 MiB; up to 512 MiB.</summary>
    public int ValueBytesMax { get; init; } = 16 << 20;

    /// <summary>When a document write is acknowledged.</summary>
    public FsyncPolicy Fsync { get; init; } = FsyncPolicy.Always;

    /// <summary>Longest time an acknowledged document stays invisible to searches. 200 ms; 1 ms to one hour.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Part of one processor's time that merging segments in the background may take while nothing waits for it. Half;
    /// above 0 to 1, which is full speed.
    /// </summary>
    public double MergeShare { get; init; } = 0.5;

    /// <summary>
    /// Part of their time that indexing, flushes and merges work however many searches want the processors. A third;
    /// above 0 to 1, where they never rest.
    /// </summary>
    public double BackgroundShareMin { get; init; } = 1.0 / 3;

    /// <summary>Threads for searches and other long work. Half the processors, at least one; up to 1,024.</summary>
    public int SearchThreads { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>
    /// Threads that write documents into indexes, over all shards: no more than these index at a time. Half the
    /// processors, at least one; up to 1,024.
    /// </summary>
    public int IndexThreads { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Searches that may wait; the next is answered Overloaded. 256; 1 to 1,000,000.</summary>
    public int SearchQueueMax { get; init; } = 256;

    /// <summary>
    /// Snapshots that points in time may hold, one for each of its shards here. 1,000; 0 to 1,000,000.
    /// </summary>
    public int SnapshotsHeldMax { get; init; } = 1_000;

    /// <summary>Longest time that a point in time may ask to be kept unused. One hour; 1 ms to 24 hours.</summary>
    public TimeSpan PointInTimeKeepAliveMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Bytes of memory that only points in time hold: of what was merged or flushed since they were opened. Those that
    /// expire next are given up for it, at most a second late. 256 MiB; 0 or more.
    /// </summary>
    public long PointInTimeMemoryBytes { get; init; } = 256L << 20;

    /// <summary>When queues refuse work that would come too late.</summary>
    public ShedOptions Shed { get; init; } = new();

    /// <summary>Whether a drain writes the cache entries to the data directory. On; needs one.</summary>
    public bool SnapshotOnDrain { get; init; } = true;

    /// <summary>Which snapshots of cache entries are taken up at the start.</summary>
    public SnapshotLoad SnapshotLoad { get; init; } = SnapshotLoad.Clean;

    /// <summary>Whether the fault switch may be set. Off but for tests and demos.</summary>
    public bool AllowFaults { get; init; }

    /// <summary>Told of entries that expire or are evicted; null when nobody listens.</summary>
    public IEntryEvents? EntryEvents { get; init; }

    /// <summary>Throws for the first setting that is out of its bounds.</summary>
    /// <exception cref="ArgumentException">Names the setting, its value and what is allowed.</exception>
    internal void Check(int shards)
    {
        var memoryMin = CacheStoreOptions.MemoryBytesMin * Math.Max(1, shards);
        Demand(MemoryBytes >= memoryMin, nameof(MemoryBytes), MemoryBytes,
            $"at least {memoryMin} ({CacheStoreOptions.MemoryBytesMin} for each of {shards} shards)");
        Demand(ValueBytesMax is >= 1 and <= CacheStoreOptions.ValueBytesCeiling, nameof(ValueBytesMax), ValueBytesMax,
            $"1 to {CacheStoreOptions.ValueBytesCeiling}");
        Demand(Enum.IsDefined(Fsync), nameof(Fsync), Fsync, "Always, Interval or Never");
        Demand(Enum.IsDefined(SnapshotLoad), nameof(SnapshotLoad), SnapshotLoad, "Clean, Any or Never");
        Demand(RefreshInterval >= TimeSpan.FromMilliseconds(1) && RefreshInterval <= TimeSpan.FromHours(1),
            nameof(RefreshInterval), RefreshInterval, "1 ms to 1 hour");
        Demand(MergeShare is > 0 and <= 1, nameof(MergeShare), MergeShare, "above 0 to 1");
        Demand(BackgroundShareMin is > 0 and <= 1, nameof(BackgroundShareMin), BackgroundShareMin, "above 0 to 1");
        Demand(SearchThreads is >= 1 and <= 1_024, nameof(SearchThreads), SearchThreads, "1 to 1,024");
        Demand(IndexThreads is >= 1 and <= 1_024, nameof(IndexThreads), IndexThreads, "1 to 1,024");
        Demand(SearchQueueMax is >= 1 and <= 1_000_000, nameof(SearchQueueMax), SearchQueueMax, "1 to 1,000,000");
        Demand(SnapshotsHeldMax is >= 0 and <= 1_000_000, nameof(SnapshotsHeldMax), SnapshotsHeldMax,
            "0 to 1,000,000");
        Demand(PointInTimeKeepAliveMax >= TimeSpan.FromMilliseconds(1)
            && PointInTimeKeepAliveMax <= TimeSpan.FromHours(24),
            nameof(PointInTimeKeepAliveMax), PointInTimeKeepAliveMax, "1 ms to 24 hours");
        Demand(PointInTimeMemoryBytes >= 0, nameof(PointInTimeMemoryBytes), PointInTimeMemoryBytes, "0 or more");
        DemandSpan(Shed.Target, "Shed.Target");
        DemandSpan(Shed.Interval, "Shed.Interval");
        Demand(Shed.SearchShare is >= 0 and <= 1, "Shed.SearchShare", Shed.SearchShare, "0 to 1");
        Demand(Shed.WriteShare is >= 0 and <= 1, "Shed.WriteShare", Shed.WriteShare, "0 to 1");
    }

    private static void DemandSpan(TimeSpan value, string name) =>
        Demand(value > TimeSpan.Zero && value <= TimeSpan.FromHours(1), name, value, "above 0 to 1 hour");

    private static void Demand(bool holds, string name, object value, string allowed)
    {
        if (!holds) throw new ArgumentException($"The leaf's {name} is {value}; allowed is {allowed}.", name);
    }
}

/// <summary>When a write-ahead log is forced to the disk.</summary>
public enum FsyncPolicy
{
    /// <summary>Before the write is acknowledged; concurrent writes share one fsync.</summary>
    Always,

    /// <summary>Every 100 ms: a power cut can lose that much; a killed process loses nothing.</summary>
    Interval,

    /// <summary>When the operating system pleases.</summary>
    Never,
}

/// <summary>Which snapshots of cache entries a leaf takes up when it starts.</summary>
public enum SnapshotLoad
{
    /// <summary>Those made by a drain, once: nothing was written after them.</summary>
    Clean,

    /// <summary>Any: values may be as old as the snapshot.</summary>
    Any,

    /// <summary>None: the leaf starts cold.</summary>
    Never,
}
