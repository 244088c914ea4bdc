using CsCheck;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class SheddingTests
{
    private const uint Second = 1_000_000;

    [Fact]
    public async Task In_a_queue_that_stands_those_that_waited_their_share_are_refused_and_the_last_is_served()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        for (uint id = 1; id <= 3; id++) bench.Submit(id, Second);
        bench.Advance(10);
        bench.Submit(4, Second);
        bench.Advance(550);
        // The queue has stood for long; whoever comes sees it, though the only thread has not come back.
        bench.Submit(5, Second);
        foreach (var id in new uint[] { 1, 2, 3, 4 })
        {
            var shed = await bench.Sink.Answer(id);
            Assert.Equal(StatusCode.Overloaded, shed.Status);
            Assert.Contains("500 ms are allowed", shed.Text);
        }

        Assert.Equal((4, 550_000u), await Report(bench, 4));
        Assert.False(bench.Sink.IsAnswered(5));
        Assert.True(bench.Pool.Stands);
        blocker.Release();
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(5)).Status);
        Assert.Equal([5], bench.Served);
        Assert.Equal((0, 0, 4), Counts(bench.Pool.Shed));
    }

    [Fact]
    public async Task One_arrival_refuses_a_few_of_many_and_the_pools_own_thread_the_rest()
    {
        using var bench = new PoolUnderTest(queueMax: 100);
        using var blocker = bench.Occupy();
        for (uint id = 1; id <= 50; id++) bench.Submit(id, Second);
        bench.Advance(10);
        bench.Submit(51, 4 * Second);
        bench.Advance(600);
        bench.Submit(52, 4 * Second);
        Assert.Equal(16, bench.Pool.Shed.WaitedTotal);
        Assert.Equal(16, bench.Sink.Count);
        blocker.Release();
        for (uint id = 1; id <= 50; id++)
            Assert.Equal(StatusCode.Overloaded, (await bench.Sink.Answer(id)).Status);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(51)).Status);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(52)).Status);
    }

    [Fact]
    public async Task The_last_one_that_waits_is_served_whatever_it_waited()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        bench.Submit(1, Second);
        bench.Advance(10);
        bench.Submit(2, Second);
        bench.Advance(900);
        bench.Submit(3, 2 * Second);
        bench.Advance(50);
        blocker.Release();
        Assert.Equal(StatusCode.Overloaded, (await bench.Sink.Answer(1)).Status);
        Assert.Equal(StatusCode.Overloaded, (await bench.Sink.Answer(2)).Status);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(3)).Status);
        using var again = bench.Occupy(1_001);
        bench.Submit(4, Second);
        bench.Advance(700);
        again.Release();
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(4)).Status);
    }

    [Fact]
    public async Task A_burst_that_is_gone_within_the_interval_is_served_whole()
    {
        using var bench = new PoolUnderTest(
            queueMax: 100, new ShedOptions { SearchShare = 0, Interval = TimeSpan.FromMilliseconds(100) });
        using var blocker = bench.Occupy();
        for (uint id = 1; id <= 50; id++) bench.Submit(id, Second, takes: TimeSpan.FromMilliseconds(1));
        bench.Advance(40);
        blocker.Release();
        for (uint id = 1; id <= 50; id++) Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
        Assert.Equal((0, 0, 0), Counts(bench.Pool.Shed));
        Assert.False(bench.Pool.Stands);
    }

    [Fact]
    public async Task With_a_share_of_nothing_the_target_is_the_bound_as_in_Fail_at_Scale()
    {
        using var bench = new PoolUnderTest(queueMax: 100, new ShedOptions { SearchShare = 0 });
        using var blocker = bench.Occupy();
        bench.Submit(1);
        bench.Advance(6);
        bench.Submit(2);
        bench.Advance(101);
        bench.Submit(3);
        Assert.Contains("5 ms are allowed", (await bench.Sink.Answer(1)).Text);
        Assert.Equal(StatusCode.Overloaded, (await bench.Sink.Answer(2)).Status);
        Assert.False(bench.Sink.IsAnswered(3));
        blocker.Release();
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(3)).Status);
    }

    [Fact]
    public async Task One_without_a_deadline_is_patient_and_the_impatient_are_refused_before_it()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        bench.Submit(1);
        bench.Submit(2, 4 * Second);
        bench.Submit(3, Second);
        bench.Advance(6);
        bench.Submit(4, 4 * Second);
        bench.Advance(600);
        bench.Submit(5, 4 * Second);
        Assert.Equal(StatusCode.Overloaded, (await bench.Sink.Answer(3)).Status);
        blocker.Release();
        foreach (var id in new uint[] { 1, 2, 4, 5 })
            Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
        Assert.Equal([2, 4, 5, 1], bench.Served);
    }

    [Fact]
    public async Task What_has_less_time_left_than_the_quickest_takes_is_refused_before_work()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        bench.Submit(100, takes: TimeSpan.FromMilliseconds(80));
        await bench.Sink.Answer(100);
        using var blocker = bench.Occupy();
        bench.Submit(1, 100_000);
        bench.Advance(30);
        bench.Submit(2, 100_000);
        blocker.Release();
        var refused = await bench.Sink.Answer(1);
        Assert.Equal(StatusCode.Overloaded, refused.Status);
        Assert.Contains("70000 µs are left, and the quickest of late took 80000 µs", refused.Text);
        Assert.Equal(30_000u, refused.Header.QueueMicros);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(2)).Status);
        Assert.Equal([100, 2], bench.Served);
        Assert.Equal((0, 1, 0), Counts(bench.Pool.Shed));
    }

    [Fact]
    public async Task A_lone_request_is_served_however_slow_the_last_ones_were()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        bench.Submit(100, takes: TimeSpan.FromSeconds(1.5));
        await bench.Sink.Answer(100);
        bench.Submit(1, Second);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(1)).Status);
        var lane = new WriteLane(new Shedder(new ShedOptions(), 0.8, bench.Clock), bench.Clock);
        foreach (var id in new uint[] { 2, 3 })
        {
            var piece = bench.Piece(id, id == 2 ? 0 : Second, () => bench.Advance(id == 2 ? 1_500 : 0));
            Assert.True(lane.TryEnqueue((ILaneWork)piece));
            Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
            lane.RunAndWait(() => { });
        }

        Assert.Equal((0, 0, 0), Counts(lane.Shed!));
        Assert.Equal((0, 0, 0), Counts(bench.Pool.Shed));
    }

    [Fact]
    public async Task Under_load_a_kind_that_was_slow_once_is_tried_again_after_a_few_refusals()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        bench.Submit(100, takes: TimeSpan.FromSeconds(1.5));
        await bench.Sink.Answer(100);
        using var blocker = bench.Occupy();
        // An eighth less after each: 1.5, 1.31, 1.15, 1.005 and 0.88 s.
        for (uint id = 1; id <= 6; id++) bench.Submit(id, Second);
        blocker.Release();
        for (uint id = 1; id <= 6; id++)
            Assert.Equal(id <= 4 ? StatusCode.Overloaded : StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
        Assert.Equal([100, 5, 6], bench.Served);

        var lane = new WriteLane(new Shedder(new ShedOptions(), 0.8, bench.Clock), bench.Clock);
        Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(10, 0, () => bench.Advance(1_500))));
        lane.Pause();
        for (uint id = 11; id <= 16; id++) Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(id, Second)));
        lane.Resume();
        lane.RunAndWait(() => { });
        for (uint id = 11; id <= 16; id++)
            Assert.Equal(id <= 14 ? StatusCode.Overloaded : StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
        Assert.Equal((0, 4, 0), Counts(lane.Shed!));
    }

    [Fact]
    public void Refusals_lower_the_bar_of_their_kind_until_one_is_served()
    {
        var times = new ServiceTimes();
        times.Add(Opcode.Search, 800);
        times.Add(Opcode.Scan, 80);
        times.Lower(Opcode.Search);
        Assert.Equal((700, 80, 0), (times.Least(Opcode.Search), times.Least(Opcode.Scan), times.Least(Opcode.Get)));
        times.Lower(Opcode.Get);
        Assert.Equal(0, times.Least(Opcode.Get));
        times.Add(Opcode.Search, 800);
        Assert.Equal(800, times.Least(Opcode.Search));
        for (var i = 0; i < 100; i++) times.Lower(Opcode.Search);
        Assert.InRange(times.Least(Opcode.Search), 0, 8);
    }

    [Fact]
    public async Task Requests_that_expired_while_they_waited_are_no_service_times()
    {
        using var bench = new PoolUnderTest(queueMax: 30);
        bench.Submit(100, takes: TimeSpan.FromMilliseconds(800));
        await bench.Sink.Answer(100);
        var blocker = bench.Occupy();
        // Each goes before those that wait, and so isn't refused for them.
        for (uint id = 1; id <= 20; id++) bench.Submit(id, 40_000 - (id * 1_000));
        bench.Advance(50);
        blocker.Release();
        for (uint id = 1; id <= 20; id++)
            Assert.Equal(StatusCode.DeadlineExceeded, (await bench.Sink.Answer(id)).Status);
        var again = bench.Occupy(1_001);
        bench.Submit(21, 40_000);
        bench.Submit(22, 50_000);
        // An eighth of 800 ms, and then an eighth of the 50 ms of the one that occupied the thread.
        Assert.Contains("1 searches are ahead and would take about 93 ms", (await bench.Sink.Answer(22)).Text);
        again.Release();

        var shedder = new Shedder(new ShedOptions(), 0.8, bench.Clock);
        var lane = new WriteLane(shedder, bench.Clock);
        Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(30, 0, () => bench.Advance(800))));
        lane.Pause();
        var mean = shedder.Times.Mean;
        for (uint id = 31; id <= 50; id++) Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(id, 10_000)));
        bench.Advance(20);
        lane.Resume();
        lane.RunAndWait(() => { });
        for (uint id = 31; id <= 50; id++)
            Assert.Equal(StatusCode.DeadlineExceeded, (await bench.Sink.Answer(id)).Status);
        Assert.Equal(bench.Clock.TicksOf(TimeSpan.FromMilliseconds(100)), mean);
        Assert.Equal(mean, shedder.Times.Mean);
    }

    [Fact]
    public async Task Switched_off_only_a_full_queue_and_passed_deadlines_end_a_wait()
    {
        using var bench = new PoolUnderTest(queueMax: 3, new ShedOptions { Enabled = false });
        bench.Submit(100, takes: TimeSpan.FromMilliseconds(80));
        await bench.Sink.Answer(100);
        using var blocker = bench.Occupy();
        bench.Submit(1, Second);
        bench.Advance(10);
        bench.Submit(2, Second);
        bench.Advance(980);
        bench.Submit(3, Second);
        bench.Submit(4, Second);
        Assert.Contains("at most 3 may", (await bench.Sink.Answer(4)).Text);
        blocker.Release();
        for (uint id = 1; id <= 3; id++) Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(id)).Status);
        Assert.Equal((1, 0, 0), Counts(bench.Pool.Shed));
    }

    [Fact]
    public async Task A_lane_that_stands_refuses_old_writes_in_their_turn_and_never_the_leafs_own_work()
    {
        using var bench = new PoolUnderTest(queueMax: 1);
        var lane = new WriteLane(new Shedder(new ShedOptions(), 0.8, bench.Clock), bench.Clock);
        var own = 0;
        lane.Pause();
        for (uint id = 1; id <= 3; id++) Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(id, Second)));
        lane.EnqueueAlways(new Own(() => own++));
        bench.Advance(10);
        Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(4, 2 * Second)));
        bench.Advance(900);
        Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(5, Second)));
        Assert.True(lane.Stands);
        lane.Resume();
        lane.RunAndWait(() => { });
        foreach (var id in new uint[] { 1, 2, 3 })
            Assert.Contains("800 ms are allowed", (await bench.Sink.Answer(id)).Text);
        Assert.Equal([4, 5], bench.Served);
        Assert.Equal(1, own);
        Assert.Equal((0, 0, 3), Counts(lane.Shed!));
        Assert.True(lane.TryEnqueue((ILaneWork)bench.Piece(6, Second)));
        lane.RunAndWait(() => { });
        Assert.False(lane.Stands);
    }

    [Fact]
    public void A_full_lane_counts_what_it_refused()
    {
        using var bench = new PoolUnderTest(queueMax: 1);
        var lane = new WriteLane(new Shedder(new ShedOptions(), 0.8, bench.Clock), bench.Clock);
        lane.Pause();
        for (var i = 0; i < WriteLane.LengthMax; i++) Assert.True(lane.TryEnqueue(new Own(() => { })));
        Assert.False(lane.TryEnqueue(new Own(() => { })));
        Assert.Equal((1, 0, 0), Counts(lane.Shed!));
        lane.Resume();
        lane.RunAndWait(() => { });
    }

    [Fact]
    public void A_queue_stands_when_its_delay_in_order_of_arrival_was_above_the_target_all_through_an_interval() =>
        Gen.Select(Gen.Int[0, 4], Gen.Bool).Array[0, 200].Sample(steps =>
        {
            const int Target = 5;
            const int Interval = 20;
            var delay = new QueueDelay(Target, Interval);
            var waiting = new List<long>();
            var looks = new List<(long At, long Delay)>();
            long now = 0;
            foreach (var (pause, joins) in steps)
            {
                now += pause;
                if (!joins && waiting.Count == 0) continue;
                looks.Add((now, waiting.Count == 0 ? 0 : now - waiting[0]));
                if (joins)
                {
                    delay.Join(now, 0);
                    waiting.Add(now);
                }
                else
                {
                    delay.Leave(now, 0);
                    waiting.RemoveAt(0);
                }

                var above = looks.AsEnumerable().Reverse().TakeWhile(look => look.Delay > Target).ToList();
                var stands = above.Count > 1 && above[0].At - above[^1].At >= Interval;
                Assert.Equal(stands, delay.Stands);
            }
        });

    [Fact]
    public void Less_delay_than_one_service_takes_is_no_queue()
    {
        var delay = new QueueDelay(5, 20);
        for (long now = 0; now < 1_000; now += 10)
        {
            delay.Join(now, 10);
            if (now > 0) delay.Leave(now, 10);
        }

        Assert.False(delay.Stands);
    }

    [Fact]
    public void Requests_leave_the_heap_from_anywhere_and_come_by_key_then_order()
    {
        using var bench = new PoolUnderTest(queueMax: 1);
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 1_000]).Array[0, 100].Sample(
            steps =>
            {
                var heap = new RequestHeap(slot: 1);
                var model = new List<(long Key, long Order, PendingRequest Request)>();
                long order = 0;
                foreach (var (key, action, which) in steps)
                {
                    if (action > 0 || model.Count == 0)
                    {
                        var request = bench.Piece(0);
                        heap.Add(request, key, order);
                        model.Add((key, order++, request));
                    }
                    else
                    {
                        var victim = model[which % model.Count];
                        Assert.True(heap.Remove(victim.Request));
                        Assert.False(heap.Remove(victim.Request));
                        model.Remove(victim);
                    }

                    model.Sort((a, b) => (a.Key, a.Order).CompareTo((b.Key, b.Order)));
                    Assert.Equal(model.Count, heap.Count);
                    Assert.Equal(model.Count(row => row.Key <= key), heap.CountUpTo(key));
                    if (model.Count > 0) Assert.Equal((model[0].Request, model[0].Key), heap.First);
                }

                foreach (var (_, _, request) in model)
                {
                    Assert.Equal(request, heap.First.Request);
                    heap.Remove(request);
                }
            },
            threads: 1);
    }

    private static async Task<(int Length, uint Micros)> Report(PoolUnderTest bench, uint id)
    {
        var header = (await bench.Sink.Answer(id)).Header;
        Assert.InRange(header.QueueLength, 1, 4);
        return ((int)id, header.QueueMicros);
    }

    private static (long Full, long Late, long Waited) Counts(ShedCounts counts) =>
        (counts.FullTotal, counts.LateTotal, counts.WaitedTotal);

    private sealed class Own(Action action) : ILaneWork
    {
        public int BodyLength => 10;

        public void Run() => action();
    }
}
