using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What a router knows of one leaf: its load as seen from here and by its own report, and whether it is avoided.
/// Thread-safe: single words, written by whoever has news; a lost update costs one sample.
/// </summary>
/// <remarks>
/// The smoothed latency fades with age (half of it each second), as in Finagle's peak EWMA: otherwise a leaf that was
/// slow once would never be asked again, and so never be seen to be well. Ejection is mcrouter's: n failures in a row,
/// then one live request as a probe after a delay that doubles. A probe costs its client nothing but a retry.
/// </remarks>
internal sealed class LeafHealth
{
    private const double NewSampleWeight = 0.2;

    /// <summary>What a refused request counts as: long beside any read, forgotten within seconds.</summary>
    private static readonly TimeSpan OverloadedLatency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(1);

    private readonly RouterClock _clock;
    private readonly RouterOptions _options;
    private readonly double _halfLivesPerTick;
    private readonly double _handicap;
    private readonly long _overloadedTicks;
    private readonly Latency[] _latencies = new Latency[(int)OperationClass.Addressed + 1];
    private InFlightCounts _inFlight;
    private int _queueLength;
    private int _failuresInRow;
    private int _probesFailed;
    private long _avoidUntil;

    public LeafHealth(LeafEndpoint endpoint, RouterClock clock, RouterOptions options)
    {
        Endpoint = endpoint;
        IdHash = PathHash.OfPath(System.Text.Encoding.UTF8.GetBytes(endpoint.Id));
        _clock = clock;
        _options = options;
        _overloadedTicks = clock.Ticks(OverloadedLatency);
        _halfLivesPerTick = 1.0 / clock.Ticks(HalfLife);
        _handicap = options.Zone.Length == 0 || endpoint.Zone == options.Zone ? 1 : options.ZoneFactor;
    }

    public LeafEndpoint Endpoint { get; }

    /// <summary>What the way to it and back takes.</summary>
    public WireTime Wire { get; } = new();

    /// <summary>Hash of its id: how a request to a router names one leaf.</summary>
    public ulong IdHash { get; }

    /// <summary>Requests sent and not answered, of all classes.</summary>
    public int InFlight
    {
        get
        {
            var sum = 0;
            foreach (ref var count in (Span<int>)_inFlight) sum += Volatile.Read(ref count);
            return sum;
        }
    }

    /// <summary>Whether it is beyond the router's own zone.</summary>
    public bool IsFar => _handicap > 1;

    /// <summary>Whether it takes requests: not avoided after failures.</summary>
    public bool IsUp => Volatile.Read(ref _avoidUntil) == 0;

    /// <summary>What a <see cref="SelectionPolicy"/> compares.</summary>
    public LeafLoad Load(OperationClass kind, long now)
    {
        ref var latency = ref _latencies[(int)kind];
        var fresh = Freshness(latency, now);
        return new LeafLoad(
            InFlight,
            Volatile.Read(ref _queueLength) * fresh,
            Math.Max(1, Volatile.Read(ref latency.Micros) * fresh),
            Math.Max(1, Volatile.Read(ref latency.ServiceMicros) * fresh),
            _handicap);
    }

    /// <summary>
    /// Whether this caller is the one that may try an avoided leaf now; the next may after twice the delay.
    /// </summary>
    public bool TryTakeProbe(long now)
    {
        var until = Volatile.Read(ref _avoidUntil);
        if (until == 0 || now < until) return false;
        var next = now + ProbeDelay(Volatile.Read(ref _probesFailed) + 1);
        if (Interlocked.CompareExchange(ref _avoidUntil, next, until) != until) return false;
        Interlocked.Increment(ref _probesFailed);
        return true;
    }

    public void OnSent(OperationClass kind) => Interlocked.Increment(ref _inFlight[(int)kind]);

    /// <summary>An answer came, whatever it says; failures are told by <see cref="OnFailed"/> instead.</summary>
    public void OnAnswered(OperationClass kind, long now, long elapsedTicks, in ReplyHeader header)
    {
        AddSample(kind, now, elapsedTicks, onlyIfAbove: false);
        AddService(kind, header.ServiceMicros);
        OnAnswered(kind, header);
    }

