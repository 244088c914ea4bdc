using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Tests.Collections;

/// <summary>What comes between the steps by which all leaves come to another index.</summary>
public sealed class ChangeOverTests
{
    private static readonly CollectionSchema Loose = new()
    {
        Name = "pond", Fields = [new FieldSchema { Name = "title", Type = FieldType.Text, Analyzer = "english" }],
    };

    private static readonly CollectionSchema Strict = new()
    {
        Name = "pond",
        Mapping = MappingMode.Strict,
        Fields = [new FieldSchema { Name = "title", Type = FieldType.Text }],
    };

    private static readonly byte[] Misfit = Encoding.UTF8.GetBytes("""{"title":"otters","colour":"brown"}""");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_document_that_comes_when_one_leaf_has_changed_over_keeps_none_of_them_behind()
    {
        await using var cluster = await FilledAsync();
        var outcomes = During(cluster, CollectionChangeKind.FinishReindex);
        await cluster.Client.Collections.FinishReindexAsync("pond", Cancel);
        Assert.All(outcomes(), status => Assert.Equal(StatusCode.BadDocument, status));
        await AssertAgreeAsync(cluster, isNew: true);
        Assert.Null(await cluster.Client.Collections.ReindexStatusAsync("pond", Cancel));
    }

    [Fact]
    public async Task One_that_comes_before_all_have_promised_keeps_all_of_them_as_they_were()
    {
        await using var cluster = await FilledAsync();
        var outcomes = During(cluster, CollectionChangeKind.PrepareReindex);
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.FinishReindexAsync("pond", Cancel).AsTask());
        Assert.Equal(StatusCode.SchemaConflict, refused.Status);
        Assert.Contains("/pond/late", refused.Message);
        Assert.Contains(StatusCode.Ok, outcomes());
        await AssertAgreeAsync(cluster, isNew: false);

