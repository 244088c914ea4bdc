using System.Text;
using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class SearchGatherTests
{
    [Fact]
    public async Task A_query_that_was_asked_before_needs_no_round_for_statistics()
    {
        var cluster = await FilledAsync(shards: 5, documents: 60);
        var first = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(5, cluster.Transport.Of(Opcode.TermStatistics).Count());
        var second = await cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 3 });
        Assert.Equal(5, cluster.Transport.Of(Opcode.TermStatistics).Count());
        Assert.Equal(first.Hits.Take(3).Select(h => (h.Path, h.Score)), second.Hits.Select(h => (h.Path, h.Score)));
    }

    [Fact]
    public async Task Statistics_that_changed_are_seen_in_the_answers_and_the_search_is_done_again()
    {
        var cluster = await FilledAsync(shards: 5, documents: 60);
        await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        await PutAsync(cluster, 100, "fish fish fish fish fish");
        var searches = cluster.Transport.Of(Opcode.Search).Count();
        var seen = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(searches + 10, cluster.Transport.Of(Opcode.Search).Count());

        var fresh = await FilledAsync(shards: 5, documents: 60);
        await PutAsync(fresh, 100, "fish fish fish fish fish");
        var expected = await fresh.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(expected.Hits.Select(h => (h.Path, h.Score)), seen.Hits.Select(h => (h.Path, h.Score)));
        Assert.Equal(5, cluster.Transport.Of(Opcode.TermStatistics).Count());
    }

    [Fact]
    public async Task A_shard_that_is_missing_counts_as_it_did_before()
    {
        var cluster = await FilledAsync(shards: 4, documents: 60, replicas: 1, leaves: 4);
        var whole = await cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 100 });
        cluster.Rule("leaf-3", Behaviour.Fails(StatusCode.Unavailable));
        var searches = cluster.Transport.Of(Opcode.Search).Count(c => c.Leaf == "leaf-1");
        var partial = await cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 100 });
        Assert.Equal(searches + 1, cluster.Transport.Of(Opcode.Search).Count(c => c.Leaf == "leaf-1"));
        Assert.Equal(new Coverage(4, 3, 60, partial.Coverage.DocumentsCovered), partial.Coverage);
        var scores = whole.Hits.ToDictionary(h => h.Path, h => h.Score);
        Assert.All(partial.Hits, hit => Assert.Equal(scores[hit.Path], hit.Score));
    }

    [Fact]
    public async Task Counting_alone_asks_for_no_statistics()
    {
        var cluster = await FilledAsync(shards: 4, documents: 60);
        Assert.Equal(60, (await cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 0 })).Total);
        Assert.Empty(cluster.Transport.Of(Opcode.TermStatistics));
    }

    [Fact]
    public void Of_each_shard_so_few_hits_are_asked_that_all_together_are_hardly_more_than_wanted()
    {
        Assert.Equal(10, ShardShare.Of(10, 1));
        Assert.Equal(6, ShardShare.Of(10, 7));
        Assert.Equal(29, ShardShare.Of(100, 7));
        Assert.Equal(0, ShardShare.Of(0, 7));
        Assert.Equal(1, ShardShare.Of(1, 7));
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 1_000]).Sample((hits, shards) =>
        {
            var share = ShardShare.Of(hits, shards);
            Assert.InRange(share, (hits + shards - 1) / shards, hits);
        });
    }

    [Fact]
    public void Wherever_the_best_documents_lie_the_answer_is_that_of_one_shard() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[0, 60], Gen.Int[0, 12], Gen.Int[0, 40], Gen.Int[0, 5]).Sample(
            (shards, size, from, crowd, words) =>
            {
                var many = FilledAsync(shards, 40).GetAwaiter().GetResult();
                // The best all on one shard: more of them than its likely part.
                var paths = Enumerable.Range(1_000, 4_000).Select(i => i)
                    .Where(i => many.Client.Locate($"/wiki/{i:00}").Shard == 1).Take(crowd).ToArray();
                var one = FilledAsync(1, 40).GetAwaiter().GetResult();
                foreach (var i in paths)
                {
                    var text = string.Concat(Enumerable.Repeat("fish ", 5 + (i % (words + 1))));
                    PutAsync(many, i, text).GetAwaiter().GetResult();
                    PutAsync(one, i, text).GetAwaiter().GetResult();
                }

                var request = GatherTests.Query("fish") with { From = from, Size = size };
                var found = many.Client.SearchAsync(request).AsTask().GetAwaiter().GetResult();
                var expected = one.Client.SearchAsync(request).AsTask().GetAwaiter().GetResult();
                Assert.Equal(expected.Hits.Select(h => h.Path), found.Hits.Select(h => h.Path));
                Assert.Equal(expected.Total, found.Total);
            },
            iter: 40, threads: 1);

    [Fact]
    public async Task Only_the_shard_whose_last_hit_got_in_is_asked_for_more()
    {
        var cluster = await FilledAsync(shards: 7, documents: 0);
        var best = Enumerable.Range(0, 1_000).Where(i => cluster.Client.Locate($"/wiki/{i:00}").Shard == 3).Take(20);
        foreach (var i in best) await PutAsync(cluster, i, "fish fish");
        var reply = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(10, reply.Hits.Count);
        Assert.Equal(8, cluster.Transport.Of(Opcode.Search).Count());
    }

    [Fact]
    public async Task Answers_that_wait_for_others_are_counted_and_bounded()
    {
        var cluster = await FilledAsync(
            shards: 2, documents: 0, replicas: 1, leaves: 2, configure: o => o.SearchBytesMax = 1 << 20);
        for (var i = 0; i < 20; i++) await PutAsync(cluster, i, "fish " + new string('x', 200_000));
        var isHeld = true;
        cluster.Rule("leaf-2", c => c.Header.Opcode == Opcode.Search && isHeld ? Behaviour.Never : null);
        var waiting = cluster.Client.SearchAsync(GatherTests.Query("fish")).AsTask();
        cluster.Advance(1);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SearchAsync(GatherTests.Query("fish")));
        Assert.Equal(StatusCode.Overloaded, error.Status);
        Assert.Contains("1048576 are allowed", error.Message, StringComparison.Ordinal);
        cluster.Advance(5_000);
        Assert.Equal(1, (await waiting).Coverage.ShardsAnswered);
        isHeld = false;
        Assert.True((await cluster.Client.SearchAsync(GatherTests.Query("fish"))).Coverage.IsWhole);
    }

    [Fact]
    public async Task A_search_that_is_cancelled_gives_back_what_it_held()
    {
        var cluster = await FilledAsync(
            shards: 2, documents: 0, replicas: 1, leaves: 2, configure: o => o.SearchBytesMax = 1 << 20);
        for (var i = 0; i < 20; i++) await PutAsync(cluster, i, "fish " + new string('x', 200_000));
        cluster.Rule("leaf-2", c => c.Header.Opcode == Opcode.Search ? Behaviour.Never : null);
        using var cancel = new CancellationTokenSource();
        var waiting = cluster.Client.SearchAsync(GatherTests.Query("fish"), cancel: cancel.Token).AsTask();
        cluster.Advance(1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        cluster.Heal();
        Assert.True((await cluster.Client.SearchAsync(GatherTests.Query("fish"))).Coverage.IsWhole);
    }

    [Fact]
    public async Task A_shard_that_stopped_at_its_soft_deadline_gives_its_hits_and_no_whole_answer()
    {
        var cluster = await FilledAsync(shards: 2, documents: 60, replicas: 1, leaves: 2);
        var whole = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        cluster["leaf-2"].Documents.Covered = 3;
        var reply = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        var second = whole.Coverage.DocumentsTotal - cluster["leaf-1"].Entries.Count;
        Assert.Equal(new Coverage(2, 1, 60, 60 - second + 3), reply.Coverage);
        Assert.False(reply.TotalIsExact);
        Assert.Equal(10, reply.Hits.Count);
    }

    [Fact]
    public async Task A_profile_has_the_routers_phases_and_each_shards()
    {
        var cluster = await FilledAsync(shards: 3, documents: 60);
        var request = GatherTests.Query("fish") with { Profile = true };
        var first = (await cluster.Client.SearchAsync(request)).Profile!;
        Assert.Equal(["statistics", "search", "merge"], first.Phases.Select(phase => phase.Name));
        Assert.Equal([0, 1, 2], first.Shards.Select(shard => shard.Shard));
        var second = (await cluster.Client.SearchAsync(request)).Profile!;
        Assert.Equal(["search", "merge"], second.Phases.Select(phase => phase.Name));
        Assert.Null((await cluster.Client.SearchAsync(GatherTests.Query("fish"))).Profile);
    }

    private static async Task<Cluster> FilledAsync(
        int shards, int documents, int replicas = 2, int? leaves = null, Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(shards, replicas, configure, leaves);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < documents; i++)
            await PutAsync(cluster, i, string.Concat(Enumerable.Repeat("fish ", 1 + (i % 3))));
        return cluster;
    }

    private static async Task PutAsync(Cluster cluster, int number, string text)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"text": "{{text}}"}""");
        Assert.True((await cluster.Client.SetAsync($"/wiki/{number:00}", json)).Succeeded);
    }
}
