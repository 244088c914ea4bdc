namespace Hedgerow.Router;

/// <summary>
/// Requests of one class that this router keeps in flight to one leaf at most: follows what the leaf bears. Past it the
/// router asks another replica, or refuses at once instead of late. Thread-safe; allocates nothing.
/// </summary>
/// <remarks>
/// A gradient on the minimum round trip, as in TCP Vegas (Brakmo, Peterson, 1995) and Netflix's concurrency limits:
/// each 100 ms, the geometric mean of the round trips (which one slow answer in a hundred hardly moves) is held against
/// the least of the last minute. Beyond <c>tolerance</c> times it, requests stand in a queue: the limit becomes their
/// share of what was in flight, and a root for the queue that is allowed. Otherwise it grows by a quarter while half of
/// it is used.
/// <code>
///   base  = max(least round trip of 30 to 60 s, the one that is never congestion)
///   g     = min(1, tolerance x base / mean)                                       and at least 1/2
///   limit = g &lt; 1: most in flight x g + root of that     g = 1 and half used: limit x 5/4
/// </code>
/// </remarks>
internal sealed class ConcurrencyLimit
{
    private const int SamplesMin = 10;
    private const double GradientMin = 0.5;
    private const double Growth = 1.25;
    private const double DropShare = 0.9;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly LimitOptions _options;
    private readonly RouterClock _clock;
    private readonly double _freeMicros;
    private readonly long _windowTicks;
    private readonly long _memoryTicks;
    private int _limit;
    private long _windowEndsAt;
    private long _memoryEndsAt;
    private int _samples;
    private double _logSum;
    private int _mostInFlight;
    private bool _hasDropped;
    private double _least = double.MaxValue;
    private double _leastBefore = double.MaxValue;

    public ConcurrencyLimit(LimitOptions options, RouterClock clock)
    {
        _options = options;
        _clock = clock;
        _freeMicros = options.LatencyFree.TotalMicroseconds;
        _windowTicks = clock.Ticks(Window);
        _memoryTicks = clock.Ticks(Memory);
        _limit = options.InFlightMax;
        _windowEndsAt = clock.Now + _windowTicks;
        _memoryEndsAt = clock.Now + _memoryTicks;
    }

    /// <summary>In flight at most, now.</summary>
    public int Value => Volatile.Read(ref _limit);

    /// <summary>An answer came, or was given up after this time.</summary>
    public void OnSample(long now, long elapsedTicks, int inFlight)
    {
        // A sample less is better than a wait.
        if (!_gate.TryEnter()) return;
        try
        {
            var micros = Math.Max(1, (double)_clock.Micros(elapsedTicks));
            _samples++;
            _logSum += Math.Log2(micros);
            _least = Math.Min(_least, micros);
            _mostInFlight = Math.Max(_mostInFlight, inFlight);
            if (now >= _windowEndsAt && _samples >= SamplesMin) EndWindow(now);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>The leaf refused for lack of room: a tenth less, once in a window.</summary>
    public void OnRefused()
    {
        lock (_gate)
        {
            if (_hasDropped) return;
            _hasDropped = true;
            Set(_limit * DropShare);
        }
    }

    private void EndWindow(long now)
    {
        var mean = double.Exp2(_logSum / _samples);
        var least = Math.Max(Math.Min(_least, _leastBefore), _freeMicros);
        var gradient = Math.Max(GradientMin, _options.Tolerance * least / mean);
        if (gradient < 1)
        {
            var from = Math.Min(_limit, _mostInFlight);
            Set((from * gradient) + Math.Sqrt(from));
        }
        else if (!_hasDropped && _mostInFlight >= _limit / 2)
        {
            Set(Math.Ceiling(_limit * Growth));
        }

        if (now >= _memoryEndsAt)
        {
            (_leastBefore, _least) = (_least, double.MaxValue);
            _memoryEndsAt = now + _memoryTicks;
        }

        _samples = _mostInFlight = 0;
        _logSum = 0;
        _hasDropped = false;
        _windowEndsAt = now + _windowTicks;
    }

    private void Set(double limit) =>
        Volatile.Write(ref _limit, (int)Math.Clamp(limit, _options.InFlightMin, _options.InFlightMax));
}
