using Hedgerow.Leaf.Tests.Durability;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>What a leaf holds for points in time: how long, how many, how much.</summary>
public sealed class PointInTimeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_search_goes_on_seeing_what_was_there_when_it_was_opened()
    {
        await using var leaf = await Filled();
        var id = await OpenedAsync(leaf);
        await leaf.Set("/wiki/b", """{"title":"two"}""");
        await leaf.Delete("/wiki/a");
        await leaf.Refresh();
        Assert.Equal(["/wiki/a"], await FoundAsync(leaf, id));
        Assert.Equal(["/wiki/b"], await FoundAsync(leaf, null));
        Assert.Equal(1, await ClosedAsync(leaf, id));
        Assert.Equal(0, await ClosedAsync(leaf, id));
        await GoneAsync(leaf, id);
        Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_held"]);
    }

    [Fact]
    public async Task Use_renews_it_and_without_use_it_expires()
    {
        await using var leaf = await Filled();
        var id = await OpenedAsync(leaf);
        for (var i = 0; i < 5; i++)
        {
            leaf.Time.Advance(TimeSpan.FromSeconds(59));
            Assert.Equal(["/wiki/a"], await FoundAsync(leaf, id));
        }

        Assert.Equal(["/wiki/a"], await FoundAsync(leaf, id, TimeSpan.FromMinutes(10)));
        leaf.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(["/wiki/a"], await FoundAsync(leaf, id));
        leaf.Time.Advance(Minute);
        await GoneAsync(leaf, id);
        var counters = leaf.Service.Stats().Counters;
        Assert.Equal(1, counters["hedgerow_leaf_snapshots_opened_total"]);
        Assert.Equal(1, counters["hedgerow_leaf_snapshots_expired_total"]);
    }

    [Fact]
    public async Task One_that_was_cancelled_before_it_was_opened_is_not_held()
    {
        for (var look = 1; look <= 8; look++)
        {
            var time = new LookedAtTime();
            await using var service = await LeafService.OpenAsync(
                SmallOptions, 5, [0], time, new LogLines(), default);
            var sink = new RecordingSink();
            Ask(service, sink, 1, Opcode.CollectionPut, Encode(output => CollectionCodec.Write(output, Wiki)));
            Assert.Equal(StatusCode.Ok, (await sink.Answer(1)).Status);
            var (looks, wasOpened) = (0, true);
            var here = Environment.CurrentManagedThreadId;
            time.Looked = () =>
            {
                if (Environment.CurrentManagedThreadId == here || ++looks != look) return;
                wasOpened = Held(service, "opened_total") > 0;
                service.OnCancel(2, sink);
            };
            Ask(service, sink, 2, Opcode.PointInTime, Body(null));
            var answer = await sink.Answer(2);
            time.Looked = null;
            if (wasOpened) continue;
            Assert.Equal(StatusCode.Cancelled, answer.Status);
            Assert.Equal(0, Held(service, "held"));
        }

        static void Ask(LeafService service, RecordingSink sink, uint id, Opcode opcode, byte[] body) =>
            service.OnRequest(
                new RequestHeader { Opcode = opcode, RequestId = id, Epoch = 5, BodyLength = body.Length }, body, sink);

        static long Held(LeafService service, string what) =>
            service.Stats().Counters["hedgerow_leaf_snapshots_" + what];
    }

    [Fact]
    public async Task Nobody_has_to_ask_for_it_to_be_let_go()
    {
        await using var leaf = await Filled();
        await OpenedAsync(leaf);
        leaf.Time.Advance(TimeSpan.FromSeconds(62));
        Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_held"]);
    }

    [Fact]
    public async Task No_more_are_opened_than_may_be_and_closing_makes_room()
    {
        await using var leaf = await Filled(SmallOptions with { SnapshotsHeldMax = 2 });
        var first = await OpenedAsync(leaf);
        await OpenedAsync(leaf);
        var refused = await leaf.Call(Opcode.PointInTime, Body(null));
        Assert.Equal(StatusCode.Overloaded, refused.Status);
        Assert.Contains("holds 2 snapshots", refused.Text, StringComparison.Ordinal);
        Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_refused_total"]);
        await ClosedAsync(leaf, first);
        await OpenedAsync(leaf);
    }

    [Fact]
    public async Task Memory_that_only_they_hold_is_bounded()
    {
        await using var leaf = await Filled(SmallOptions with { PointInTimeMemoryBytes = 0, MergeShare = 1 });
        var id = await OpenedAsync(leaf);
        leaf.Time.Advance(TimeSpan.FromSeconds(2));
        // Kept for so long that it does not expire, however late merges come.
        Assert.Equal(["/wiki/a"], await FoundAsync(leaf, id, TimeSpan.FromHours(1)));

        // Images are merged as more come: then those of the point in time are its own.
        for (var i = 0; i < 64; i++)
        {
            await leaf.Set($"/wiki/{i}", """{"title":"other"}""");
            await leaf.Refresh();
        }

        while (leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_given_up_total"] == 0)
        {
            // Used each time: it is not to expire, however late the merges come.
            await leaf.Call(Opcode.Search, SearchOf(id, null));
            leaf.Time.Advance(TimeSpan.FromSeconds(2));
            await leaf.Set("/wiki/more", """{"title":"other"}""");
            await leaf.Refresh();
        }

        await GoneAsync(leaf, id);
    }

    [Fact]
    public async Task Ids_of_another_life_another_leaf_or_nobody_are_told_apart_from_good_ones()
    {
        string id;
        await using (var earlier = await Filled()) id = await OpenedAsync(earlier);
        await using var leaf = await Filled();
        await GoneAsync(leaf, id);
        await GoneAsync(leaf, PointInTimeId.Write([new HeldShard(0, "leaf-2", 1)]));
        await GoneAsync(leaf, PointInTimeId.Write([]));
        await GoneAsync(leaf, "none");
        var late = await leaf.Call(Opcode.PointInTime, Encode(output => PointInTimeCodec.Write(
            output, new PointInTimeRequest { Collection = "wiki", KeepAlive = TimeSpan.FromHours(2) })));
        Assert.Equal(StatusCode.BadRequest, late.Status);
        Assert.Contains("leaf.pointInTime.keepAlive", late.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_that_is_taken_away_takes_what_was_held_of_it_along()
    {
        await using var leaf = await Filled();
        await OpenedAsync(leaf);
        leaf.Service.Reassign(6, [1]);
        Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_held"]);
    }

    private static async Task<LeafUnderTest> Filled(LeafOptions? options = null)
    {
        var leaf = await Open(options);
        await leaf.Declare();
        await leaf.Set("/wiki/a", """{"title":"one"}""");
        await leaf.Refresh();
        return leaf;
    }

    private static byte[] Body(string? id) => Encode(output => PointInTimeCodec.Write(
        output, new PointInTimeRequest { Collection = "wiki", KeepAlive = Minute, Id = id }));

    private static async Task<string> OpenedAsync(LeafUnderTest leaf) => (await AskAsync(leaf, null)).Id;

    private static async Task<int> ClosedAsync(LeafUnderTest leaf, string id) => (await AskAsync(leaf, id)).Shards;

    private static async Task<PointInTimeReply> AskAsync(LeafUnderTest leaf, string? id)
    {
        var answer = await leaf.Call(Opcode.PointInTime, Body(id));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(PointInTimeCodec.TryRead(answer.Body, out PointInTimeReply? reply, out var error), error);
        return reply;
    }

    private static async Task GoneAsync(LeafUnderTest leaf, string id)
    {
        var answer = await leaf.Call(Opcode.Search, SearchOf(id, null));
        Assert.Equal(StatusCode.PointInTimeGone, answer.Status);
        Assert.Contains("Open another", answer.Text, StringComparison.Ordinal);
        Assert.Equal(
            StatusCode.PointInTimeGone, (await leaf.Call(Opcode.TermStatistics, SearchOf(id, null))).Status);
    }

    private static async Task<IEnumerable<string>> FoundAsync(
        LeafUnderTest leaf, string? id, TimeSpan? keepAlive = null)
    {
        var answer = await leaf.Call(Opcode.Search, SearchOf(id, keepAlive));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(SearchCodec.TryRead(answer.Body, out SearchReply? reply, out var error), error);
        return reply.Hits.Select(hit => hit.Path);
    }

    private static byte[] SearchOf(string? id, TimeSpan? keepAlive) => Encode(output => SearchCodec.Write(
        output,
        new SearchRequest
        {
            Collection = "wiki", Query = new MatchAllQuery(), PointInTime = id, KeepAlive = keepAlive,
        }));

    /// <summary>Tells of each look at it; of one at a time.</summary>
    private sealed class LookedAtTime : FakeTimeProvider
    {
        private int _isTelling;

        public volatile Action? Looked;

        public override long GetTimestamp()
        {
            if (Looked is { } looked && Interlocked.Exchange(ref _isTelling, 1) == 0)
            {
                looked();
                Volatile.Write(ref _isTelling, 0);
            }

            return base.GetTimestamp();
        }
    }
}
