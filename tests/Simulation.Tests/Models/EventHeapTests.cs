using CsCheck;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Simulation.Tests;

public sealed class EventHeapTests
{
    [Fact]
    public void Events_come_by_time_and_then_in_the_order_they_were_made() =>
        Gen.Int[0, 50].Array[0, 400].Sample(times =>
        {
            var heap = new EventHeap();
            var happened = new List<int>();
            for (var i = 0; i < times.Length; i++)
            {
                var made = i;
                heap.Push(times[i], new SimAction(() => happened.Add(made)));
            }

            while (heap.Count > 0) heap.Pop(out _).Run();
            Assert.Equal(Enumerable.Range(0, times.Length).OrderBy(i => times[i]), happened);
        });

    [Fact]
    public void Time_stands_still_while_an_event_happens_and_then_goes_to_the_next()
    {
        var time = new VirtualTime();
        var seen = new List<long>();
        var start = time.Now;
        time.After(5, () =>
        {
            seen.Add(time.Now - start);
            time.After(3, () => seen.Add(time.Now - start));
            time.After(-1, () => seen.Add(time.Now - start));
        });
        while (time.Step())
        {
        }

        Assert.Equal([5, 5, 8], seen);
        Assert.Equal(3, time.Happened);
    }

    [Fact]
    public void A_timer_that_is_changed_fires_at_its_last_time_only()
    {
        var time = new VirtualTime();
        var fired = new List<long>();
        using var timer = time.CreateTimer(
            _ => fired.Add(time.Now), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        var start = time.Now;
        timer.Change(TimeSpan.FromMilliseconds(3), Timeout.InfiniteTimeSpan);
        while (time.Step())
        {
        }

        Assert.Equal([start + 3_000_000], fired);
    }
}
