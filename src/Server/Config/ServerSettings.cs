using Hedgerow.Leaf;
using Hedgerow.Router;

namespace Hedgerow.Server.Config;

/// <summary>
/// Everything a node was told, typed. Immutable. Names, defaults, bounds and words of each member stand in one place,
/// <see cref="SettingsTable"/>: take <see cref="SettingsTable.Defaults"/> and change what differs.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>The verb.</summary>
    public NodeRole Role { get; init; }

    /// <summary>node.name: its name in the topology, logs and metrics.</summary>
    public string Name { get; init; } = "";

    /// <summary>cluster.shards: shards of <c>serve</c>.</summary>
    public int Shards { get; init; }

    /// <summary>cluster.replicas: in-process leaves of <c>serve</c>, each with every shard.</summary>
    public int Replicas { get; init; }

    /// <summary>node.warmUp: how long the process warms up before it serves.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>cluster.topology: path of the topology file; empty for none.</summary>
    public string Topology { get; init; } = "";

    /// <summary>leaf.shards: shard ids that a leaf without a topology holds.</summary>
    public IReadOnlyList<ushort> LeafShards { get; init; } = [];

    /// <summary>leaf.data: directory of documents; null keeps them in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>leaf.memory: bytes for cache entries of the whole process.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>leaf.fsync.</summary>
    public FsyncPolicy Fsync { get; init; }

    /// <summary>leaf.refresh: longest time a document stays invisible to searches.</summary>
    public TimeSpan RefreshInterval { get; init; }

    /// <summary>leaf.merge.share: part of one processor for merges in the background.</summary>
    public double MergeShare { get; init; }

    /// <summary>leaf.background.shareMin: part of its time that the background works whatever searches want.</summary>
    public double BackgroundShareMin { get; init; }

    /// <summary>leaf.search.threads; 0 means half the processors.</summary>
    public int SearchThreads { get; init; }

    /// <summary>leaf.indexing.threads; 0 means half the processors.</summary>
    public int IndexThreads { get; init; }

    /// <summary>leaf.search.queue: searches that may wait.</summary>
    public int SearchQueueMax { get; init; }

    /// <summary>leaf.pointInTime.max: snapshots that points in time may hold.</summary>
    public int SnapshotsHeldMax { get; init; }

    /// <summary>leaf.pointInTime.keepAlive: longest time that one is kept unused.</summary>
    public TimeSpan PointInTimeKeepAliveMax { get; init; }

    /// <summary>leaf.pointInTime.memory: bytes that only they hold.</summary>
    public long PointInTimeMemoryBytes { get; init; }

    /// <summary>leaf.shed.enabled.</summary>
    public bool ShedEnabled { get; init; }

    /// <summary>leaf.shed.target: delay that a queue may always have.</summary>
    public TimeSpan ShedTarget { get; init; }

    /// <summary>leaf.shed.interval.</summary>
    public TimeSpan ShedInterval { get; init; }

    /// <summary>leaf.shed.share: of searches.</summary>
    public double ShedShare { get; init; }

    /// <summary>leaf.shed.writeShare.</summary>
    public double ShedWriteShare { get; init; }

    /// <summary>leaf.faults: whether the fault switch may be set.</summary>
    public bool AllowFaults { get; init; }

    /// <summary>limits.value: bytes of the largest value or document.</summary>
    public int ValueBytesMax { get; init; }

    /// <summary>native.listen.</summary>
    public ListenAddress NativeListen { get; init; } = new("127.0.0.1", 0);

    /// <summary>native.connections: connections at once.</summary>
    public int NativeConnectionsMax { get; init; }

    /// <summary>native.inflight.requests, on one connection.</summary>
    public int RequestsInFlightMax { get; init; }

    /// <summary>native.inflight.bytes, on one connection.</summary>
    public long BytesInFlightMax { get; init; }

    /// <summary>resp.listen; null when off.</summary>
    public ListenAddress? RespListen { get; init; }

    /// <summary>resp.connections: connections at once.</summary>
    public int RespConnectionsMax { get; init; }

    /// <summary>resp.timeout: idle time after which a connection is closed; zero for never.</summary>
    public TimeSpan RespIdleTimeout { get; init; }

    /// <summary>resp.output: bytes of answers that a client may leave untaken.</summary>
    public int RespOutputBytesMax { get; init; }

    /// <summary>limits.answers: bytes of one connection's answers that wait for their turn.</summary>
    public long AnswerBytesMax { get; init; } = 64L << 20;

    /// <summary>resp.messages: bytes of messages that a listener may leave untaken.</summary>
    public long RespListenerBytesMax { get; init; }

    /// <summary>resp.notify: letters of keyspace notifications.</summary>
    public string RespNotify { get; init; } = "";

    /// <summary>resp.session: whether each connection is a session.</summary>
    public bool RespSession { get; init; }

    /// <summary>memcached.session: whether each connection is a session.</summary>
    public bool MemcachedSession { get; init; }

    /// <summary>http.sessionCookie: the cookie that names a client's session; empty for none.</summary>
    public string HttpSessionCookie { get; init; } = "";

    /// <summary>memcached.listen; null when off.</summary>
    public ListenAddress? MemcachedListen { get; init; }

    /// <summary>memcached.connections: connections at once.</summary>
    public int MemcachedConnectionsMax { get; init; }

    /// <summary>memcached.timeout: idle time after which a connection is closed; zero for never.</summary>
    public TimeSpan MemcachedIdleTimeout { get; init; }

    /// <summary>memcached.output: bytes of answers that a client may leave untaken.</summary>
    public int MemcachedOutputBytesMax { get; init; }

    /// <summary>loops.threads: event loops; 0 for one each processor.</summary>
    public int LoopThreads { get; init; }

    /// <summary>http.listen; null when off.</summary>
    public ListenAddress? HttpListen { get; init; }

    /// <summary>http.connections: connections at once.</summary>
    public int HttpConnectionsMax { get; init; }

    /// <summary>http.bulk: bytes of one bulk request's body.</summary>
    public long HttpBulkBytesMax { get; init; }

    /// <summary>auth.token: what clients must present; empty for none.</summary>
    public string AuthToken { get; init; } = "";

    /// <summary>auth.insecure: whether listening beyond loopback without a token is all right.</summary>
    public bool Insecure { get; init; }

    /// <summary>router.hedge.enabled.</summary>
    public bool HedgeEnabled { get; init; }

    /// <summary>router.hedge.budget: extra requests as a share of all.</summary>
    public double HedgeBudget { get; init; }

    /// <summary>router.hedge.delayMin.</summary>
    public TimeSpan HedgeDelayMin { get; init; }

    /// <summary>router.hedge.delayMax.</summary>
    public TimeSpan HedgeDelayMax { get; init; }

    /// <summary>router.timeout: deadline of a read or write that has none.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>router.searchTimeout: deadline of a search that has none.</summary>
    public TimeSpan SearchTimeout { get; init; }

    /// <summary>router.bulkTimeout.</summary>
    public TimeSpan BulkTimeout { get; init; }

    /// <summary>leaf.snapshot.drain.</summary>
    public bool SnapshotOnDrain { get; init; }

    /// <summary>leaf.snapshot.load: auto, any or never.</summary>
    public string SnapshotLoad { get; init; } = "";

    /// <summary>router.acks.entries.</summary>
    public int EntryAcksMin { get; init; }

    /// <summary>router.acks.documents; 0 means the majority.</summary>
    public int DocumentAcksMin { get; init; }

    /// <summary>router.selection, router.eject and the like: what the router takes as it stands.</summary>
    public HedgerowClientOptions Router { get; init; } = new();

    /// <summary>router.zone.</summary>
    public string Zone { get; init; } = "";

    /// <summary>router.connections: connections to each leaf.</summary>
    public int ConnectionsPerLeaf { get; init; }

    /// <summary>drain.delay: between not ready and closing the listeners.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>drain.timeout: how long requests in flight may take to finish.</summary>
    public TimeSpan DrainTimeout { get; init; }

    /// <summary>log.level.</summary>
    public LogLevel LogLevel { get; init; }

    /// <summary>log.format: JSON lines instead of text.</summary>
    public bool LogJson { get; init; }

    /// <summary>Where <see cref="SearchThreads"/> is 0, half the processors.</summary>
    public int SearchThreadsResolved => ThreadsOf(SearchThreads);

    /// <summary>Where <see cref="IndexThreads"/> is 0, half the processors.</summary>
    public int IndexThreadsResolved => ThreadsOf(IndexThreads);

    private static int ThreadsOf(int setting) => setting > 0 ? setting : Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Role and name only: the token must not end up in a log.</summary>
    public override string ToString() => $"{Role} {Name}";
}
