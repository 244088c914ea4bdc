using System.Diagnostics.Metrics;

namespace Hedgerow.Router;

/// <summary>What a router counts, in the order of <see cref="CounterSet"/>'s table.</summary>
internal enum RouterCounter
{
    Requests,
    HedgesSent,
    HedgesWon,
    HedgesCancelled,
    HedgesDenied,
    Retries,
    DeadlinesExceeded,
    StatisticsAsked,
    SearchesRepeated,
    SearchesRefilled,
    OtherZone,
    HotSpread,
    NearHits,
    NearKept,
    Flights,
    FlightsJoined,
    Stragglers,
    RepeatsSkipped,
    Ejections,
    EjectionsSpared,
    Probes,
    Readmissions,
    ShedAtLimit,
    RetriesDenied,
    TiesSent,
    TiesCancelled,
    TiesWasted,
    SessionsMoved,
    SearchesOfSeveralIndexes,
    EjectionsSlow,
    SearchesRefused,
    SessionReads,
    SearchesSlow,
}

/// <summary>
/// The router's counters: plain words that the hot path adds to, which the meter <c>Hedgerow.Router</c> reads only when
/// somebody listens.
/// </summary>
internal sealed class CounterSet : IDisposable
{
    /// <summary>Name and description of each <see cref="RouterCounter"/>.</summary>
    private static readonly (string Name, string Description)[] Rows =
    [
        ("hedgerow_router_requests_total", "Requests to leaves, without extra copies"),
        ("hedgerow_router_hedges_sent_total", "Second copies sent"),
        ("hedgerow_router_hedges_won_total", "Second copies that answered first"),
        ("hedgerow_router_hedges_cancelled_total", "Second copies that were not needed"),
        ("hedgerow_router_hedges_denied_total", "Second copies that the budget refused"),
        ("hedgerow_router_retries_total", "Requests sent to another replica after an error"),
        ("hedgerow_router_deadlines_exceeded_total", "Requests given up at their deadline"),
        ("hedgerow_router_search_statistics_total", "Rounds that asked for term statistics"),
        ("hedgerow_router_search_repeats_total", "Searches done again as statistics had changed"),
        ("hedgerow_router_search_refills_total", "Searches that asked a shard for more hits"),
        ("hedgerow_router_other_zone_total", "Requests to leaves beyond the router's own zone"),
        ("hedgerow_router_hot_spread_total", "Reads of hot paths sent to all replicas in turn"),
        ("hedgerow_router_near_hits_total", "Reads answered by the near-cache"),
        ("hedgerow_router_near_kept_total", "Answers that the near-cache was given"),
        ("hedgerow_router_flights_total", "Reads sent for whoever asks for the same meanwhile"),
        ("hedgerow_router_flights_joined_total", "Reads that waited for one sent before"),
        ("hedgerow_router_search_stragglers_total", "Answers of shards to searches that were not waited for"),
        ("hedgerow_router_search_repeats_skipped_total", "Searches not done again as too little time was left"),
        ("hedgerow_router_ejections_total", "Leaves that began to be avoided"),
        ("hedgerow_router_ejections_spared_total", "Reads that chose among avoided leaves too, as too many were"),
        ("hedgerow_router_probes_total", "Requests to avoided leaves to see whether they are well"),
        ("hedgerow_router_readmissions_total", "Leaves that were avoided and answered again"),
        ("hedgerow_router_shed_total", "Reads refused because every replica had its limit in flight"),
        ("hedgerow_router_retries_denied_total", "Retries that the budget refused"),
        ("hedgerow_router_ties_sent_total", "Twins sent of reads that waited in a queue"),
        ("hedgerow_router_ties_cancelled_total", "Copies cancelled before they began, as their twin had"),
        ("hedgerow_router_ties_wasted_total", "Tied reads of which both copies began"),
        ("hedgerow_router_sessions_moved_total", "Reads of a session that its own replica could not be asked for"),
        ("hedgerow_router_search_index_repeats_total", "Searches done again as shards answered of different indexes"),
        ("hedgerow_router_ejections_slow_total", "Leaves that began to be avoided as slower than their peers"),
        ("hedgerow_router_searches_refused_total", "Searches refused whole, as too few were answered by all shards"),
        ("hedgerow_router_session_reads_total", "Reads kept to the replica of their session"),
        ("hedgerow_router_searches_slow_total", "Searches that took as long as the slow log asks for"),
    ];

    private readonly Meter _meter = new("Hedgerow.Router");
    private readonly long[] _counts = new long[Rows.Length];
    private readonly List<(string Name, Func<long> Read)> _gauges = [];

    public CounterSet()
    {
        for (var i = 0; i < Rows.Length; i++)
        {
            var counter = (RouterCounter)i;
            _meter.CreateObservableCounter(Rows[i].Name, () => this[counter], unit: null, Rows[i].Description);
        }
    }

    public RouterCounters Reading => new(
        this[RouterCounter.Requests], this[RouterCounter.HedgesSent], this[RouterCounter.HedgesWon],
        this[RouterCounter.HedgesCancelled], this[RouterCounter.HedgesDenied], this[RouterCounter.Retries]);

    public long this[RouterCounter counter] => Volatile.Read(ref _counts[(int)counter]);

    /// <summary>Adds what is read as it is now, while the router is made.</summary>
    public void AddGauge(string name, string description, Func<long> read)
    {
        _gauges.Add((name, read));
        _meter.CreateObservableGauge(name, read, unit: null, description);
    }

    public void Count(RouterCounter counter) => Interlocked.Increment(ref _counts[(int)counter]);

    public void Request() => Count(RouterCounter.Requests);

    public void HedgeSent() => Count(RouterCounter.HedgesSent);

    public void HedgeWon() => Count(RouterCounter.HedgesWon);

    public void HedgeCancelled() => Count(RouterCounter.HedgesCancelled);

    public void HedgeDenied() => Count(RouterCounter.HedgesDenied);

    public void Retry() => Count(RouterCounter.Retries);

    public void DeadlineExceeded() => Count(RouterCounter.DeadlinesExceeded);

    public void StatisticsAsked() => Count(RouterCounter.StatisticsAsked);

    public void SearchRepeated() => Count(RouterCounter.SearchesRepeated);

    public void SearchRefilled() => Count(RouterCounter.SearchesRefilled);

    /// <summary>The counters by their metric names, for a Stats reply.</summary>
    public Dictionary<string, long> ByName()
    {
        var counts = new Dictionary<string, long>(Rows.Length);
        for (var i = 0; i < Rows.Length; i++) counts.Add(Rows[i].Name, this[(RouterCounter)i]);
        foreach (var (name, read) in _gauges) counts.Add(name, read());
        return counts;
    }

    public void Dispose() => _meter.Dispose();
}
