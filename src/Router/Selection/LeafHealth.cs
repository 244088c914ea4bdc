using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What a router knows of one leaf: its load as seen from here and by its own report, and whether it is avoided.
/// Thread-safe: single words, written by whoever has news; a lost update costs one sample.
/// </summary>
/// <remarks>
/// The smoothed latency fades with age (half of it each second), as in Finagle's peak EWMA: otherwise a leaf that was
/// slow once would never be asked again, and so never be seen to be well. Only answers to the question asked make a
/// leaf look fast: what it fails or refuses counts as long, however quickly it does so. Ejection is
/// <see cref="LeafEjection"/>'s, and how much it may have in flight <see cref="ConcurrencyLimit"/>'s.
/// </remarks>
internal sealed class LeafHealth
{
    private const double NewSampleWeight = 0.2;

    /// <summary>
    /// What a request that failed or was refused counts as: long beside any read, forgotten within seconds.
    /// </summary>
    private static readonly TimeSpan FailedLatency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(1);

    private readonly RouterClock _clock;
    private readonly RouterOptions _options;
    private readonly LeafEjection _ejection;
    private readonly ConcurrencyLimit?[] _limits = new ConcurrencyLimit?[(int)OperationClass.Addressed + 1];
    private readonly double _halfLivesPerTick;
    private readonly double _handicap;
    private readonly long _failedTicks;
    private readonly Latency[] _latencies = new Latency[(int)OperationClass.Addressed + 1];
    private readonly LatencyWindow?[] _recent = new LatencyWindow?[HedgePolicy.HedgedClasses];
    private InFlightCounts _inFlight;
    private int _queueLength;

