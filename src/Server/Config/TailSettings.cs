using Hedgerow.Router;

namespace Hedgerow.Server.Config;

/// <summary>The rows of the settings that tame the tail; docs/tail tells of each.</summary>
internal static class TailSettings
{
    private const NodeRole Routing = NodeRole.Serve | NodeRole.Router;

    /// <summary>Part of <see cref="SettingsTable.Rows"/>.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.Choice("router.selection.policy", "p2c", ["p2c", "c3", "prequal", "random", "preferred"], Routing,
            "Which replica a read goes to: the better of two, C3's least rank, Prequal's hot and cold rule, any, or "
            + "the topology's first.",
            (s, v) => s with { Router = s.Router with { ReplicaOrder = OrderOf(v) } }),
        Setting.Int("router.selection.routers", 1, 1, 10_000, Routing,
            "Routers that send to the same leaves; c3 takes each to be as busy as this one.",
            (s, v) => s with { Router = s.Router with { RoutersPerLeaf = v } }),
        Setting.Number("router.selection.zoneFactor", 2, 1, 1000, NodeRole.Router,
            "How much better a replica outside router.zone must look. 1: zones do not matter.",
            (s, v) => s with { Router = s.Router with { ZoneFactor = v } }),
    ];

    private static ReplicaOrder OrderOf(string word) => word switch
    {
        "c3" => ReplicaOrder.C3,
        "prequal" => ReplicaOrder.Prequal,
        "random" => ReplicaOrder.Random,
        "preferred" => ReplicaOrder.Preferred,
        _ => ReplicaOrder.Adaptive,
    };
}
