namespace Hedgerow.Server.Simulation.Time;

/// <summary>
/// Time that moves from event to event. One thread: nothing happens but in <see cref="Step"/>, so the same seeds give
/// the same run, to the last bit.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    /// <summary>Nanoseconds of a microsecond.</summary>
    public const long NanosPerMicro = 1_000;

    /// <summary>Nanoseconds of a second.</summary>
    public const long NanosPerSecond = 1_000_000_000;

    private const long NanosPerTick = 100;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly EventHeap _events = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _now = 1;
    private long _happened;

    /// <summary>Nanoseconds since the start.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Events that have happened. Any thread may ask.</summary>
    public long Happened => Volatile.Read(ref _happened);

    /// <summary>When the next event is due, in nanoseconds; the largest number when there is none.</summary>
    public long NextAt => _events.NextAt;

    public override long TimestampFrequency => NanosPerSecond;

    /// <summary>The nanoseconds of a span.</summary>
    public static long Nanos(TimeSpan span) => span.Ticks * NanosPerTick;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(_now / NanosPerTick);

    /// <summary>Has an event happen so many nanoseconds from now; not before what is due now already.</summary>
    public void After(long nanos, SimEvent what)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("The simulation has left its thread.");
        _events.Push(_now + Math.Max(0, nanos), what);
    }

    /// <summary>Has an action happen so many nanoseconds from now.</summary>
    public SimAction After(long nanos, Action action)
    {
        var made = new SimAction(action);
        After(nanos, made);
        return made;
    }

    /// <summary>Lets the next event happen; false when there is none.</summary>
    public bool Step()
    {
        if (_events.Count == 0) return false;
        var next = _events.Pop(out var at);
        if (at > _now) Volatile.Write(ref _now, at);
        Volatile.Write(ref _happened, _happened + 1);
        next.Run();
        return true;
    }

    /// <summary>Completes after so many microseconds, inline.</summary>
    public Task Wait(long micros)
    {
        var done = new TaskCompletionSource();
        After(micros * NanosPerMicro, done.SetResult);
        return done.Task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The same time on a machine whose wall clock is off.</summary>
    public TimeProvider Skewed(TimeSpan by) => new SkewedTime(this, by);

    private sealed class SimTimer : ITimer
    {
        private readonly VirtualTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private SimAction? _next;

        public SimTimer(VirtualTime time, TimerCallback callback, object? state)
        {
            _time = time;
            _callback = callback;
            _state = state;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _next = null;
            if (dueTime != Timeout.InfiniteTimeSpan) Arm(dueTime, period);
            return true;
        }

        public void Dispose() => _next?.Cancel();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(TimeSpan dueTime, TimeSpan period) => _next = _time.After(
            Nanos(dueTime),
            () =>
            {
                if (period > TimeSpan.Zero) Arm(period, period);
                _callback(_state);
            });
    }

    private sealed class SkewedTime : TimeProvider
    {
        private readonly VirtualTime _inner;
        private readonly TimeSpan _by;

        public SkewedTime(VirtualTime inner, TimeSpan by)
        {
            _inner = inner;
            _by = by;
        }

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override long GetTimestamp() => _inner.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow() + _by;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _inner.CreateTimer(callback, state, dueTime, period);
    }
}
