using System.Diagnostics.Metrics;

namespace Hedgerow.Router;

/// <summary>
/// The router's counters: plain words that the hot path adds to, which the meter <c>Hedgerow.Router</c> reads only when
/// somebody listens.
/// </summary>
internal sealed class CounterSet : IDisposable
{
    private readonly Meter _meter = new("Hedgerow.Router");
    private long _requests;
    private long _hedgesSent;
    private long _hedgesWon;
    private long _hedgesCancelled;
    private long _hedgesDenied;
    private long _retries;
    private long _deadlines;
    private long _statisticsAsked;
    private long _searchesRepeated;
    private long _searchesRefilled;

    public CounterSet()
    {
        Observe("hedgerow_router_requests_total", "Requests to leaves, without extra copies", () => _requests);
        Observe("hedgerow_router_hedges_sent_total", "Second copies sent", () => _hedgesSent);
        Observe("hedgerow_router_hedges_won_total", "Second copies that answered first", () => _hedgesWon);
        Observe("hedgerow_router_hedges_cancelled_total", "Second copies that were not needed", () => _hedgesCancelled);
        Observe("hedgerow_router_hedges_denied_total", "Second copies that the budget refused", () => _hedgesDenied);
        Observe("hedgerow_router_retries_total", "Requests sent to another replica after an error", () => _retries);
        Observe("hedgerow_router_deadlines_exceeded_total", "Requests given up at their deadline", () => _deadlines);
        Observe(
            "hedgerow_router_search_statistics_total", "Rounds that asked for term statistics", () => _statisticsAsked);
        Observe(
            "hedgerow_router_search_repeats_total", "Searches done again as statistics had changed",
            () => _searchesRepeated);
        Observe(
            "hedgerow_router_search_refills_total", "Searches that asked a shard for more hits",
            () => _searchesRefilled);
    }

    public RouterCounters Reading => new(
        Volatile.Read(ref _requests), Volatile.Read(ref _hedgesSent), Volatile.Read(ref _hedgesWon),
        Volatile.Read(ref _hedgesCancelled), Volatile.Read(ref _hedgesDenied), Volatile.Read(ref _retries));

    public void Request() => Interlocked.Increment(ref _requests);

    public void HedgeSent() => Interlocked.Increment(ref _hedgesSent);

    public void HedgeWon() => Interlocked.Increment(ref _hedgesWon);

    public void HedgeCancelled() => Interlocked.Increment(ref _hedgesCancelled);

    public void HedgeDenied() => Interlocked.Increment(ref _hedgesDenied);

    public void Retry() => Interlocked.Increment(ref _retries);

    public void DeadlineExceeded() => Interlocked.Increment(ref _deadlines);

    public void StatisticsAsked() => Interlocked.Increment(ref _statisticsAsked);

    public void SearchRepeated() => Interlocked.Increment(ref _searchesRepeated);

    public void SearchRefilled() => Interlocked.Increment(ref _searchesRefilled);

    /// <summary>The counters by their metric names, for a Stats reply.</summary>
    public Dictionary<string, long> ByName() => new()
    {
        ["hedgerow_router_requests_total"] = _requests,
        ["hedgerow_router_hedges_sent_total"] = _hedgesSent,
        ["hedgerow_router_hedges_won_total"] = _hedgesWon,
        ["hedgerow_router_hedges_cancelled_total"] = _hedgesCancelled,
        ["hedgerow_router_hedges_denied_total"] = _hedgesDenied,
        ["hedgerow_router_retries_total"] = _retries,
        ["hedgerow_router_deadlines_exceeded_total"] = _deadlines,
        ["hedgerow_router_search_statistics_total"] = _statisticsAsked,
        ["hedgerow_router_search_repeats_total"] = _searchesRepeated,
        ["hedgerow_router_search_refills_total"] = _searchesRefilled,
    };

    public void Dispose() => _meter.Dispose();

    private void Observe(string name, string description, Func<long> read) =>
        _meter.CreateObservableCounter(name, read, unit: null, description);
}
