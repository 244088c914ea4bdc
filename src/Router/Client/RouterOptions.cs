using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>How a router behaves. Bounds are checked when the router is made.</summary>
public record RouterOptions
{
    /// <summary>Deadline of a read or write of one path, or of many, that gives none. 1 s; above 0.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Deadline of a search that gives none. 5 s; above 0.</summary>
    public TimeSpan SearchTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Deadline of bulk writes, scans, refreshes and collection changes that give none. 30 s; above 0.
    /// </summary>
    public TimeSpan BulkTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long opening a connection to a leaf may take, with the hello. 2 s; above 0.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Share of a search's time left after which it answers with what it has, or fails if that is not allowed. The rest
    /// is for the way back. 0.9; above 0, at most 1.
    /// </summary>
    public double SearchSoftShare { get; set; } = 0.9;

    /// <summary>
    /// Share of that time by which term statistics must be there; shards without are searched all the same. 0.3; 0.01
    /// to 1.
    /// </summary>
    public double SearchStatisticsEnd { get; set; } = 0.3;

    /// <summary>
    /// Share of that time by which the search itself must be done, where more hits may have to be asked for after it.
    /// 0.85; 0.01 to 1.
    /// </summary>
    public double SearchQueryEnd { get; set; } = 0.85;

    /// <summary>
    /// Share of the shards with which a search that allows partial answers need not wait for the others to the end,
    /// where it does not say itself. 1, the default, waits for all; 0 to 1.
    /// </summary>
    public double SearchCoverageMin { get; set; } = 1;

    /// <summary>
    /// With that coverage, the others get this many times as long as the slowest that answered. 3; 1 to 1,000.
    /// </summary>
    public double SearchStragglerFactor { get; set; } = 3;

