using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class SearchPoolTests
{
    [Fact]
    public async Task The_nearest_deadline_goes_first_and_equal_ones_in_the_order_they_came()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        uint[] deadlines = [0, 5_000, 9_000, 0, 1_000, 5_000];
        for (uint id = 1; id <= 6; id++) bench.Submit(id, deadlines[id - 1]);
        blocker.Release();
        foreach (var id in new uint[] { 1, 2, 3, 4, 5, 6 }) await bench.Sink.Answer(id);
        Assert.Equal([5, 2, 6, 3, 1, 4], bench.Served);
    }

    [Fact]
    public async Task A_full_queue_answers_overloaded_at_once()
    {
        using var bench = new PoolUnderTest(queueMax: 2);
        using var blocker = bench.Occupy();
        for (uint id = 1; id <= 3; id++) bench.Submit(id);
        var answer = await bench.Sink.Answer(3);
        Assert.Equal(StatusCode.Overloaded, answer.Status);
        Assert.Contains("2", answer.Text);
        Assert.False(bench.Sink.IsAnswered(1));
        blocker.Release();
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(2)).Status);
    }

    [Fact]
    public async Task Work_whose_deadline_passed_in_the_queue_is_dropped()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        bench.Submit(1, deadlineMicros: 1_000);
        bench.Submit(2, deadlineMicros: 50_000);
        bench.Time.Advance(TimeSpan.FromMilliseconds(2));
        blocker.Release();
        var dropped = await bench.Sink.Answer(1);
        Assert.Equal(StatusCode.DeadlineExceeded, dropped.Status);
        Assert.Equal(2_000u, dropped.Header.QueueMicros);
        var served = await bench.Sink.Answer(2);
        Assert.Equal((StatusCode.Ok, 2_000u), (served.Status, served.Header.QueueMicros));
        Assert.Equal([2], bench.Served);
    }

    [Fact]
    public async Task What_cannot_make_it_behind_those_ahead_is_refused_early()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        for (uint id = 100; id < 120; id++)
        {
            bench.Submit(id, takes: TimeSpan.FromMilliseconds(80));
            await bench.Sink.Answer(id);
        }

        using var blocker = bench.Occupy();
        bench.Submit(1, deadlineMicros: 90_000);
        bench.Submit(2, deadlineMicros: 95_000);
        bench.Submit(3, deadlineMicros: 99_000);
        bench.Submit(4, deadlineMicros: 10_000);
        var late = await bench.Sink.Answer(3);
        Assert.Equal(StatusCode.Overloaded, late.Status);
        Assert.Contains("ahead", late.Text);
        Assert.False(bench.Sink.IsAnswered(4), "it goes before the others, so it can make it");
        blocker.Release();
    }

    [Fact]
    public async Task A_cancelled_request_is_answered_at_once_and_frees_its_place()
    {
        using var bench = new PoolUnderTest(queueMax: 1);
        using var blocker = bench.Occupy();
        bench.Submit(1);
        bench.InFlight.Cancel(bench.Sink, 1);
        Assert.Equal(StatusCode.Cancelled, (await bench.Sink.Answer(1)).Status);
        bench.Submit(2);
        Assert.False(bench.Sink.IsAnswered(2));
        blocker.Release();
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(2)).Status);
        Assert.Equal([2], bench.Served);
    }

    [Fact]
    public async Task A_peer_that_is_gone_takes_its_requests_along()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        using var blocker = bench.Occupy();
        bench.Submit(1);
        bench.Submit(2);
        bench.InFlight.CancelAll(bench.Sink);
        Assert.Equal(StatusCode.Cancelled, (await bench.Sink.Answer(1)).Status);
        Assert.Equal(StatusCode.Cancelled, (await bench.Sink.Answer(2)).Status);
        blocker.Release();
    }

    [Fact]
    public async Task A_defect_in_one_request_is_answered_and_ends_nothing_else()
    {
        using var bench = new PoolUnderTest(queueMax: 10);
        bench.Submit(1, fails: true);
        var answer = await bench.Sink.Answer(1);
        Assert.Equal(StatusCode.Internal, answer.Status);
        Assert.Contains(bench.Log.Lines, line => line.Contains("made to fail"));
        bench.Submit(2);
        Assert.Equal(StatusCode.Ok, (await bench.Sink.Answer(2)).Status);
    }

    [Fact]
    public async Task Closing_refuses_what_waits()
    {
        var bench = new PoolUnderTest(queueMax: 10);
        var blocker = bench.Occupy();
        bench.Submit(1);
        var closing = Task.Factory.StartNew(bench.Dispose, TaskCreationOptions.LongRunning);
        Assert.Equal(StatusCode.Unavailable, (await bench.Sink.Answer(1)).Status);
        blocker.Release();
        await closing;
        Assert.Equal(0, bench.InFlight.Count);
        blocker.Dispose();
    }
}