    public LeafHealth(LeafEndpoint endpoint, RouterClock clock, RouterOptions options, CounterSet counters)
    {
        Endpoint = endpoint;
        IdHash = PathHash.OfPath(System.Text.Encoding.UTF8.GetBytes(endpoint.Id));
        _clock = clock;
        _options = options;
        _ejection = new LeafEjection(options, clock, counters);
        _failedTicks = clock.Ticks(FailedLatency);
        _halfLivesPerTick = 1.0 / clock.Ticks(HalfLife);
        _handicap = options.Zone.Length == 0 || endpoint.Zone == options.Zone ? 1 : options.ZoneFactor;
        // Those that are addressed to one leaf have no other to go to.
        for (var i = 0; options.Limit.Enabled && i < (int)OperationClass.Addressed; i++)
            _limits[i] = new ConcurrencyLimit(options.Limit, clock);
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
    public bool IsUp => _ejection.IsUp;

    /// <summary>Whether it is avoided for what it answers, while it can be reached.</summary>
    public bool IsSoftlyOut => _ejection.IsSoftlyOut;

    /// <summary>Whether nothing is wrong with it but, perhaps, that its peers are quicker.</summary>
    public bool IsUpOrSlow => _ejection.IsUpOrSlow;

    /// <summary>
    /// Whether a write goes there: it is up, or slow, or stands still for a moment, for a replica without the latest is
    /// worse than one that is late; or this caller is the one that tries it.
    /// </summary>
    public bool TakesWrites(long now) => _ejection.TakesWrites || TryTakeProbe(OperationClass.Addressed, now);

    /// <summary>Most requests of a class that it may have in flight now.</summary>
    public int LimitOf(OperationClass kind) => _limits[(int)kind] is { } limit ? limit.Value : int.MaxValue;

    /// <summary>Whether one more request of this class is within its limit.</summary>
    public bool HasRoom(OperationClass kind) => Volatile.Read(ref _inFlight[(int)kind]) < LimitOf(kind);

    /// <summary>What share of its requests it gets now: less than 1 for a while after it came back.</summary>
    public double ShareAt(long now) => _ejection.ShareAt(now);

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
    public bool TryTakeProbe(OperationClass kind, long now) => _ejection.TryTakeProbe(kind, now);

    /// <summary>The latencies of the last moments, for <see cref="SlowLeaves"/>; null before the first.</summary>
    public LatencyWindow? Recent(OperationClass kind) => Volatile.Read(ref _recent[(int)kind]);

    /// <summary>It is far slower than its peers, which answer such reads within this.</summary>
    public void OnSlow(OperationClass kind, long now, long boundMicros) => _ejection.OnSlow(kind, now, boundMicros);

    public void OnSent(OperationClass kind) => Interlocked.Increment(ref _inFlight[(int)kind]);

    /// <summary>An answer to what was asked. Other outcomes are told by the methods below.</summary>
    /// <param name="kind">Of the request.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="elapsedTicks">How long it took.</param>
    /// <param name="header">The answer's.</param>
    /// <param name="weight">Answers that it stands for.</param>
    public void OnAnswered(
        OperationClass kind, long now, long elapsedTicks, in ReplyHeader header, int weight = 1)
    {
        Sample(kind, now, elapsedTicks);
        AddSample(kind, now, elapsedTicks, onlyIfAbove: false);
        AddService(kind, header.ServiceMicros);
        var micros = _clock.Micros(elapsedTicks);
        AddRecent(kind, now, micros, weight);
        OnAnswered(kind, now, header, now - elapsedTicks, micros);
    }

    /// <summary>As the other, of an answer whose time is not booked.</summary>
    public void OnAnswered(OperationClass kind, long now, in ReplyHeader header) =>
        OnAnswered(kind, now, header, sentAt: 0, micros: long.MaxValue);

    private void OnAnswered(OperationClass kind, long now, in ReplyHeader header, long sentAt, long micros)
    {
        OnDone(kind);
        Volatile.Write(ref _queueLength, header.QueueLength);
        _ejection.OnAlive(kind, now, sentAt, micros);
    }

    /// <summary>It answered before the call returned, in this time. Nothing was in flight for longer.</summary>
    public void OnMeasured(OperationClass kind, long now, long elapsedTicks) =>
        AddSample(kind, now, elapsedTicks, onlyIfAbove: false);

    /// <summary>
    /// It says that the request is wrong, or that it can't do such a thing. It is alive, and no faster than it was.
    /// </summary>
    public void OnRejected(OperationClass kind, long now, long elapsedTicks, in ReplyHeader header)
    {
        // Another may know what this one does not: then it must not look like a fast leaf.
        var least = IsSendersFault(header.Status) ? 0 : _failedTicks;
        AddSample(kind, now, Math.Max(elapsedTicks, least), onlyIfAbove: true);
        OnAnswered(kind, now, header);
    }

    /// <summary>
    /// It is alive and could not serve one request, which another leaf may: that must not look like a fast leaf.
    /// </summary>
    public void OnRefused(OperationClass kind, long now, in ReplyHeader header)
    {
        if (header.Status == StatusCode.Overloaded) _limits[(int)kind]?.OnRefused();
        AddSample(kind, now, _failedTicks, onlyIfAbove: true);
        OnDone(kind);
        _ejection.OnHeard();
        Volatile.Write(ref _queueLength, header.QueueLength);
    }

    /// <summary>The leaf could not be reached, or refused as a whole, or let the deadline pass.</summary>
    /// <param name="kind">Of the request.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="elapsedTicks">How long it took.</param>
    /// <param name="isReached">It said so itself, or nothing: that may be no more than its load.</param>
    public void OnFailed(OperationClass kind, long now, long elapsedTicks, bool isReached)
    {
        // Quick failures tell nothing of round trips.
        if (elapsedTicks >= _failedTicks) Sample(kind, now, elapsedTicks);
        AddSample(kind, now, Math.Max(elapsedTicks, _failedTicks), onlyIfAbove: true);
        OnDone(kind);
        _ejection.OnFailed(now, isReached);
    }

    /// <summary>The answer is no longer waited for. What was waited already bounds the latency from below.</summary>
    /// <param name="kind">Of the request.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="elapsedTicks">How long it was waited for.</param>
    /// <param name="isLost">Another leaf that was asked later answered sooner: slower than any answer that is.</param>
    public void OnAbandoned(OperationClass kind, long now, long elapsedTicks, bool isLost = false)
    {
        AddSample(kind, now, elapsedTicks, onlyIfAbove: true);
        if (isLost)
        {
            AddRecent(kind, now, long.MaxValue, weight: 1);
            _ejection.OnLost();
        }

        OnDone(kind);
        // A search that is tied is given up as a matter of course, and long ones say nothing for long.
        if (kind == OperationClass.PointRead) _ejection.OnAbandoned(now);
    }

    /// <summary>Whether any leaf would say so of the same request, or knows better than this router.</summary>
    private static bool IsSendersFault(StatusCode status) => status is StatusCode.BadRequest or StatusCode.BadQuery
        or StatusCode.BadDocument or StatusCode.TooLarge or StatusCode.WrongShard;

    private void OnDone(OperationClass kind) => Interlocked.Decrement(ref _inFlight[(int)kind]);

    // Before the request is counted as done: it was in flight too.
    private void Sample(OperationClass kind, long now, long elapsedTicks) =>
        _limits[(int)kind]?.OnSample(now, elapsedTicks, Volatile.Read(ref _inFlight[(int)kind]));

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

    private void AddRecent(OperationClass kind, long now, long micros, int weight)
    {
        if (!_options.EjectEnabled || _options.SlowFactor == 0 || (int)kind >= HedgePolicy.HedgedClasses) return;
        ref var slot = ref _recent[(int)kind];
        var window = Volatile.Read(ref slot);
        if (window is null)
        {
            var made = new LatencyWindow(_clock, SlowLeaves.WindowLength);
            window = Interlocked.CompareExchange(ref slot, made, null) ?? made;
        }

        window.Record(now, micros, weight);
    }

    private void AddService(OperationClass kind, uint micros)
    {
        ref var service = ref _latencies[(int)kind].ServiceMicros;
        var known = Volatile.Read(ref service);
        Volatile.Write(ref service, known == 0 ? micros : known + (NewSampleWeight * (micros - known)));
    }

    /// <summary>Of one class of operations, for a search says nothing of how fast a leaf reads an entry.</summary>
    private struct Latency
    {
        public double Micros;
        public double ServiceMicros;
        public long At;
    }

    /// <summary>One of each class, in one line of the processor's cache.</summary>
    [InlineArray((int)OperationClass.Addressed + 1)]
    private struct InFlightCounts
    {
        private int _first;
    }
}
