using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class FaultTests
{
    [Fact]
    public async Task A_delayed_request_is_answered_when_its_time_has_come_and_not_before()
    {
        await using var leaf = await Open();
        await leaf.Set("/a", "one");
        await Set(leaf, new FaultRequest(1, 100_000, 0));
        var id = leaf.Send(Opcode.Get, Bytes(Command(Opcode.Get, "/a")));
        leaf.Time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(leaf.Sink.IsAnswered(id));
        leaf.Time.Advance(TimeSpan.FromMilliseconds(1));
        var answer = await leaf.Sink.Answer(id);
        Assert.Equal("one", answer.Value);
        Assert.Equal(100_000u, answer.Header.ServiceMicros);
    }

    [Fact]
    public async Task About_the_asked_share_is_delayed()
    {
        await using var leaf = await Open();
        await Set(leaf, new FaultRequest(0.01, 100_000, 0));
        var get = Bytes(Command(Opcode.Get, "/a"));
        var ids = Enumerable.Range(0, 10_000).Select(_ => leaf.Send(Opcode.Get, get)).ToList();
        Assert.InRange(ids.Count(id => !leaf.Sink.IsAnswered(id)), 60, 140);
        leaf.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.All(ids, id => Assert.True(leaf.Sink.IsAnswered(id)));
    }

    [Fact]
    public async Task Leaves_that_are_asked_alike_are_late_with_requests_of_their_own()
    {
        var first = await LateAsync("leaf-1");
        Assert.Equal(first, await LateAsync("leaf-1"));

        // Of 10,000 requests that each of two leaves is late with one in a hundred of, one in 10,000 is late on both.
        Assert.InRange(first.Intersect(await LateAsync("leaf-2")).Count(), 0, 10);
    }

    [Fact]
    public async Task A_cancelled_request_does_not_wait_for_the_delay()
    {
        await using var leaf = await Open();
        await Set(leaf, new FaultRequest(1, 100_000, 0));
        var id = leaf.Send(Opcode.Get, Bytes(Command(Opcode.Get, "/a")));
        leaf.Service.OnCancel(id, leaf.Sink);
        Assert.Equal(StatusCode.Cancelled, (await leaf.Sink.Answer(id)).Status);
        leaf.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, leaf.Sink.Count);
    }

    [Fact]
    public async Task A_tied_search_tells_that_it_begins_before_it_is_answered_and_no_other_does()
    {
        await using var leaf = await Open();
        await leaf.Declare();
        var body = LeafUnderTest.SearchBody("fish");
        var tied = leaf.Send(Opcode.Search, body, flags: FrameFlags.Tied, pathHash: 77);
        Assert.Equal(StatusCode.Ok, (await leaf.Sink.Answer(tied)).Status);
        Assert.Equal(StatusCode.Ok, (await leaf.Call(Opcode.Search, body)).Status);
        Assert.Equal([(tied, 77ul, false)], leaf.Sink.Begun);
    }

    [Fact]
    public async Task A_delay_past_the_deadline_is_a_deadline_exceeded()
    {
        await using var leaf = await Open();
        await Set(leaf, new FaultRequest(1, 100_000, 0));
        var id = leaf.Send(Opcode.Get, Bytes(Command(Opcode.Get, "/a")), deadlineMicros: 50_000);
        leaf.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(StatusCode.DeadlineExceeded, (await leaf.Sink.Answer(id)).Status);
    }

    [Fact]
    public async Task Errors_are_answered_unavailable_until_it_is_healed()
    {
        await using var leaf = await Open();
        await Set(leaf, new FaultRequest(0, 0, 1));
        var answer = await leaf.Get("/a");
        Assert.Equal(StatusCode.Unavailable, answer.Status);
        Assert.Contains("fault", answer.Text);
        Assert.Equal(StatusCode.Ok, (await leaf.Call(Opcode.Ping, [])).Status);
        await Set(leaf, new FaultRequest(0, 0, 0));
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/a")).Status);
    }

    [Fact]
    public async Task Faults_are_refused_unless_allowed()
    {
        await using var leaf = await Open(SmallOptions with { AllowFaults = false });
        var answer = await leaf.Call(Opcode.Fault, Encode(o => FaultCodec.Write(o, new FaultRequest(0, 0, 1))));
        Assert.Equal(StatusCode.Unauthorized, answer.Status);
        Assert.Contains("without faults allowed", answer.Text);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/a")).Status);
    }

    [Fact]
    public async Task A_drain_lets_delayed_requests_finish_at_once()
    {
        await using var leaf = await Open();
        await leaf.Set("/a", "one");
        await Set(leaf, new FaultRequest(1, 60_000_000, 0));
        var id = leaf.Send(Opcode.Get, Bytes(Command(Opcode.Get, "/a")));
        await leaf.Service.DrainAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("one", (await leaf.Sink.Answer(id)).Value);
    }

    private static async Task<int[]> LateAsync(string name)
    {
        await using var leaf = await Open(SmallOptions with { Name = name });
        await Set(leaf, new FaultRequest(0.01, 100_000, 0));
        var get = Bytes(Command(Opcode.Get, "/a"));
        var ids = Enumerable.Range(0, 10_000).Select(_ => leaf.Send(Opcode.Get, get)).ToArray();
        var late = Enumerable.Range(0, ids.Length).Where(i => !leaf.Sink.IsAnswered(ids[i])).ToArray();
        leaf.Time.Advance(TimeSpan.FromMilliseconds(100));
        return late;
    }

    private static async Task Set(LeafUnderTest leaf, FaultRequest fault)
    {
        var answer = await leaf.Call(Opcode.Fault, Encode(output => FaultCodec.Write(output, fault)));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
    }
}
