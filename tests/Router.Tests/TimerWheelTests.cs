using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

public sealed class TimerWheelTests
{
    [Fact]
    public void Everybody_is_told_once_at_or_up_to_a_millisecond_after_the_time_last_asked_for()
    {
        // An operation is an entry that asks for a time, or time that passes; the naive model is one time per entry.
        var wish = Gen.Select(Gen.Int[0, 7], Gen.Int[1, 3_000_000]);
        Gen.Select(Gen.Bool, wish, Gen.Int[100, 900_000]).Array[1, 200].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var clock = new RouterClock(time);
            var wheel = new TimerWheel(clock);
            var entries = Enumerable.Range(0, 8).Select(_ => new Sleeper(wheel, clock)).ToArray();
            foreach (var (asks, (entry, wishMicros), passMicros) in steps)
            {
                if (asks) entries[entry].Ask(clock.Now + clock.TicksOfMicros(wishMicros));
                else Pass(time, passMicros, entries);
            }

            Pass(time, 4_000_000, entries);
            Assert.All(entries, entry => Assert.Equal(entry.Asked, entry.Told));
        }, iter: 300);
    }

    [Fact]
    public void Nobody_waits_so_no_timer_runs()
    {
        var time = new FakeTimeProvider();
        var clock = new RouterClock(time);
        var wheel = new TimerWheel(clock);
        var sleeper = new Sleeper(wheel, clock);
        sleeper.Ask(clock.Now + clock.TicksOfMicros(2_000));
        sleeper.Forget();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 0), (sleeper.Looks, sleeper.Told));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, sleeper.Looks);
        Assert.Equal(long.MaxValue, sleeper.QueuedSlot);
    }

    [Fact]
    public void A_later_time_costs_no_move()
    {
        var time = new FakeTimeProvider();
        var clock = new RouterClock(time);
        var wheel = new TimerWheel(clock);
        var sleeper = new Sleeper(wheel, clock);
        sleeper.Ask(clock.Now + clock.TicksOfMicros(5_000));
        var queued = sleeper.QueuedSlot;
        sleeper.Ask(clock.Now + clock.TicksOfMicros(50_000));
        Assert.Equal(queued, sleeper.QueuedSlot);
        sleeper.Ask(clock.Now + clock.TicksOfMicros(1_000));
        Assert.True(sleeper.QueuedSlot < queued);
    }

    private static void Pass(FakeTimeProvider time, int micros, Sleeper[] entries)
    {
        // The steps of a real clock: a check after each millisecond.
        var end = time.GetUtcNow() + TimeSpan.FromMicroseconds(micros);
        while (time.GetUtcNow() < end)
        {
            var step = end - time.GetUtcNow();
            time.Advance(step < TimeSpan.FromMilliseconds(1) ? step : TimeSpan.FromMilliseconds(1));
            foreach (var entry in entries) entry.CheckNotLate();
        }
    }

    /// <summary>Waits for one time at once: a new wish replaces the last.</summary>
    private sealed class Sleeper(TimerWheel wheel, RouterClock clock) : WheelEntry
    {
        private long _at = long.MaxValue;

        public int Asked { get; private set; }

        public int Told { get; private set; }

        public int Looks { get; private set; }

        public void Ask(long at)
        {
            if (_at == long.MaxValue) Asked++;
            _at = at;
            wheel.Schedule(this, at);
        }

        public void Forget() => _at = long.MaxValue;

        public void CheckNotLate()
        {
            // A slot's rounding up, and the timer's own.
            var late = clock.Micros(clock.Now - _at);
            if (_at != long.MaxValue) Assert.True(late <= 2_000, $"{late} µs late");
        }

        public override void OnWheel()
        {
            Looks++;
            if (_at == long.MaxValue) return;
            if (clock.Now < _at)
            {
                wheel.Schedule(this, _at);
                return;
            }

            Told++;
            _at = long.MaxValue;
        }
    }
}
