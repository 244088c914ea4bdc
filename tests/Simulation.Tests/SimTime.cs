namespace Hedgerow.Simulation.Tests;

/// <summary>
/// Virtual time: a queue of events in order of their time, and of their making where times are equal. One thread;
/// nothing happens but in <see cref="Step"/>. The clock moves only from event to event.
/// </summary>
internal sealed class SimTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Event, (long At, long Order)> _events = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _made;
    private long _now = 1;

    /// <summary>Nanoseconds since the start.</summary>
    public long Now => _now;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(_now / 100);

    /// <summary>Runs something so many microseconds from now.</summary>
    public Event After(long micros, Action action)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("The simulation has left its thread.");
        var made = new Event(action);
        _events.Enqueue(made, (_now + (Math.Max(0, micros) * 1_000), _made++));
        return made;
    }

    /// <summary>Lets the next event happen; false when there is none.</summary>
    public bool Step()
    {
        if (!_events.TryDequeue(out var next, out var when)) return false;
        _now = Math.Max(_now, when.At);
        next.Run();
        return true;
    }

    /// <summary>Completes after so many microseconds, inline.</summary>
    public Task Wait(long micros)
    {
        var done = new TaskCompletionSource();
        After(micros, done.SetResult);
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

    internal sealed class Event
    {
        private Action? _action;

        public Event(Action action)
        {
            _action = action;
        }

        public void Cancel() => _action = null;

        public void Run() => _action?.Invoke();
    }

    private sealed class SimTimer : ITimer
    {
        private readonly SimTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private Event? _next;

        public SimTimer(SimTime time, TimerCallback callback, object? state)
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
            (long)dueTime.TotalMicroseconds,
            () =>
            {
                if (period > TimeSpan.Zero) Arm(period, period);
                _callback(_state);
            });
    }

    private sealed class SkewedTime : TimeProvider
    {
        private readonly SimTime _inner;
        private readonly TimeSpan _by;

        public SkewedTime(SimTime inner, TimeSpan by)
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
