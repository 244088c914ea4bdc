using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Leaves that do not agree on the index that a collection's name leads to.</summary>
public sealed class IndexMovesTests
{
    private const int Shards = 3;

    private static readonly ServedIndex Later = new("wiki~b", 2);

    private static readonly string[] Leaves = ["leaf-1", "leaf-2", "leaf-3"];

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task A_search_ends_when_the_same_indexes_are_seen_a_second_time(int size)
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => new ServedIndex("wiki~a", 1), _ => Later);
        await AssertRefusedAsync(cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = size }));
        Assert.Equal(2 * Shards, Count(cluster, Opcode.Search));
        Assert.InRange(Count(cluster, Opcode.TermStatistics), 0, 2 * Shards);
    }

    [Fact]
    public async Task A_search_ends_after_so_many_changes_whatever_is_seen()
    {
        var cluster = await FilledAsync();
        var changes = 0ul;
        foreach (var id in Leaves)
            cluster[id].Documents.Served = _ => new ServedIndex($"wiki~{++changes}", changes);
        await AssertRefusedAsync(cluster.Client.SearchAsync(GatherTests.Query("fish")));
        Assert.Equal((IndexMoves.Most + 1) * Shards, Count(cluster, Opcode.Search));
        await AssertRefusedAsync(cluster.Client.SearchAsync(GatherTests.Query("fish") with
        {
            Rank = new RankFusion([new QueryStringQuery("other", [], false)], 60, 20),
        }));
    }

    [Fact]
    public async Task What_a_leaf_has_missed_for_good_is_answered_of_the_index_that_came_last_also_where_it_has_more()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        var best = Enumerable.Range(100, 900).Where(i => cluster.Client.Locate($"/wiki/{i}").Shard == 1).Take(40);
        foreach (var i in best) await PutAsync(cluster, i, "fish fish fish fish");
        var found = await cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 30 });
        Assert.Equal(30, found.Hits.Count);
        Assert.All(found.Hits, hit => Assert.Equal(1, cluster.Client.Locate(hit.Path).Shard));
        Assert.True(found.Coverage.IsWhole);
        Assert.Equal(Later, found.Served);

        // All once by the collection's name; then by the index's own, the one that had more twice.
        var asked = cluster.Transport.Of(Opcode.Search).Select(call => CollectionOf(call.Body)).ToArray();
        Assert.All(asked[..Shards], name => Assert.Equal("wiki", name));
        Assert.All(asked[Shards..], name => Assert.Equal(Later.Name, name));
        Assert.Equal((2 * Shards) + 1, asked.Length);
        Assert.Equal(1, (await HotPathTests.StatsAsync(cluster))["hedgerow_router_search_index_repeats_total"]);
    }

    [Fact]
    public async Task An_index_that_one_leaf_alone_has_is_no_answer_and_not_asked_for_again_and_again()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        cluster["leaf-1"].Documents.Leads = name => name == Later.Name ? null : name;
        await AssertRefusedAsync(cluster.Client.SearchAsync(GatherTests.Query("fish") with { Size = 0 }));
        Assert.Equal(3 * Shards, Count(cluster, Opcode.Search));
    }

    [Fact]
    public async Task A_leaf_that_came_back_empty_is_missing_and_no_reason_to_go_back()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        cluster["leaf-3"].Documents.Leads = _ => null;
        var found = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(2, found.Coverage.ShardsAnswered);
        Assert.Equal(Later, found.Served);
    }

    [Fact]
    public async Task Instant_searches_and_corrections_are_of_one_index()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        foreach (var id in Leaves)
        {
            cluster[id].Documents.Instant = new InstantReply
            {
                Words = 1, Counts = [4], Hits = [], Coverage = new Coverage(1, 1, 5, 5),
            };
            cluster[id].Documents.Spelling = _ => new SpellingReply(20, [], []);
        }

        var request = new InstantRequest { Collection = "wiki", Text = "fish" };
        Assert.True((await cluster.Client.InstantAsync(request)).Coverage.IsWhole);
        AssertAskedTwice(cluster, Opcode.Instant, body =>
            InstantCodec.TryRead(body, out InstantRequest? read, out _) ? read.Collection : "");

        var words = new SuggestRequest { Collection = "wiki", Words = [new WordQuery("w", "text", "fisch")] };
        Assert.True((await cluster.Client.SuggestAsync(words)).Coverage.IsWhole);
        AssertAskedTwice(cluster, Opcode.Spelling, body =>
            SpellingCodec.TryRead(body, out SpellingRequest? read, out _) ? read.Collection : "");
    }

    [Fact]
    public async Task A_page_of_a_scan_is_of_one_index()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        var paths = new HashSet<string>();
        await foreach (var document in cluster.Client.ScanAsync("wiki", TestContext.Current.CancellationToken))
            Assert.True(paths.Add(document.Path));
        Assert.Equal(30, paths.Count);
        AssertAskedTwice(cluster, Opcode.Scan, body =>
            ScanCodec.TryRead(body, out ScanRequest? read, out _) ? read.Collection : "");
    }

    [Fact]
    public async Task A_point_in_time_is_of_one_index_and_of_others_nothing_is_held_any_more()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => null, name => name == Later.Name ? null : Later);
        var point = await cluster.Client.OpenPointInTimeAsync("wiki", TimeSpan.FromMinutes(1));
        Assert.Equal(3, PointInTimeId.TryRead(point.Id, out var rows) ? rows.Count : 0);
        Assert.All(Leaves, id => Assert.Equal([Later.Name], cluster[id].Documents.Held));
    }

    [Fact]
    public async Task Where_leaves_never_agree_nothing_that_needs_all_of_them_goes_on_asking()
    {
        var cluster = await FilledAsync();
        Say(cluster, _ => new ServedIndex("wiki~a", 1), _ => Later);
        foreach (var id in Leaves)
        {
            cluster[id].Documents.Instant = new InstantReply
            {
                Words = 1, Counts = [4], Hits = [], Coverage = new Coverage(1, 1, 5, 5),
            };
        }

        await AssertRefusedAsync(
            cluster.Client.InstantAsync(new InstantRequest { Collection = "wiki", Text = "fish" }));
        await AssertRefusedAsync(cluster.Client.OpenPointInTimeAsync("wiki", TimeSpan.FromMinutes(1)));
        Assert.All(Leaves, id => Assert.Empty(cluster[id].Documents.Held));
        Assert.InRange(Count(cluster, Opcode.Instant), Shards, 2 * Shards);
    }

    private static void AssertAskedTwice(Cluster cluster, Opcode opcode, Func<byte[], string> collectionOf)
    {
        var asked = cluster.Transport.Of(opcode).Select(call => collectionOf(call.Body)).ToArray();
        Assert.All(asked[..Shards], name => Assert.Equal("wiki", name));
        Assert.All(asked[Shards..], name => Assert.Equal(Later.Name, name));
        Assert.Equal(2 * Shards, asked.Length);
    }

    private static async Task AssertRefusedAsync<T>(ValueTask<T> request)
    {
        var error = await Assert.ThrowsAsync<HedgerowException>(async () => await request);
        Assert.Equal(StatusCode.Unavailable, error.Status);
        Assert.Contains("do not agree on the index of 'wiki", error.Message, StringComparison.Ordinal);
    }

    private static int Count(Cluster cluster, Opcode opcode) => cluster.Transport.Of(opcode).Count();

    private static string CollectionOf(byte[] body) =>
        SearchCodec.TryRead(body, out SearchRequest? read, out _) ? read.Collection : "";

    /// <summary>What the first leaf says of the index that it answers of, and what the others say.</summary>
    private static void Say(Cluster cluster, Func<string, ServedIndex?> first, Func<string, ServedIndex?> others)
    {
        foreach (var id in Leaves) cluster[id].Documents.Served = id == "leaf-1" ? first : others;
    }

    /// <summary>Three shards, each on a leaf of its own; every name that begins so leads to the collection.</summary>
    private static async Task<Cluster> FilledAsync()
    {
        var cluster = new Cluster(Shards, replicas: 1, leaves: 3);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 30; i++) await PutAsync(cluster, i, "fish other");
        foreach (var id in Leaves)
        {
            cluster[id].Documents.Leads =
                name => name.StartsWith("wiki", StringComparison.Ordinal) ? "wiki" : null;
        }

        return cluster;
    }

    private static async Task PutAsync(Cluster cluster, int number, string text)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"text": "{{text}}"}""");
        Assert.True((await cluster.Client.SetAsync($"/wiki/{number:00}", json)).Succeeded);
    }
}
