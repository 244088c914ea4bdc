namespace Hedgerow.Server.Config;

/// <summary>The rows of how long a search waits for what: docs/tail/scatter.md.</summary>
internal static class ScatterSettings
{
    private const NodeRole Routing = NodeRole.Serve | NodeRole.Router;

    /// <summary>Part of <see cref="SettingsTable.Rows"/>.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.Number("router.search.coverage", 1, 0, 1, Routing,
            "Share of the shards with which a search that allows partial answers stops waiting for stragglers. 1: all.",
            (s, v) => s with { Router = s.Router with { SearchCoverageMin = v } }),
        Setting.Number("router.search.stragglerFactor", 3, 1, 1_000, Routing,
            "With that coverage, how many times as long as the slowest that answered the others get.",
            (s, v) => s with { Router = s.Router with { SearchStragglerFactor = v } }),
        Setting.Duration("router.search.stragglerMin", "10ms", TimeSpan.Zero, TimeSpan.FromMinutes(1), Routing,
            "And how long at least.", (s, v) => s with { Router = s.Router with { SearchStragglerMin = v } }),
        Setting.Number("router.search.statisticsEnd", 0.3, 0.01, 1, Routing,
            "Share of a search's time by which term statistics must be there. 1: they may take all of it.",
            (s, v) => s with { Router = s.Router with { SearchStatisticsEnd = v } }),
        Setting.Number("router.search.queryEnd", 0.85, 0.01, 1, Routing,
            "Share of a search's time by which shards must have answered; the rest is for asking them for more hits.",
            (s, v) => s with { Router = s.Router with { SearchQueryEnd = v } }),
        Setting.Switch("router.search.admission", true, Routing,
            "Refuse searches as a whole while leaves refuse parts of too many.",
            (s, v) => s with { Router = s.Router with { SearchAdmission = v } }),
        Setting.Duration("router.search.slowLog", "0s", TimeSpan.Zero, TimeSpan.FromHours(1), Routing,
            "Log searches that take at least so long, with what they ask for. 0: none.",
            (s, v) => s with { Router = s.Router with { SearchSlowLog = v } }),
        Setting.Switch("router.deadline.withoutWire", true, Routing,
            "Tell leaves the time left without what their answer takes on the wire.",
            (s, v) => s with { Router = s.Router with { DeadlineWithoutWire = v } }),
    ];
}