    /// <summary>As the other, of an answer whose time is not booked.</summary>
    public void OnAnswered(OperationClass kind, in ReplyHeader header)
    {
        OnDone(kind);
        Volatile.Write(ref _queueLength, header.QueueLength);
        if (Volatile.Read(ref _failuresInRow) != 0) Volatile.Write(ref _failuresInRow, 0);
        if (IsUp) return;
        Volatile.Write(ref _probesFailed, 0);
        Volatile.Write(ref _avoidUntil, 0);
    }

    /// <summary>It answered before the call returned, in this time. Nothing was in flight for longer.</summary>
    public void OnMeasured(OperationClass kind, long now, long elapsedTicks) =>
        AddSample(kind, now, elapsedTicks, onlyIfAbove: false);

    /// <summary>It refused one request at once: that must not look like a fast leaf.</summary>
    public void OnOverloaded(OperationClass kind, long now, in ReplyHeader header)
    {
        OnDone(kind);
        Volatile.Write(ref _queueLength, header.QueueLength);
        AddSample(kind, now, _overloadedTicks, onlyIfAbove: true);
    }

    /// <summary>The leaf could not be reached, or refused as a whole, or let the deadline pass.</summary>
    public void OnFailed(OperationClass kind, long now)
    {
        OnDone(kind);
        if (Interlocked.Increment(ref _failuresInRow) < _options.FailuresToEject) return;
        // 0 means up, and a clock may begin at 0.
        var until = Math.Max(1, now + ProbeDelay(Volatile.Read(ref _probesFailed)));
        Interlocked.CompareExchange(ref _avoidUntil, until, 0);
    }

    /// <summary>The answer is no longer waited for. What was waited already bounds the latency from below.</summary>
    public void OnAbandoned(OperationClass kind, long now, long elapsedTicks)
    {
        OnDone(kind);
        AddSample(kind, now, elapsedTicks, onlyIfAbove: true);
    }

    private void OnDone(OperationClass kind) => Interlocked.Decrement(ref _inFlight[(int)kind]);

    /// <summary>1 for news of now, half of that each second.</summary>
    private double Freshness(in Latency latency, long now) =>
        double.Exp2(-Math.Max(0, now - Volatile.Read(in latency.At)) * _halfLivesPerTick);

    private void AddSample(OperationClass kind, long now, long elapsedTicks, bool onlyIfAbove)
    {
        ref var latency = ref _latencies[(int)kind];
        double sample = _clock.Micros(elapsedTicks);
        var known = Volatile.Read(ref latency.Micros) * Freshness(latency, now);
        if (onlyIfAbove && sample <= known) return;
        var blended = known == 0 ? sample : known + (NewSampleWeight * (sample - known));
        Volatile.Write(ref latency.Micros, blended);
        Volatile.Write(ref latency.At, now);
    }

    private void AddService(OperationClass kind, uint micros)
    {
        ref var service = ref _latencies[(int)kind].ServiceMicros;
        var known = Volatile.Read(ref service);
        Volatile.Write(ref service, known == 0 ? micros : known + (NewSampleWeight * (micros - known)));
    }

    private long ProbeDelay(int failed)
    {
        var delay = _options.ProbeDelay * Math.Pow(2, Math.Min(failed, 20));
        return _clock.Ticks(delay < _options.ProbeDelayMax ? delay : _options.ProbeDelayMax);
    }

    /// <summary>Of one class of operations, for a search says nothing of how fast a leaf reads an entry.</summary>
    private struct Latency
    {
        public double Micros;
        public double ServiceMicros;
        public long At;
    }

    /// <summary>One of each class, in one line of the processor's cache.</summary>
    [System.Runtime.CompilerServices.InlineArray((int)OperationClass.Addressed + 1)]
    private struct InFlightCounts
    {
        private int _first;
    }
}
