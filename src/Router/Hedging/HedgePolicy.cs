namespace Hedgerow.Router;

/// <summary>
/// When a second copy may be sent, and how many in all. Thread-safe.
/// </summary>
/// <remarks>
/// Dean and Barroso, "The Tail at Scale" (CACM 2013): wait for about the 95th percentile, cancel the loser. The
/// percentile here is the one the budget allows (98th at 2 %), so that the budget is spent on the slowest and not on
/// the first to ask. A percentile alone follows an outage up until nothing is hedged any more (CASSANDRA-14293), hence
/// the upper bound; a bound alone doubles the load when everything is slow, hence the token bucket, as in gRPC's A6 and
/// Finagle's backup requests. Retries after an error have a budget of their own: they are sent when a leaf dies, which
/// is when the first thousand requests in flight to it all fail at once.
/// </remarks>
internal sealed class HedgePolicy
{
    /// <summary>Classes of operations that may be hedged: the first so many of <see cref="OperationClass"/>.</summary>
    public const int HedgedClasses = (int)OperationClass.Unhedged;

    /// <summary>Samples below which a quantile says nothing: the delay is then the longest.</summary>
    public const int SamplesMin = 100;

    /// <summary>
    /// Hedges that may be saved up. The parts of one read of a hundred shards fall due in the same moment, and the one
    /// that is refused is the one that the read waits for (docs/decisions/0016-budget-of-the-slowest.md).
    /// </summary>
    public const double HedgeBurst = 100;

    /// <summary>Retries that may be saved up: all requests in flight on one connection, twice.</summary>
    public const double RetryBurst = 2_048;

    private readonly HedgeOptions _options;
    private readonly TokenBucket[] _hedges;
    private readonly TokenBucket _retries;
    private readonly long _delayMin;
    private readonly long _delayMax;
    private readonly RouterClock _clock;

    public HedgePolicy(RouterOptions options, RouterClock clock)
    {
        _options = options.Hedge;
        _clock = clock;
        _hedges = new TokenBucket[HedgedClasses];
        for (var i = 0; i < HedgedClasses; i++) _hedges[i] = new TokenBucket(_options.Budget, HedgeBurst, initial: 1);
        _retries = new TokenBucket(options.RetryBudget, RetryBurst, RetryBurst);
        _delayMin = clock.Ticks(_options.DelayMin);
        _delayMax = clock.Ticks(_options.DelayMax);
    }

    /// <summary>No hedge is sooner.</summary>
    public long DelayMinTicks => _delayMin;

    /// <summary>No first hedge is later, while the budget allows.</summary>
    public long DelayMaxTicks => _delayMax;

    public bool Hedges(OperationClass kind) => _options.Enabled && (int)kind < HedgedClasses;

    public void OnRequest(OperationClass kind) => OnRequests(kind, 1);

    public void OnRequests(OperationClass kind, int count)
    {
        if ((int)kind < HedgedClasses) _hedges[(int)kind].Earn(count);
        _retries.Earn(count);
    }

    public bool TrySpendHedge(OperationClass kind) => _hedges[(int)kind].TrySpend();

    /// <summary>A hedge was cancelled before its leaf did anything.</summary>
    public void ReturnHedge(OperationClass kind) => _hedges[(int)kind].Return();

    /// <summary>A hedge whose token was given back was work after all.</summary>
    public void OweHedge(OperationClass kind) => _hedges[(int)kind].Owe();

    public bool TrySpendRetry() => _retries.TrySpend();

    public long DelayTicks(LatencyWindow window, long now) =>
        window.Quantile(now, 1 - _options.Budget, SamplesMin) is { } micros
            ? Math.Clamp(_clock.TicksOfMicros(micros), _delayMin, _delayMax)
            : _delayMax;
}
