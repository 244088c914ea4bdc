using Hedgerow.Router;

namespace Hedgerow.Server.Config;

/// <summary>The rows of the settings that tame the tail; docs/tail tells of each.</summary>
internal static class TailSettings
{
    private const NodeRole Routing = NodeRole.Serve | NodeRole.Router;

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Part of <see cref="SettingsTable.Rows"/>.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.Choice("router.selection.policy", "p2c", ["p2c", "c3", "prequal", "roundRobin", "random", "preferred"],
            Routing,
            "Which replica a read goes to: the better of two, C3's least rank, Prequal's hot and cold rule, in "
            + "turn, any, or the topology's first.",
            (s, v) => s with { Router = s.Router with { ReplicaOrder = OrderOf(v) } }),
        Setting.Int("router.selection.routers", 1, 1, 10_000, Routing,
            "Routers that send to the same leaves; c3 takes each to be as busy as this one.",
            (s, v) => s with { Router = s.Router with { RoutersPerLeaf = v } }),
        Setting.Number("router.selection.zoneFactor", 2, 1, 1000, NodeRole.Router,
            "How much better a replica outside router.zone must look. 1: zones do not matter.",
            (s, v) => s with { Router = s.Router with { ZoneFactor = v } }),
        Setting.Switch("router.selection.sessions", true, Routing,
            "Keep reads that carry a session to one replica of each shard.",
            (s, v) => s with { Router = s.Router with { KeepSessions = v } }),
        Setting.Switch("router.hedge.paced", true, Routing,
            "Hedge the last shards of a search also by how long after the others they come.",
            (s, v) => Hedge(s, s.Router.Hedge with { Paced = v })),
        Setting.Switch("router.hedge.tied", false, Routing,
            "Queue a search that waits at a second replica too; who begins first has the other cancelled.",
            (s, v) => Hedge(s, s.Router.Hedge with { Tied = v })),
        Setting.Duration("router.hedge.tiedDelay", "1ms", TimeSpan.Zero, TimeSpan.FromMinutes(1), Routing,
            "How long a search may wait in a queue before its twin is sent.",
            (s, v) => Hedge(s, s.Router.Hedge with { TiedDelay = v })),
        Setting.Switch("router.eject.enabled", true, Routing,
            "Avoid a leaf that fails again and again, but for probes.",
            (s, v) => s with { Router = s.Router with { EjectEnabled = v } }),
        Setting.Int("router.eject.failures", 3, 1, 1000, Routing, "Failures in a row after which a leaf is avoided.",
            (s, v) => s with { Router = s.Router with { FailuresToEject = v } }),
        Setting.Duration("router.eject.silence", "50ms", Millisecond, Hour, Routing,
            "A leaf is avoided as well when so many reads in a row gave it up and it answered nothing for so long.",
            (s, v) => s with { Router = s.Router with { EjectSilence = v } }),
        Setting.Number("router.eject.slowFactor", 4, 0, 1000, Routing,
            "A leaf whose median is so many times that of its best peer is avoided. 0: off; below 1.5 is 1.5.",
            (s, v) => s with { Router = s.Router with { SlowFactor = v == 0 ? 0 : Math.Max(1.5, v) } }),
        Setting.Duration("router.eject.slowMin", "2ms", TimeSpan.FromMicroseconds(1), Hour, Routing,
            "Reads within this are never slow.", (s, v) => s with { Router = s.Router with { SlowMin = v } }),
        Setting.Duration("router.eject.probeDelay", "500ms", Millisecond, Hour, Routing,
            "An avoided leaf is probed after this long; each failed probe doubles it.",
            (s, v) => s with { Router = s.Router with { ProbeDelay = v } }),
        Setting.Duration("router.eject.probeDelayMax", "10s", Millisecond, Hour, Routing,
            "Longest time between two probes.", (s, v) => s with { Router = s.Router with { ProbeDelayMax = v } }),
        Setting.Number("router.eject.shareMax", 0.5, 0, 1, Routing,
            "Share of a shard's replicas that may be avoided while they can be reached, rounded down.",
            (s, v) => s with { Router = s.Router with { EjectShareMax = v } }),
        Setting.Duration("router.slowStart", "5s", TimeSpan.Zero, Hour, Routing,
            "How long a leaf that is back takes to get its whole share of reads. 0: off.",
            (s, v) => s with { Router = s.Router with { SlowStart = v } }),
        Setting.Switch("router.retry.enabled", true, Routing, "Ask another replica after an error.",
            (s, v) => s with { Router = s.Router with { RetryEnabled = v } }),
        Setting.Number("router.retry.budget", 0.2, 0, 1, Routing, "Retries as a share of all reads.",
            (s, v) => s with { Router = s.Router with { RetryBudget = v } }),
        Setting.Switch("router.limit.enabled", true, Routing,
            "Bound the reads in flight to each leaf by how much slower it answers than it can.",
            (s, v) => Limit(s, s.Router.Limit with { Enabled = v })),
        Setting.Int("router.limit.min", 64, 1, 1_000_000, Routing, "Never fewer in flight to a leaf.",
            (s, v) => Limit(s, s.Router.Limit with { InFlightMin = v })),
        Setting.Int("router.limit.max", 65_536, 1, 1_000_000, Routing, "Never more in flight to a leaf.",
            (s, v) => Limit(s, s.Router.Limit with { InFlightMax = v })),
        Setting.Number("router.limit.tolerance", 2, 1, 100, Routing,
            "How many times the fastest lately answers may take before the limit falls.",
            (s, v) => Limit(s, s.Router.Limit with { Tolerance = v })),
        Setting.Duration("router.limit.latency", "50ms", TimeSpan.Zero, TimeSpan.FromMinutes(1), Routing,
            "Answers within this never lower the limit.", (s, v) => Limit(s, s.Router.Limit with { LatencyFree = v })),
    ];

    private static ServerSettings Hedge(ServerSettings settings, HedgeOptions hedge) =>
        settings with { Router = settings.Router with { Hedge = hedge } };

    private static ServerSettings Limit(ServerSettings settings, LimitOptions limit) =>
        settings with { Router = settings.Router with { Limit = limit } };

    private static ReplicaOrder OrderOf(string word) => word switch
    {
        "c3" => ReplicaOrder.C3,
        "prequal" => ReplicaOrder.Prequal,
        "roundRobin" => ReplicaOrder.RoundRobin,
        "random" => ReplicaOrder.Random,
        "preferred" => ReplicaOrder.Preferred,
        _ => ReplicaOrder.Adaptive,
    };
}
