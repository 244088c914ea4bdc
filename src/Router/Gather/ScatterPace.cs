namespace Hedgerow.Router;

/// <summary>
/// Says of the last shards of one scatter, when the others have answered, that they are late: some time after those,
/// which is learnt from scatters of late. Thread-safe; one for a scatter.
/// </summary>
/// <remarks>
/// A quantile of latencies mixes two kinds of slow: one shard that is late, which a second copy mends, and a moment in
/// which all are, which it does not. Where moments of the second kind are more than the budget's share, the quantile is
/// of their length, and a shard that is late waits for so long. The other shards of the same scatter do the same work
/// at the same moment: next to them the first kind stands out, and in the second they are late as well. So what is
/// learnt is how long after the others the last one comes (<see cref="ScatterPaces"/>).
/// <code>
///   fewer than half have answered      all may be slow: no second copy before the longest delay
///   half have                          the delay of the group, as for any read
///   all but the last                   that, or the time that the last one mostly comes within, if it is sooner
/// </code>
/// It costs a token as any other.
/// </remarks>
internal sealed class ScatterPace
{
    private readonly Lock _gate = new();
    private readonly CallServices _services;
    private readonly ScatterPaces _paces;
    private readonly List<HedgedRead> _reads;
    private readonly OperationClass _kind;
    private readonly int _shards;
    private int _answered;
    private long _othersAt;
    private volatile bool _hasHalf;
    private long _hedgeAt = long.MaxValue;

    public ScatterPace(CallServices services, ScatterPaces paces, OperationClass kind, int shards)
    {
        _services = services;
        _paces = paces;
        _kind = kind;
        _shards = shards;
        _reads = new List<HedgedRead>(shards);
    }

    /// <summary>When what is missing is late; the largest number while that is not known.</summary>
    private long HedgeAt => Volatile.Read(ref _hedgeAt);

    /// <summary>When a request that would be hedged at <paramref name="ownAt"/> is, by what is known.</summary>
    /// <param name="ownAt">By the delay of its group.</param>
    /// <param name="atLatest">By the longest delay.</param>
    public long HedgeAtOf(long ownAt, long atLatest) => _hasHalf ? Math.Min(ownAt, HedgeAt) : atLatest;

    /// <summary>One of its requests, which is told when it is late. Under that one's gate.</summary>
    public void Enter(HedgedRead read)
    {
        lock (_gate) _reads.Add(read);
    }

    /// <summary>One more shard has answered well.</summary>
    public void Answered()
    {
        HedgedRead[] missing;
        lock (_gate)
        {
            var now = _services.Clock.Now;
            _answered++;
            if (_answered == _shards) _paces.Record(_kind, now, now - _othersAt);
            var isHalf = _answered == (_shards + 1) / 2;
            var isAlmost = _answered == _shards - ScatterPaces.MissingMax(_shards);
            if (!isHalf && !isAlmost) return;
            if (isHalf) _hasHalf = true;
            if (isAlmost)
            {
                _othersAt = now;
                var delay = _paces.DelayTicks(_kind, now, _shards);
                if (delay != long.MaxValue) Volatile.Write(ref _hedgeAt, now + delay);
            }

            missing = [.. _reads];
        }

        // Each takes its own gate, within which it may enter here.
        foreach (var read in missing) read.TryTell(0, this);
    }
}

/// <summary>
/// How long after the others the last shard of a scatter comes, for each class, over the last seconds. Thread-safe.
/// </summary>
internal sealed class ScatterPaces
{
    /// <summary>
    /// Share of the budget that this rule may want: what is left is for requests whose others are not there yet.
    /// </summary>
    private const double BudgetShare = 0.75;

    private const double QuantileMin = 0.5;
    private const int MissingShare = 20;

    private readonly CallServices _services;
    private readonly LatencyWindow[] _excess;
    private readonly Reused[] _delays;
    private int _shards;

    public ScatterPaces(CallServices services)
    {
        _services = services;
        _excess = new LatencyWindow[HedgePolicy.HedgedClasses];
        _delays = new Reused[HedgePolicy.HedgedClasses];
        for (var i = 0; i < _excess.Length; i++)
        {
            var window = _excess[i] = new LatencyWindow(services.Clock);
            _delays[i] = new Reused(services.Clock, now => WorkOut(window, now));
        }
    }

    /// <summary>Shards that may be missing when the others are there: a twentieth, one at least.</summary>
    public static int MissingMax(int shards) => Math.Max(1, shards / MissingShare);

    /// <summary>For one scatter that begins now; null where it has nothing to compare, or is not hedged so.</summary>
    public ScatterPace? Begin(OperationClass kind, int shards) =>
        shards > 1 && _services.Options.Hedge.Paced && _services.Policy.Hedges(kind)
            ? new ScatterPace(_services, this, kind, shards)
            : null;

    /// <summary>The last shard came so long after the others.</summary>
    public void Record(OperationClass kind, long now, long excessTicks) =>
        _excess[(int)kind].Record(now, _services.Clock.Micros(excessTicks));

    /// <summary>How long after the others the missing ones are late; the largest number while unknown.</summary>
    public long DelayTicks(OperationClass kind, long now, int shards)
    {
        Volatile.Write(ref _shards, shards);
        return _delays[(int)kind].At(now);
    }

    // Each scatter has that many requests to spend on, and that many that may be late.
    private long WorkOut(LatencyWindow window, long now)
    {
        var shards = Volatile.Read(ref _shards);
        var share = BudgetShare * _services.Options.Hedge.Budget * shards / MissingMax(shards);
        return window.Quantile(now, Math.Max(QuantileMin, 1 - share), HedgePolicy.SamplesMin) is { } micros
            ? Math.Max(_services.Clock.TicksOfMicros(micros), _services.Policy.DelayMinTicks)
            : long.MaxValue;
    }
}