    /// <summary>And at least this long. 10 ms; 0 to one minute.</summary>
    public TimeSpan SearchStragglerMin { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Whether a leaf is told the time left without what the answer takes on the wire, as it was at best of late. On.
    /// </summary>
    public bool DeadlineWithoutWire { get; set; } = true;

    /// <summary>
    /// Bytes that the answers of searches under way may hold before new searches are refused. 256 MiB; 1 MiB or more.
    /// </summary>
    public long SearchBytesMax { get; set; } = 256L << 20;

    /// <summary>
    /// Whether searches are refused as a whole while leaves refuse more than a part of them: one that is refused by one
    /// shard is work for nothing at the others. On.
    /// </summary>
    public bool SearchAdmission { get; set; } = true;

    /// <summary>
    /// Searches that take at least this long are logged, each in a line with what it asked for, at most 10 a second. 0,
    /// the default, logs none; to one hour.
    /// </summary>
    public TimeSpan SearchSlowLog { get; set; }

    /// <summary>Hedging of idempotent reads.</summary>
    public HedgeOptions Hedge { get; set; } = new();

    /// <summary>Which paths are read so much that their reads are dealt with in ways of their own.</summary>
    public HotOptions Hot { get; set; } = new();

    /// <summary>Which reads of the same path at the same time are one request to the leaf.</summary>
    public SingleFlight SingleFlight { get; set; } = SingleFlight.Hot;

    /// <summary>Answers that the router keeps for hot paths.</summary>
    public NearCacheOptions NearCache { get; set; } = new();

    /// <summary>Where reads go.</summary>
    public ReplicaOrder ReplicaOrder { get; set; } = ReplicaOrder.Adaptive;

    /// <summary>
    /// Routers that send to the same leaves, which <see cref="ReplicaOrder.C3"/> takes to be as busy as this one. 1; 1
    /// to 10,000.
    /// </summary>
    public int RoutersPerLeaf { get; set; } = 1;

    /// <summary>
    /// The failure zone this router stands in: replicas of other zones must look <see cref="ZoneFactor"/> times as
    /// good. Empty: none.
    /// </summary>
    public string Zone { get; set; } = "";

    /// <summary>How much better a replica of another zone must look to be asked. 2; 1 (no matter) to 1,000.</summary>
    public double ZoneFactor { get; set; } = 2;

    /// <summary>
    /// Whether reads that carry a session keep to one replica. On: sessions are there when a client asks for them.
    /// </summary>
    public bool KeepSessions { get; set; } = true;

    /// <summary>How many requests a leaf may have in flight.</summary>
    public LimitOptions Limit { get; set; } = new();

    /// <summary>The one switch for avoiding leaves that fail.</summary>
    public bool EjectEnabled { get; set; } = true;

    /// <summary>
    /// Share of a shard's replicas that may be avoided for errors or missed deadlines, rounded down; beyond it they are
    /// asked as if they were well. Leaves that can't be reached do not count. 0.5; 0 to 1.
    /// </summary>
    public double EjectShareMax { get; set; } = 0.5;

    /// <summary>
    /// How long a leaf that was avoided and is back takes to get its whole share of reads. 5 s; 0 is off.
    /// </summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Failures in a row after which a leaf is avoided. 3, as mcrouter has it; 1 to 1,000.</summary>
    public int FailuresToEject { get; set; } = 3;

    /// <summary>
    /// A leaf that was not waited for that often in a row, and answered nothing for so long, is avoided too: it stands
    /// still, and hedges keep its deadlines from passing. 50 ms; above 0.
    /// </summary>
    public TimeSpan EjectSilence { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// A leaf whose reads take this many times what they take at the best of its shard's other replicas of the same
    /// zone, by the medians of the last moments, is avoided too. 4; 0 is off, 1.5 to 1,000.
    /// </summary>
    public double SlowFactor { get; set; } = 4;

    /// <summary>Reads within this are never slow, whatever the others take. 2 ms; above 0.</summary>
    public TimeSpan SlowMin { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// After this long one request probes an avoided leaf; each failed probe doubles it, up to <see
    /// cref="ProbeDelayMax"/>. 500 ms.
    /// </summary>
    public TimeSpan ProbeDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest time between two probes of an avoided leaf. 10 s.</summary>
    public TimeSpan ProbeDelayMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The one switch for asking another replica after an error.</summary>
    public bool RetryEnabled { get; set; } = true;

    /// <summary>
    /// Reads sent again because a replica failed, as a share of all reads; 0 to 1. 0.2, as Finagle has it.
    /// </summary>
    public double RetryBudget { get; set; } = 0.2;

    /// <summary>Replicas that must have an entry before its write succeeds; at most those of its shard. 1.</summary>
    public int EntryAcksMin { get; set; } = 1;

    /// <summary>Replicas that must have a document before its write succeeds; 0 means the majority. 0.</summary>
    public int DocumentAcksMin { get; set; }

    /// <summary>
    /// How long a write that has succeeded waits for the replicas that have not answered, so that a client reads what
    /// it wrote wherever it reads. 10 ms.
    /// </summary>
    public TimeSpan WriteGrace { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How old the router's list of collections may grow (it tells documents from entries). 10 s.</summary>
    public TimeSpan CollectionsRefresh { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The default deadline of an operation.</summary>
    internal TimeSpan TimeoutOf(Opcode opcode) => opcode switch
    {
        Opcode.Search or Opcode.TermStatistics or Opcode.Instant or Opcode.Suggest or Opcode.Spelling =>
            SearchTimeout,
        Opcode.Bulk or Opcode.Scan or Opcode.Refresh or Opcode.CollectionPut or Opcode.CollectionChange
            or Opcode.Snapshot or Opcode.Repair => BulkTimeout,
        _ => Timeout,
    };

    /// <summary>
    /// Seed of replica choice; the same seed and the same events give the same choices. 0 takes a random one.
    /// </summary>
    public ulong Seed { get; set; }
}

/// <summary>Which reads are one request to the leaf while they are under way together.</summary>
public enum SingleFlight
{
    /// <summary>None: each read is sent.</summary>
    Off,

    /// <summary>Those of hot paths.</summary>
    Hot,

    /// <summary>All; each read then costs an object or two.</summary>
    All,
}

/// <summary>How paths that are read much are found: see docs/tail/hot-paths.md.</summary>
public sealed record HotOptions
{
    /// <summary>Off, no path is hot: nothing is counted, spread or kept.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Reads a second from which a path is hot, within a factor of two. 1,000; 1 to a billion.</summary>
    public int Rate { get; set; } = 1_000;

    /// <summary>Paths that are counted, and so the most that are hot at once. 128; 1 to 4,096.</summary>
    public int Paths { get; set; } = 128;

    /// <summary>Whether reads of hot paths go to all replicas, whatever zone or order prefers.</summary>
    public bool Spread { get; set; } = true;
}

/// <summary>What the router keeps of hot paths, and how old it may be: see docs/tail/hot-paths.md.</summary>
public sealed record NearCacheOptions
{
    /// <summary>Bytes it may hold; 0, the default, turns it off. Up to 16 GiB.</summary>
    public long Bytes { get; set; }

    /// <summary>
    /// How old an answer may be, counted from when it was asked for. What others write shows after that; what is
    /// written through this router at once. 50 ms; above 0 to one hour.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMilliseconds(50);
}

/// <summary>Which replica a read goes to first.</summary>
public enum ReplicaOrder
{
    /// <summary>
    /// The better of two random ones by requests in flight, recent latency, and the leaf's own queue.
    /// </summary>
    Adaptive,

    /// <summary>The topology's order: the first that is up.</summary>
    Preferred,

    /// <summary>The least by C3's cubic rank of latency, service time and queue.</summary>
    C3,

    /// <summary>Prequal's rule: the fastest of those with few requests, or the one with the fewest.</summary>
    Prequal,

    /// <summary>Any that is up, whatever its load.</summary>
    Random,

    /// <summary>One after the other, whatever their load.</summary>
    RoundRobin,
}

/// <summary>
/// How many requests a router keeps in flight to one leaf, for each class of operations. The limit follows how much
/// slower answers are than the fastest lately.
/// </summary>
public sealed record LimitOptions
{
    /// <summary>The one switch that turns it off.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Never fewer. 64; 1 or more.</summary>
    public int InFlightMin { get; set; } = 64;

    /// <summary>
    /// Never more, and what it begins with. 65,536, as many as wait for one connection; at least <see
    /// cref="InFlightMin"/>.
    /// </summary>
    public int InFlightMax { get; set; } = 65_536;

    /// <summary>How many times the fastest lately answers may take before the limit falls. 2; 1 to 100.</summary>
    public double Tolerance { get; set; } = 2;

    /// <summary>
    /// Answers within this are never taken for a queue: a batch of small reads takes many times what one does. 50 ms.
    /// </summary>
    public TimeSpan LatencyFree { get; set; } = TimeSpan.FromMilliseconds(50);
}

/// <summary>When a second copy of a read is sent to another replica.</summary>
public sealed record HedgeOptions
{
    /// <summary>The one switch that turns it all off.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Extra requests as a share of all, kept by a token bucket; 0 to 1. 0.02 as in The Tail at Scale.
    /// </summary>
    public double Budget { get; set; } = 0.02;

    /// <summary>
    /// Never hedge sooner than this; about twice a round trip. 500 µs; the system's timers round up to 1 ms.
    /// </summary>
    public TimeSpan DelayMin { get; set; } = TimeSpan.FromMicroseconds(500);

    /// <summary>Never wait longer than this, whatever the recent latencies say. 50 ms.</summary>
    public TimeSpan DelayMax { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Whether the last shards of a search are hedged also by how long after the others they come. On.
    /// </summary>
    public bool Paced { get; set; } = true;

    /// <summary>
    /// Whether a search that waits in its leaf's queue is queued at another replica too; who begins first has the other
    /// cancelled. Off. A twin costs a token until it is cancelled before it began.
    /// </summary>
    public bool Tied { get; set; }

    /// <summary>How long a search may wait in the queue before its twin is sent; about two network delays. 1 ms.
    /// </summary>
    public TimeSpan TiedDelay { get; set; } = TimeSpan.FromMilliseconds(1);
}