        // They are let off their promise, and it can be given up.
        await cluster.Client.SetAsync("/pond/later", Misfit, cancel: Cancel);
        await cluster.Client.Collections.CancelReindexAsync("pond", Cancel);
        await AssertAgreeAsync(cluster, isNew: false);
    }

    [Fact]
    public async Task A_reindex_that_one_leaf_has_finished_is_finished_and_not_given_up()
    {
        await using var cluster = await FilledAsync();
        await FinishCutOffAsync(cluster, "leaf-2");
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.CancelReindexAsync("pond", Cancel).AsTask());
        Assert.Equal(StatusCode.SchemaConflict, refused.Status);
        Assert.Contains("leaf-1 has changed over", refused.Message);

        // It was asked for nothing: what would keep the other from following is refused as before.
        Assert.Equal(StatusCode.BadDocument, await WriteMisfitAsync(cluster, "leaf-2"));
        await cluster.Client.Collections.FinishReindexAsync("pond", Cancel);
        await AssertAgreeAsync(cluster, isNew: true);
        await cluster.Client.Collections.CancelReindexAsync("pond", Cancel);
    }

    [Fact]
    public async Task One_that_a_leaf_finishes_while_it_is_given_up_is_finished_by_the_others()
    {
        await using var cluster = await FilledAsync();
        await FinishCutOffAsync(cluster, "leaf-1", "leaf-2");
        var left = 1;
        cluster.OnSend = async (leaf, header, body) =>
        {
            if (leaf != "leaf-1" || KindOf(header, body) != CollectionChangeKind.ReleaseReindex) return;
            if (Interlocked.Exchange(ref left, 0) == 0) return;
            var finish = new CollectionChange
            {
                Kind = CollectionChangeKind.FinishReindex, Name = "pond", Version = 1UL << 60,
            };
            var (status, text) = await cluster.AskAsync(leaf, Opcode.CollectionChange, BodyOf(finish));
            Assert.True(status == StatusCode.Ok, text);
        };
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.CancelReindexAsync("pond", Cancel).AsTask());
        Assert.Equal(StatusCode.SchemaConflict, refused.Status);
        Assert.Equal(0, left);
        Assert.Equal(StatusCode.BadDocument, await WriteMisfitAsync(cluster, "leaf-2"));
        await cluster.Client.Collections.FinishReindexAsync("pond", Cancel);
        await AssertAgreeAsync(cluster, isNew: true);
    }

    [Fact]
    public async Task A_reindex_is_not_given_up_while_a_leaf_does_not_say_whether_it_has_changed_over()
    {
        await using var cluster = await FilledAsync();
        await FinishCutOffAsync(cluster, "leaf-1", "leaf-2");
        cluster.CutOff("leaf-2");
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.CancelReindexAsync("pond", Cancel).AsTask());
        Assert.Equal(StatusCode.Unavailable, refused.Status);
        Assert.Contains("leaf-2 does not say", refused.Message);
        cluster.Connect("leaf-2");
        foreach (var id in new[] { "leaf-1", "leaf-2" })
            Assert.Equal(StatusCode.BadDocument, await WriteMisfitAsync(cluster, id));

        // The router may have taken the leaf for down; that passes.
        while (!await TryCancelAsync(cluster)) Cancel.ThrowIfCancellationRequested();
        Assert.Equal(StatusCode.Ok, await WriteMisfitAsync(cluster, "leaf-1"));
        await AssertAgreeAsync(cluster, isNew: false);
    }

    [Fact]
    public async Task A_reindex_is_told_to_be_ready_when_it_is_on_every_leaf()
    {
        byte[]? begun = null;
        await using var cluster = await FilledAsync((header, body) =>
        {
            if (KindOf(header, body) == CollectionChangeKind.BeginReindex) begun = body.ToArray();
        });
        Assert.True((await StatusAsync())!.IsReady);

        // One is behind: it has to begin again.
        var give = new CollectionChange { Kind = CollectionChangeKind.CancelReindex, Name = "pond" };
        Assert.Equal(StatusCode.Ok, (await cluster.AskAsync("leaf-2", Opcode.CollectionChange, BodyOf(give))).Status);
        Assert.False((await StatusAsync())?.IsReady ?? false);
        Assert.Equal(StatusCode.Ok, (await cluster.AskAsync("leaf-2", Opcode.CollectionChange, begun)).Status);
        await UntilReadyAsync(cluster, "leaf-2");
        Assert.Equal((true, null), ((await StatusAsync())!.IsReady, (await StatusAsync())!.Problem));

        // And one that can't go on says why, whichever is read.
        Assert.Equal(StatusCode.Ok, await WriteMisfitAsync(cluster, "leaf-2"));
        var stuck = await StatusAsync();
        Assert.False(stuck!.IsReady);
        Assert.Contains("/pond/late", stuck.Problem);
        Assert.Equal(StatusCode.Ok, await WriteMisfitAsync(cluster, "leaf-1"));
        Assert.False((await StatusAsync())!.IsReady);

        ValueTask<ReindexStatus?> StatusAsync() => cluster.Client.Collections.ReindexStatusAsync("pond", Cancel);
    }

    [Theory]
    [InlineData(Opcode.TermStatistics)]
    [InlineData(Opcode.Search)]
    public async Task A_search_for_nearest_vectors_finds_all_of_them_when_its_alias_is_moved_on_the_way(Opcode before)
    {
        await using var cluster = await SteppedCluster.StartAsync(shards: 4, replicas: 1);
        foreach (var name in new[] { "left", "right" }) await FillVectorsAsync(cluster, name);
        await cluster.Client.Collections.SetAliasAsync("side", "left", Cancel);
        for (var asked = 1; asked <= 4; asked++)
        {
            var left = MoveAlias(cluster, before, asked);
            var near = new SearchRequest
            {
                Collection = "side", Size = 10, Query = new KnnQuery("v", new float[] { 1, 0, 0 }, 10),
            };
            var found = await cluster.Client.SearchAsync(near, Cancel);
            cluster.OnSend = null;
            Assert.True(left() <= 0, "the alias was moved");
            Assert.Equal(10, found.Hits.Count);
            Assert.Single(found.Hits.Select(hit => hit.Path.Split('/')[1]).Distinct());
        }
    }

    [Theory]
    [InlineData(Opcode.Instant)]
    [InlineData(Opcode.Suggest)]
    [InlineData(Opcode.Scan)]
    [InlineData(Opcode.PointInTime)]
    public async Task Whatever_needs_all_shards_is_of_one_collection_when_its_alias_is_moved_on_the_way(Opcode before)
    {
        await using var cluster = await SteppedCluster.StartAsync(shards: 4, replicas: 1);
        foreach (var name in new[] { "left", "right" }) await FillTitlesAsync(cluster, name);
        await cluster.Client.Collections.SetAliasAsync("side", "left", Cancel);
        for (var asked = 1; asked <= 4; asked++)
        {
            var left = MoveAlias(cluster, before, asked);
            var paths = await PathsAsync(cluster, before);
            cluster.OnSend = null;
            Assert.True(left() <= 0, "the alias was moved");
            Assert.Equal(40, paths.Count);
            Assert.Single(paths.Select(path => path.Split('/')[1]).Distinct());
            Assert.Equal(
                0, cluster.Leaf(cluster.Topology.Leaves[0].Id).Stats().Counters["hedgerow_leaf_snapshots_held"]);
        }
    }

    /// <summary>The documents of all shards, or of what was held of them.</summary>
    private static async Task<List<string>> PathsAsync(SteppedCluster cluster, Opcode how)
    {
        var paths = new List<string>();
        switch (how)
        {
            case Opcode.Instant:
                var instant = new InstantRequest { Collection = "side", Text = "otter", Size = 100 };
                paths.AddRange((await cluster.Client.InstantAsync(instant, Cancel)).Hits.Select(hit => hit.Path));
                break;
            case Opcode.Suggest:
                var query = new CompletionQuery("c", "name", "ott") { Size = 100, SkipDuplicates = false };
                var suggest = new SuggestRequest { Collection = "side", Completions = [query] };
                var answer = (await cluster.Client.SuggestAsync(suggest, Cancel)).Completions.Single();
                paths.AddRange(answer.Options.Select(option => option.Path));
                break;
            case Opcode.Scan:
                await foreach (var document in cluster.Client.ScanAsync("side", Cancel)) paths.Add(document.Path);
                break;
            default:
                var point = await cluster.Client.OpenPointInTimeAsync("side", TimeSpan.FromMinutes(5), Cancel);
                var search = new SearchRequest
                {
                    Collection = "side", Query = new MatchAllQuery(), Size = 100, PointInTime = point.Id,
                };
                paths.AddRange((await cluster.Client.SearchAsync(search, Cancel)).Hits.Select(hit => hit.Path));
                Assert.Equal(4, await cluster.Client.ClosePointInTimeAsync(point, Cancel));
                break;
        }

        return paths;
    }

    /// <summary>Before the first, the second, … of such requests, the alias comes to lead to the other.</summary>
    /// <returns>Reads how many of them are still to come.</returns>
    private static Func<int> MoveAlias(SteppedCluster cluster, Opcode before, int asked)
    {
        var left = asked;
        cluster.OnSend = async (leaf, header, _) =>
        {
            if (header.Opcode != before || Interlocked.Decrement(ref left) != 0) return;
            var change = new CollectionChange
            {
                Kind = CollectionChangeKind.SetAlias, Name = "side", Target = asked % 2 == 1 ? "right" : "left",
                Version = ulong.MaxValue / 2 + (ulong)asked,
            };
            var moved = await cluster.AskAsync(leaf, Opcode.CollectionChange, BodyOf(change));
            Assert.Equal(StatusCode.Ok, moved.Status);
        };
        return () => Volatile.Read(ref left);
    }

    private static async Task FillTitlesAsync(SteppedCluster cluster, string name)
    {
        await cluster.Client.PutCollectionAsync(
            new CollectionSchema
            {
                Name = name,
                Fields =
                [
                    new FieldSchema { Name = "title", Type = FieldType.Text, Instant = true },
                    new FieldSchema { Name = "name", Type = FieldType.Completion },
                ],
            },
            Cancel);
        for (var i = 0; i < 40; i++)
        {
            var json = Encoding.UTF8.GetBytes($$"""{"title":"otter {{i}}","name":"otter {{i}}"}""");
            Assert.True((await cluster.Client.SetAsync($"/{name}/{i}", json, cancel: Cancel)).Succeeded);
        }

        await cluster.Client.RefreshAsync(name, Cancel);
    }

    private static async Task FillVectorsAsync(SteppedCluster cluster, string name)
    {
        await cluster.Client.PutCollectionAsync(
            new CollectionSchema
            {
                Name = name,
                Fields =
                [
                    new FieldSchema
                    {
                        Name = "v", Type = FieldType.DenseVector, Vector = new VectorOptions { Dims = 3 },
                    },
                ],
            },
            Cancel);
        for (var i = 0; i < 60; i++)
        {
            var json = Encoding.UTF8.GetBytes($$"""{"v":[1,{{i}},{{i % 7}}]}""");
            Assert.True((await cluster.Client.SetAsync($"/{name}/{i}", json, cancel: Cancel)).Succeeded);
        }

        await cluster.Client.RefreshAsync(name, Cancel);
    }

    /// <summary>
    /// Has the misfit written to every leaf, once, before the second of them gets a step of the reindex; the first has
    /// taken it then.
    /// </summary>
    private static Func<IReadOnlyList<StatusCode>> During(
        SteppedCluster cluster, CollectionChangeKind step)
    {
        var outcomes = new List<StatusCode>();
        var firstIsDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = 1;
        cluster.OnSend = async (leaf, header, body) =>
        {
            if (KindOf(header, body) != step) return;
            if (leaf == "leaf-1")
            {
                // Both get it; the second here is harmless, and when it is answered the first step is done.
                var (status, text) = await cluster.AskAsync(leaf, Opcode.CollectionChange, body);
                Assert.True(status == StatusCode.Ok, text);
                firstIsDone.TrySetResult();
                return;
            }

            if (leaf != "leaf-2" || Interlocked.Exchange(ref left, 0) == 0) return;
            await firstIsDone.Task;
            foreach (var id in new[] { "leaf-1", "leaf-2" }) outcomes.Add(await WriteMisfitAsync(cluster, id));
        };
        return () => outcomes;
    }

    /// <summary>To one leaf, past the router.</summary>
    private static async Task<StatusCode> WriteMisfitAsync(SteppedCluster cluster, string leaf)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Set, Path = "/pond/late"u8, Value = Misfit, Version = 1UL << 60,
        };
        var write = new byte[command.Length];
        command.WriteTo(write);
        return (await cluster.AskAsync(leaf, Opcode.Set, write)).Status;
    }

    /// <summary>Finishes the reindex, but for its last step on these leaves, which does not arrive.</summary>
    private static async Task FinishCutOffAsync(SteppedCluster cluster, params string[] leaves)
    {
        cluster.OnSend = (leaf, header, body) => leaves.Contains(leaf) && KindOf(header, body)
            == CollectionChangeKind.FinishReindex ? throw new OperationCanceledException() : default;
        await Assert.ThrowsAnyAsync<Exception>(
            () => cluster.Client.Collections.FinishReindexAsync("pond", Cancel).AsTask());
        cluster.OnSend = null;
    }

    private static async Task<bool> TryCancelAsync(SteppedCluster cluster)
    {
        try
        {
            await cluster.Client.Collections.CancelReindexAsync("pond", Cancel);
            return true;
        }
        catch (HedgerowException notYet) when (notYet.Status == StatusCode.Unavailable)
        {
            return false;
        }
    }

    private static CollectionChangeKind? KindOf(in RequestHeader header, ReadOnlyMemory<byte> body) =>
        header.Opcode == Opcode.CollectionChange
            && CollectionCodec.TryRead(body, out CollectionChange? change, out _) ? change.Kind : null;

    private static byte[] BodyOf(CollectionChange change)
    {
        var output = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(output, change);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A collection of stemmed words on two leaves, with a reindex that stems none filled and ready.</summary>
    private static async Task<SteppedCluster> FilledAsync(Action<RequestHeader, ReadOnlyMemory<byte>>? sees = null)
    {
        var cluster = await SteppedCluster.StartAsync(shards: 1, replicas: 2);
        await cluster.Client.PutCollectionAsync(Loose, Cancel);
        var otters = Encoding.UTF8.GetBytes("""{"title":"otters"}""");
        for (var i = 0; i < 20; i++) await cluster.Client.SetAsync($"/pond/{i}", otters, cancel: Cancel);
        await cluster.Client.RefreshAsync("pond", Cancel);
        cluster.OnSend = (_, header, body) =>
        {
            sees?.Invoke(header, body);
            return default;
        };
        await cluster.Client.Collections.BeginReindexAsync(Strict, Cancel);
        cluster.OnSend = null;
        foreach (var id in new[] { "leaf-1", "leaf-2" }) await UntilReadyAsync(cluster, id);
        return cluster;
    }

    private static async Task UntilReadyAsync(SteppedCluster cluster, string leaf)
    {
        var check = BodyOf(new CollectionChange { Kind = CollectionChangeKind.CheckReindex, Name = "pond" });
        (StatusCode Status, string Text) answer;
        do answer = await cluster.AskAsync(leaf, Opcode.CollectionChange, check);
        while (answer.Status == StatusCode.Unavailable);
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
    }

    /// <summary>Each leaf answers of the same index: the new one knows no stems.</summary>
    private static async Task AssertAgreeAsync(SteppedCluster cluster, bool isNew)
    {
        cluster.OnSend = null;
        var output = new ArrayBufferWriter<byte>();
        var otter = new MatchQuery("title", "otter", false);
        SearchCodec.Write(output, new SearchRequest { Collection = "pond", Query = otter });
        foreach (var id in new[] { "leaf-1", "leaf-2" })
        {
            var refresh = await cluster.AskAsync(id, Opcode.Refresh, Encoding.UTF8.GetBytes("pond"));
            Assert.Equal(StatusCode.Ok, refresh.Status);
            var total = await TotalAsync(cluster, id, output.WrittenMemory);
            Assert.True(isNew ? total == 0 : total >= 20, $"{id} finds {total}");
        }
    }

    private static async Task<long> TotalAsync(SteppedCluster cluster, string leaf, ReadOnlyMemory<byte> search)
    {
        using var reply = await cluster.SendAsync(leaf, Opcode.Search, search);
        Assert.True(SearchCodec.TryRead(reply.Body, out SearchReply? found, out var error), error);
        return found.Total;
    }
}
