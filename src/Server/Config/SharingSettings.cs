using Hedgerow.Router;

namespace Hedgerow.Server.Config;

/// <summary>The rows of what reads of the same path share: docs/tail/hot-paths.md.</summary>
internal static class SharingSettings
{
    private const NodeRole Routing = NodeRole.Serve | NodeRole.Router;

    /// <summary>Part of <see cref="SettingsTable.Rows"/>.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.Switch("router.hot.enabled", true, Routing,
            "Find the paths that are read most, for router.hot.spread, router.singleFlight and router.nearCache.",
            (s, v) => WithHot(s, s.Router.Hot with { Enabled = v })),
        Setting.Int("router.hot.rate", 1_000, 1, 1_000_000_000, Routing,
            "Reads a second from which a path is hot, within a factor of two.",
            (s, v) => WithHot(s, s.Router.Hot with { Rate = v })),
        Setting.Int("router.hot.paths", 128, 1, 4_096, Routing,
            "Paths that are counted, and so the most that are hot at once.",
            (s, v) => WithHot(s, s.Router.Hot with { Paths = v })),
        Setting.Switch("router.hot.spread", true, Routing,
            "Send reads of hot paths to all replicas, whatever router.zone prefers.",
            (s, v) => WithHot(s, s.Router.Hot with { Spread = v })),
        Setting.Choice("router.singleFlight", "hot", ["off", "hot", "all"], Routing,
            "Which reads of the same path at the same time are one request to the leaf.",
            (s, v) => s with { Router = s.Router with { SingleFlight = FlightOf(v) } }),
        Setting.Size("router.nearCache.bytes", "0B", 0, 16L << 30, Routing,
            "Memory for answers to reads of hot paths, kept by the router. 0: none.",
            (s, v) => WithNear(s, s.Router.NearCache with { Bytes = v })),
        Setting.Duration("router.nearCache.maxAge", "50ms", TimeSpan.FromMicroseconds(1), TimeSpan.FromHours(1),
            Routing, "How old such an answer may be. Writes through the same router show at once.",
            (s, v) => WithNear(s, s.Router.NearCache with { MaxAge = v })),
    ];

    private static SingleFlight FlightOf(string word) => Enum.Parse<SingleFlight>(word, ignoreCase: true);

    private static ServerSettings WithHot(ServerSettings settings, HotOptions hot) =>
        settings with { Router = settings.Router with { Hot = hot } };

    private static ServerSettings WithNear(ServerSettings settings, NearCacheOptions near) =>
        settings with { Router = settings.Router with { NearCache = near } };
}
