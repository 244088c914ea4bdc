using System.Text;
using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class GatherTests
{
    [Fact]
    public void Many_paths_come_back_in_the_order_asked() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 40].Array[0, 200]).Sample(
            (shards, order) =>
            {
                var cluster = new Cluster(shards, replicas: 2, leaves: 3);
                foreach (var leaf in cluster.Transport.Leaves.Values)
                    for (var i = 0; i < 40; i += 2) leaf.Put($"/k/{i}", $"v{i}", 5);
                var paths = order.Select(i => (EntryPath)$"/k/{i}").ToArray();
                var results = cluster.Client.GetManyAsync(paths).AsTask().GetAwaiter().GetResult();
                Assert.Equal(
                    order.Select(i => i % 2 == 0 && i < 40 ? $"v{i}" : null),
                    results.Select(r => r.Found ? Encoding.UTF8.GetString(r.Value.Span) : null));
            },
            iter: 30, threads: 1);

    [Fact]
    public async Task More_paths_than_one_frame_takes_are_asked_in_several()
    {
        var cluster = new Cluster(shards: 2);
        var paths = Enumerable.Range(0, 5_000).Select(i => (EntryPath)$"/{i}").ToArray();
        Assert.Equal(5_000, (await cluster.Client.GetManyAsync(paths)).Length);
        Assert.True(cluster.Transport.Of(Opcode.GetMany).Count() >= 4);
    }

    [Fact]
    public async Task A_shard_that_fails_fails_its_own_paths()
    {
        var cluster = new Cluster(shards: 2, replicas: 1, leaves: 2);
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Unavailable));
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(body, 20);
        for (var i = 0; i < 20; i++) GetManyCodec.WritePath(body, 0, Encoding.UTF8.GetBytes($"/{i}"));
        using var reply = await cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.GetMany }, body.WrittenMemory, default);
        Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadReply(reply.Body.Span, out var rows, out _));
        for (var i = 0; rows.MoveNext(); i++)
        {
            var expected = cluster.Client.Locate($"/{i}").Shard == 1 ? StatusCode.Unavailable : StatusCode.NotFound;
            Assert.Equal(expected, rows.Status);
        }
    }

    [Fact]
    public async Task A_search_scores_as_one_shard_would()
    {
        var one = await Filled(shards: 1);
        var seven = await Filled(shards: 7);
        foreach (var (from, size) in new[] { (0, 10), (3, 5), (0, 100), (38, 10), (0, 0) })
        {
            var request = Query("fish") with { From = from, Size = size };
            var expected = await one.Client.SearchAsync(request with { Statistics = await StatisticsOf(one, request) });
            var merged = await seven.Client.SearchAsync(request);
            Assert.Equal(
                expected.Hits.Select(h => (h.Path, h.Score, Encoding.UTF8.GetString(h.Source.Span))),
                merged.Hits.Select(h => (h.Path, h.Score, Encoding.UTF8.GetString(h.Source.Span))));
            Assert.Equal(40, merged.Total);
            Assert.Equal(new Coverage(7, 7, 60, 60), merged.Coverage);
        }
    }

    [Fact]
    public async Task A_search_without_some_shards_tells_its_coverage_when_that_is_allowed()
    {
        var cluster = await Filled(shards: 4, replicas: 1, leaves: 4);
        cluster.Rule("leaf-3", Behaviour.Fails(StatusCode.Unavailable));
        var reply = await cluster.Client.SearchAsync(Query("fish"));
        Assert.Equal(4, reply.Coverage.ShardsTotal);
        Assert.Equal(3, reply.Coverage.ShardsAnswered);
        Assert.False(reply.TotalIsExact);
        Assert.InRange(reply.Coverage.DocumentsCovered, 1, 59);
    }

    [Fact]
    public async Task A_search_that_must_be_whole_fails_and_names_the_shards()
    {
        var cluster = await Filled(shards: 4, replicas: 1, leaves: 4);
        cluster.Rule("leaf-3", Behaviour.Fails(StatusCode.Unavailable));
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SearchAsync(Query("fish") with { AllowPartial = false }));
        Assert.Equal(StatusCode.Unavailable, error.Status);
        Assert.Equal(
            "1 of 4 shards did not answer: 2. Shard 2: Unavailable, leaf-3 says Unavailable.", error.Message);
    }

    [Fact]
    public async Task A_slow_shard_is_left_out_at_the_soft_deadline()
    {
        // No time is kept for more hits, which ends the query earlier: ScatterTests has that.
        var cluster = await Filled(shards: 4, replicas: 1, leaves: 4, configure: o => o.SearchQueryEnd = 1);
        cluster.Rule("leaf-2", c => c.Header.Opcode == Opcode.Search ? Behaviour.Never : null);
        var pending = cluster.Client.SearchAsync(Query("fish")).AsTask();
        cluster.Advance(4_490);
        Assert.False(pending.IsCompleted);
        cluster.Advance(20);
        var reply = await pending;
        Assert.Equal(3, reply.Coverage.ShardsAnswered);
        // The first phase told how many documents are missing.
        Assert.Equal(60, reply.Coverage.DocumentsTotal);

        var strict = cluster.Client.SearchAsync(Query("fish") with { AllowPartial = false }).AsTask();
        cluster.Advance(4_510);
        Assert.Equal(
            StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<HedgerowException>(() => strict)).Status);
    }

    [Theory]
    [InlineData("(", StatusCode.BadQuery, "column 1: a parenthesis is not closed")]
    [InlineData("fish", StatusCode.NoSuchCollection, "No collection 'none' is declared.")]
    public async Task An_error_of_the_request_wins(string text, StatusCode status, string message)
    {
        var cluster = await Filled(shards: 3);
        var request = Query(text) with { Collection = text == "(" ? "wiki" : "none" };
        var error = await Assert.ThrowsAsync<HedgerowException>(async () => await cluster.Client.SearchAsync(request));
        Assert.Equal((status, message), (error.Status, error.Message));
    }

    [Fact]
    public async Task A_leaf_that_came_back_empty_costs_coverage_and_not_the_search()
    {
        var cluster = await Filled(shards: 3, replicas: 1, leaves: 3);
        cluster["leaf-1"].Clear();
        Assert.Equal(2, (await cluster.Client.SearchAsync(Query("fish"))).Coverage.ShardsAnswered);
    }

    [Fact]
    public async Task Each_shard_of_a_search_is_hedged_for_itself()
    {
        var cluster = await Filled(shards: 3, replicas: 2, leaves: 3, o => o.Hedge.Budget = 0.5);
        cluster.Rule("leaf-1", c => c.Header.Opcode == Opcode.Search ? Behaviour.Never : null);
        var reply = await cluster.Finish(cluster.Client.SearchAsync(Query("fish")), withinMs: 200);
        Assert.True(reply.Coverage.IsWhole);
    }

    [Fact]
    public async Task More_hits_than_allowed_are_refused()
    {
        var cluster = await Filled(shards: 2);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SearchAsync(Query("fish") with { From = 9_999, Size = 2 }));
        Assert.Equal(StatusCode.BadRequest, error.Status);
        Assert.Contains("10000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_gives_every_document_once_in_path_order()
    {
        var cluster = await Filled(shards: 5);
        for (var i = 0; i < 3_000; i++) await cluster.Client.SetAsync($"/wiki/more/{i}", "{}"u8.ToArray());
        var paths = new List<string>();
        await foreach (var document in cluster.Client.ScanAsync("wiki")) paths.Add(document.Path);
        Assert.Equal(3_060, paths.Count);
        Assert.Equal(paths.Distinct().Order(StringComparer.Ordinal), paths);
    }

    [Fact]
    public async Task A_scan_that_would_miss_a_shard_fails()
    {
        var cluster = await Filled(shards: 3, replicas: 1, leaves: 3);
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Unavailable));
        await Assert.ThrowsAsync<HedgerowException>(async () =>
        {
            await foreach (var document in cluster.Client.ScanAsync("wiki")) Assert.NotNull(document.Path);
        });
    }

    [Fact]
    public async Task A_collection_counts_each_document_once()
    {
        var cluster = await Filled(shards: 4, replicas: 2, leaves: 3);
        var status = await cluster.Client.GetCollectionAsync("wiki");
        Assert.Equal(60, status!.Documents);
        Assert.Equal("wiki", Assert.Single(await cluster.Client.ListCollectionsAsync()).Schema.Name);
        Assert.Null(await cluster.Client.GetCollectionAsync("none"));
    }

    [Fact]
    public async Task A_collection_is_declared_on_every_leaf_or_the_error_names_one()
    {
        var cluster = new Cluster(shards: 2, replicas: 2, leaves: 3);
        cluster.Rule("leaf-3", Behaviour.Fails(StatusCode.SchemaConflict));
        var error = await Assert.ThrowsAsync<HedgerowException>(async () => await WriteTests.Declare(cluster));
        Assert.Equal(StatusCode.SchemaConflict, error.Status);
        Assert.StartsWith("leaf-3 did not take the collection 'wiki': ", error.Message, StringComparison.Ordinal);
        cluster.Heal();
        await WriteTests.Declare(cluster);
    }

    [Fact]
    public async Task A_refresh_reaches_every_replica_of_every_shard()
    {
        var cluster = await Filled(shards: 4, replicas: 2, leaves: 4);
        await cluster.Client.RefreshAsync("wiki");
        Assert.Equal(8, cluster.Transport.Leaves.Values.Sum(l => l.Documents.Refreshes));
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable));
        await cluster.Client.RefreshAsync("wiki");
    }

    [Fact]
    public async Task Status_and_faults_go_to_the_leaf_that_is_named()
    {
        var cluster = new Cluster(shards: 2, replicas: 2, leaves: 3);
        cluster.Rule("leaf-2", c => c.Header.Opcode == Opcode.Stats ? Behaviour.Fails(StatusCode.Unavailable) : null);
        var status = await cluster.Client.StatusAsync();
        Assert.Equal(["leaf-1", null, "leaf-3"], status.Select(s => s.Stats?.Name));
        Assert.Equal("Unavailable: leaf-2 says Unavailable.", status[1].Error);
        await cluster.Client.SetFaultAsync("leaf-2", new FaultRequest(0.5, 100, 0));
        Assert.Equal(0.5, cluster["leaf-2"].Documents.Fault!.DelayShare);
        Assert.Null(cluster["leaf-1"].Documents.Fault);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SetFaultAsync("leaf-9", new FaultRequest(0, 0, 0)));
        Assert.EndsWith("there are leaf-1, leaf-2, leaf-3.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leaf_with_a_newer_topology_makes_the_router_look_for_it_and_try_again()
    {
        var cluster = new Cluster(shards: 1, replicas: 1, leaves: 2);
        cluster["leaf-1"].Put("/a", "here", 1);
        cluster["leaf-1"].Epoch = 2;
        using (var lost = await cluster.Get("/a"))
        {
            Assert.Equal(StatusCode.Unavailable, lost.Status);
            Assert.Equal(
                "The shard's leaf works by topology epoch 2, this router by 1, and found no newer one.",
                Cluster.TextOf(lost));
        }

        var router = new RequestRouter(
            new LateTopology(cluster.Topologies), cluster.Transport, cluster.Options, cluster.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 });
        using var found = await router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, body, default);
        Assert.Equal(StatusCode.Ok, found.Status);
        Assert.Equal(2u, router.Topology.Epoch);
    }

    internal static SearchRequest Query(string text) =>
        new() { Collection = "wiki", Query = new QueryStringQuery(text, [], AllWords: false) };

    private static async Task<Cluster> Filled(
        int shards, int replicas = 2, int? leaves = null, Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(shards, replicas, configure, leaves);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 60; i++)
        {
            var json = $$"""{"text": "{{string.Concat(Enumerable.Repeat("fish ", i % 3))}}"}""";
            Assert.True((await cluster.Client.SetAsync($"/wiki/{i:00}", Encoding.UTF8.GetBytes(json))).Succeeded);
        }

        return cluster;
    }

    private static async Task<TermStatistics> StatisticsOf(Cluster cluster, SearchRequest request)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        SearchCodec.Write(body, request);
        using var reply = await cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.TermStatistics }, body.WrittenMemory, default);
        Assert.True(SearchCodec.TryRead(reply.Body, out TermStatistics? statistics, out _));
        return statistics!;
    }

    /// <summary>Has the next epoch, but tells only when asked to look.</summary>
    private sealed class LateTopology : ITopologySource
    {
        private readonly StaticTopology _inner;

        public LateTopology(StaticTopology inner)
        {
            _inner = inner;
        }

        public Topology Current => _inner.Current;

        public ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel)
        {
            Assert.True(_inner.TryReplace(_inner.Current with { Epoch = epoch + 1 }));
            return new ValueTask<Topology>(_inner.Current);
        }
    }
}
