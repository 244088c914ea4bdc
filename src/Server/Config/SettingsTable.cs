using Hedgerow.Leaf;

namespace Hedgerow.Server.Config;

/// <summary>
/// Every setting, one row each. Parsing, validation, <c>--help</c> and the table of docs/OPERATIONS.md read it, so a
/// setting exists when it has a row, and nowhere else.
/// </summary>
internal static class SettingsTable
{
    private const long KiB = 1L << 10;
    private const long MiB = 1L << 20;
    private const long GiB = 1L << 30;
    private const long TiB = 1L << 40;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The rows, in the order they are shown.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.Text("node.name", "", NodeRole.All, "Name in the topology, logs and metrics. Empty: the verb's name.",
            (s, v) => s with { Name = v }, "name"),
        Setting.Duration("node.warmUp", "2s", TimeSpan.Zero, TimeSpan.FromMinutes(1), NodeRole.All,
            "How long requests against a small cluster in memory warm the process up before it serves. 0s: not at all.",
            (s, v) => s with { WarmUp = v }),
        Setting.Int("cluster.shards", 4, 1, 4096, NodeRole.Serve,
            "Shards. Fixed once a data directory exists.", (s, v) => s with { Shards = v }, "shards"),
        Setting.Int("cluster.replicas", 2, 1, 16, NodeRole.Serve,
            "In-process leaves, each with a replica of every shard. Fixed once a data directory exists.",
            (s, v) => s with { Replicas = v }, "replicas"),
        Setting.Text("cluster.topology", "", NodeRole.Leaf | NodeRole.Router,
            "Topology file (JSON); reloaded when it changes.", (s, v) => s with { Topology = v }, "topology"),
        Setting.ShardList("leaf.shards", "", NodeRole.Leaf,
            "Shards a leaf holds when it has no topology file, such as 0-3,7.",
            (s, v) => s with { LeafShards = v }, "shards"),
        Setting.Text("leaf.data", "", NodeRole.Serve | NodeRole.Leaf,
            "Directory of the documents. Empty: in memory, gone with the process.",
            (s, v) => s with { DataDirectory = v.Length == 0 ? null : v }, "data"),
        Setting.Size("leaf.memory", "1GiB", MiB, 16 * TiB, NodeRole.Serve | NodeRole.Leaf,
            "Memory for cache entries, of the whole process.", (s, v) => s with { MemoryBytes = v }, "memory"),
        Setting.Choice("leaf.fsync", "always", ["always", "interval", "never"], NodeRole.Serve | NodeRole.Leaf,
            "When a document write is forced to disk: before it is acknowledged, every 100 ms, or never.",
            (s, v) => s with { Fsync = Enum.Parse<FsyncPolicy>(v, ignoreCase: true) }),
        Setting.Switch("leaf.snapshot.drain", true, NodeRole.Serve | NodeRole.Leaf,
            "Write the cache entries to leaf.data when the node is stopped well, for a warm start.",
            (s, v) => s with { SnapshotOnDrain = v }),
        Setting.Choice("leaf.snapshot.load", "auto", ["auto", "any", "never"], NodeRole.Serve | NodeRole.Leaf,
            "Snapshots to start from. auto: one of a clean stop, unless other leaves took writes meanwhile (a shard " +
            "with several replicas in the topology file). any: whatever is there, old values included.",
            (s, v) => s with { SnapshotLoad = v }),
        Setting.Duration("leaf.refresh", "200ms", TimeSpan.FromMilliseconds(1), Hour, NodeRole.Serve | NodeRole.Leaf,
            "Longest time an acknowledged document stays invisible to searches.",
            (s, v) => s with { RefreshInterval = v }),
        Setting.Number("leaf.merge.share", 0.5, 0.01, 1, NodeRole.Serve | NodeRole.Leaf,
            "Part of one processor that merging index segments may take in the background. 1: full speed.",
            (s, v) => s with { MergeShare = v }),
        Setting.Number("leaf.background.shareMin", 0.33, 0.01, 1, NodeRole.Serve | NodeRole.Leaf,
            "Part of their time that indexing, flushes and merges work however many searches want the processors. " +
            "1: they never rest.",
            (s, v) => s with { BackgroundShareMin = v }),
        Setting.Int("leaf.search.threads", 0, 0, 1024, NodeRole.Serve | NodeRole.Leaf,
            "Threads of one leaf for searches and other long work. 0: half the processors.",
            (s, v) => s with { SearchThreads = v }),
        Setting.Int("leaf.indexing.threads", 0, 0, 1024, NodeRole.Serve | NodeRole.Leaf,
            "Threads of one leaf that write documents; no more index at a time. 0: half the processors.",
            (s, v) => s with { IndexThreads = v }),
        Setting.Int("leaf.search.queue", 256, 1, 100_000, NodeRole.Serve | NodeRole.Leaf,
            "Searches that may wait on one leaf; the next is answered overloaded.",
            (s, v) => s with { SearchQueueMax = v }),
        Setting.Int("leaf.pointInTime.max", 1_000, 0, 1_000_000, NodeRole.Serve | NodeRole.Leaf,
            "Snapshots that points in time may hold on one leaf, one for each of its shards; no more are opened.",
            (s, v) => s with { SnapshotsHeldMax = v }),
        Setting.Duration("leaf.pointInTime.keepAlive", "1h", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24),
            NodeRole.Serve | NodeRole.Leaf, "Longest time that a point in time may ask to be kept unused.",
            (s, v) => s with { PointInTimeKeepAliveMax = v }),
        Setting.Size("leaf.pointInTime.memory", "256MiB", 0, 16 * TiB, NodeRole.Serve | NodeRole.Leaf,
            "Memory of one leaf that only points in time hold; those that expire next are given up for it.",
            (s, v) => s with { PointInTimeMemoryBytes = v }),
        Setting.Switch("leaf.shed.enabled", true, NodeRole.Serve | NodeRole.Leaf,
            "Refuse searches and document writes that would come too late, before work is done for them.",
            (s, v) => s with { ShedEnabled = v }),
        Setting.Duration("leaf.shed.target", "5ms", TimeSpan.FromMicroseconds(1), Hour,
            NodeRole.Serve | NodeRole.Leaf, "Delay that a queue may always have.",
            (s, v) => s with { ShedTarget = v }),
        Setting.Duration("leaf.shed.interval", "100ms", TimeSpan.FromMicroseconds(1), Hour,
            NodeRole.Serve | NodeRole.Leaf,
            "A queue whose delay stays above leaf.shed.target for so long stands, and is shed.",
            (s, v) => s with { ShedInterval = v }),
        Setting.Number("leaf.shed.share", 0.5, 0, 1, NodeRole.Serve | NodeRole.Leaf,
            "Share of its time that a search may wait in a queue that stands. 0: leaf.shed.target.",
            (s, v) => s with { ShedShare = v }),
        Setting.Number("leaf.shed.writeShare", 0.8, 0, 1, NodeRole.Serve | NodeRole.Leaf,
            "Share of its time that a document write may wait in a queue that stands. 0: leaf.shed.target.",
            (s, v) => s with { ShedWriteShare = v }),
        Setting.Switch("leaf.faults", false, NodeRole.Serve | NodeRole.Leaf,
            "Allow the fault switch, which makes a leaf misbehave on purpose. For tests and demos.",
            (s, v) => s with { AllowFaults = v }),
        Setting.Size("limits.value", "16MiB", KiB, 512 * MiB, NodeRole.All,
            "Largest value or document. The same on every node of a cluster.",
            (s, v) => s with { ValueBytesMax = (int)v }),
        Setting.Size("limits.answers", "64MiB", KiB, 16 * GiB, NodeRole.All,
            "Answers of one RESP or memcached connection that wait for their turn; past it they are asked for in turn.",
            (s, v) => s with { AnswerBytesMax = v }),
        Setting.Address("native.listen", "127.0.0.1:7600", NodeRole.All, "Listener of the native protocol.",
            (s, v) => s with { NativeListen = v! }, mayBeOff: false, "listen"),
        Setting.Int("native.connections", 10_000, 1, 1_000_000, NodeRole.All,
            "Native connections at once; one more is closed on arrival.",
            (s, v) => s with { NativeConnectionsMax = v }),
        Setting.Int("native.inflight.requests", 1024, 1, 65_535, NodeRole.All,
            "Requests in flight on one native connection; past it the sender waits.",
            (s, v) => s with { RequestsInFlightMax = v }),
        Setting.Size("native.inflight.bytes", "64MiB", 64 * KiB, 16 * GiB, NodeRole.All,
            "Bytes in flight on one native connection; past it the sender waits.",
            (s, v) => s with { BytesInFlightMax = v }),
        Setting.Address("resp.listen", "127.0.0.1:7601", NodeRole.All,
            "Listener of RESP2 and RESP3, for Redis clients.", (s, v) => s with { RespListen = v }, mayBeOff: true,
            "resp"),
        Setting.Int("resp.connections", 10_000, 1, 1_000_000, NodeRole.All,
            "RESP connections at once; one more is closed on arrival.",
            (s, v) => s with { RespConnectionsMax = v }),
        Setting.Duration("resp.timeout", "0s", TimeSpan.Zero, TimeSpan.FromDays(365), NodeRole.All,
            "A RESP connection on which nothing came for so long is closed. 0: never.",
            (s, v) => s with { RespIdleTimeout = v }),
        Setting.Size("resp.output", "1GiB", MiB, GiB, NodeRole.All,
            "Bytes of answers that a RESP client may leave untaken; past it the connection is closed.",
            (s, v) => s with { RespOutputBytesMax = (int)Math.Min(v, int.MaxValue) }),
        Setting.Size("resp.messages", "32MiB", KiB, 16 * GiB, NodeRole.All,
            "Bytes of channel messages that a listener may leave untaken; past it the connection is closed.",
            (s, v) => s with { RespListenerBytesMax = v }),
        Setting.Text("resp.notify", "", NodeRole.All,
            "Keyspace notifications at the start, in the letters of notify-keyspace-events, such as KEA.",
            (s, v) => s with { RespNotify = v }),
        Setting.Switch("resp.session", false, NodeRole.Router,
            "Keep the reads of each RESP connection to one replica of each shard: docs/tail/sessions.md.",
            (s, v) => s with { RespSession = v }),
        Setting.Switch("memcached.session", false, NodeRole.Router,
            "The same for each memcached connection.", (s, v) => s with { MemcachedSession = v }),
        Setting.Address("memcached.listen", "127.0.0.1:7602", NodeRole.All,
            "Listener of memcached's text and meta protocols.", (s, v) => s with { MemcachedListen = v },
            mayBeOff: true, "memcached"),
        Setting.Int("memcached.connections", 10_000, 1, 1_000_000, NodeRole.All,
            "memcached connections at once; one more is closed on arrival.",
            (s, v) => s with { MemcachedConnectionsMax = v }),
        Setting.Duration("memcached.timeout", "0s", TimeSpan.Zero, TimeSpan.FromDays(365), NodeRole.All,
            "A memcached connection on which nothing came for so long is closed. 0: never.",
            (s, v) => s with { MemcachedIdleTimeout = v }),
        Setting.Size("memcached.output", "1GiB", MiB, GiB, NodeRole.All,
            "Bytes of answers that a memcached client may leave untaken; past it the connection is closed.",
            (s, v) => s with { MemcachedOutputBytesMax = (int)Math.Min(v, int.MaxValue) }),
        Setting.Int("loops.threads", 0, 0, 1024, NodeRole.All,
            "Event loops: threads that serve native, RESP and memcached connections. 0: one for each processor.",
            (s, v) => s with { LoopThreads = v }),
        Setting.Address("http.listen", "127.0.0.1:7680", NodeRole.All,
            "Listener of the HTTP API (serve, router), the probes and /metrics.",
            (s, v) => s with { HttpListen = v }, mayBeOff: true, "http"),
        Setting.Int("http.connections", 1024, 1, 1_000_000, NodeRole.All,
            "HTTP connections at once; one more is closed on arrival.", (s, v) => s with { HttpConnectionsMax = v }),
        Setting.Size("http.bulk", "1GiB", KiB, 16 * TiB, NodeRole.Serve | NodeRole.Router,
            "Largest body of one HTTP bulk request; it is streamed.", (s, v) => s with { HttpBulkBytesMax = v }),
        Setting.Text("http.sessionCookie", "", NodeRole.Serve | NodeRole.Router,
            "Cookie that keeps a browser's reads of entries to one replica; given where it is missing. Empty: none.",
            (s, v) => s with { HttpSessionCookie = v }),
        Setting.Secret("auth.token", NodeRole.All,
            "Token that clients, routers and leaves present. Empty: none asked. A flag shows in process lists.",
            (s, v) => s with { AuthToken = v }),
        Setting.Switch("auth.insecure", false, NodeRole.All,
            "Allow listening beyond loopback without auth.token.", (s, v) => s with { Insecure = v }, "insecure"),
        Setting.Switch("router.hedge.enabled", true, NodeRole.Serve | NodeRole.Router,
            "Send a second copy of a slow read to another replica.", (s, v) => s with { HedgeEnabled = v }),
        Setting.Number("router.hedge.budget", 0.02, 0, 1, NodeRole.Serve | NodeRole.Router,
            "Extra requests as a share of all.", (s, v) => s with { HedgeBudget = v }),
        Setting.Duration("router.hedge.delayMin", "500us", TimeSpan.FromMicroseconds(1), TimeSpan.FromMinutes(1),
            NodeRole.Serve | NodeRole.Router, "Never hedge sooner.", (s, v) => s with { HedgeDelayMin = v }),
        Setting.Duration("router.hedge.delayMax", "50ms", TimeSpan.FromMicroseconds(1), TimeSpan.FromMinutes(1),
            NodeRole.Serve | NodeRole.Router, "Never wait longer before hedging.",
            (s, v) => s with { HedgeDelayMax = v }),
        Setting.Duration("router.timeout", "1s", TimeSpan.FromMilliseconds(1), Hour,
            NodeRole.Serve | NodeRole.Router, "Deadline of a read or write that brings none.",
            (s, v) => s with { Timeout = v }),
        Setting.Duration("router.searchTimeout", "5s", TimeSpan.FromMilliseconds(1), Hour,
            NodeRole.Serve | NodeRole.Router, "Deadline of a search that brings none.",
            (s, v) => s with { SearchTimeout = v }),
        Setting.Duration("router.bulkTimeout", "30s", TimeSpan.FromMilliseconds(1), Hour,
            NodeRole.Serve | NodeRole.Router,
            "Deadline of bulk writes, scans, refreshes and collection changes that bring none.",
            (s, v) => s with { BulkTimeout = v }),
        Setting.Duration("router.writeGrace", "10ms", TimeSpan.Zero, TimeSpan.FromMinutes(1),
            NodeRole.Serve | NodeRole.Router,
            "How long a write that enough replicas have waits for the others, so that they too answer with it.",
            (s, v) => s with { Router = s.Router with { WriteGrace = v } }),
        Setting.Int("router.acks.entries", 1, 1, 16, NodeRole.Serve | NodeRole.Router,
            "Replicas that must have an entry before its write succeeds.", (s, v) => s with { EntryAcksMin = v }),
        Setting.Int("router.acks.documents", 0, 0, 16, NodeRole.Serve | NodeRole.Router,
            "Replicas that must have a document before its write succeeds. 0: the majority.",
            (s, v) => s with { DocumentAcksMin = v }),
        Setting.Text("router.zone", "", NodeRole.Router,
            "Failure zone the router stands in; others must look better by router.selection.zoneFactor.",
            (s, v) => s with { Zone = v }),
        .. TailSettings.Rows,
        .. SharingSettings.Rows,
        .. ScatterSettings.Rows,
        Setting.Int("router.connections", 1, 1, 64, NodeRole.Router, "Connections to each leaf.",
            (s, v) => s with { ConnectionsPerLeaf = v }),
        Setting.Duration("router.connectTimeout", "2s", TimeSpan.FromMilliseconds(1), Hour, NodeRole.Router,
            "How long opening a connection to a leaf may take.",
            (s, v) => s with { Router = s.Router with { ConnectTimeout = v } }),
        Setting.Duration("drain.delay", "0s", TimeSpan.Zero, Hour, NodeRole.All,
            "On a stop signal: time between /readyz saying no and the listeners closing, for load balancers to notice.",
            (s, v) => s with { DrainDelay = v }),
        Setting.Duration("drain.timeout", "10s", TimeSpan.FromMilliseconds(1), Hour, NodeRole.All,
            "On a stop signal: how long requests in flight may take to finish.",
            (s, v) => s with { DrainTimeout = v }),
        Setting.Choice("log.level", "information", ["trace", "debug", "information", "warning", "error", "critical"],
            NodeRole.All, "Least severe log lines shown.",
            (s, v) => s with { LogLevel = Enum.Parse<LogLevel>(v, ignoreCase: true) }),
        Setting.Choice("log.format", "text", ["text", "json"], NodeRole.All, "Log lines for people or for machines.",
            (s, v) => s with { LogJson = v == "json" }),
    ];

    /// <summary>Every setting at its default, for one role.</summary>
    public static ServerSettings Defaults(NodeRole role)
    {
        var settings = new ServerSettings { Role = role, Name = role.ToString().ToLowerInvariant() };
        foreach (var row in Rows)
        {
            if (row.Default.Length == 0) continue;
            row.TryApply(row.Default, ref settings);
        }

        return settings;
    }

    /// <summary>The row of a name, or of an alias in a role; null when there is none.</summary>
    public static Setting? Find(string name, NodeRole role)
    {
        foreach (var row in Rows)
            if (row.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return row;
        foreach (var row in Rows)
            if (row.Alias != null && row.IsReadBy(role) && row.Alias.Equals(name, StringComparison.OrdinalIgnoreCase))
                return row;
        return null;
    }
}
