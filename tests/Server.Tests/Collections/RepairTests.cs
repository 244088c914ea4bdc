using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Tests.Collections;

/// <summary>Replicas whose files are damaged, filled anew from the others.</summary>
public sealed class RepairTests : IDisposable
{
    private const int Documents = 2_500;

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-repairs-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_damaged_replica_answers_as_the_others_do_when_it_was_filled_from_them()
    {
        await using var cluster = await FilledAsync(replicas: 2);
        await DamageAsync(cluster, "leaf-2", shard: 1);
        var states = await cluster.Client.Collections.ReplicasAsync("pond", Cancel);
        var damaged = Assert.Single(states, row => row.State != ReplicaState.Well);
        Assert.Equal((1, "leaf-2", ReplicaState.NeedsRepair), (damaged.Shard, damaged.Leaf, damaged.State));
        Assert.Contains("segment-", damaged.Problem);
        Assert.Equal(Documents - 1, await TotalAsync(cluster));

        // Written and deleted while it is filled: before it begins to be copied, and between two pages.
        var scans = 0;
        cluster.OnSend = async (leaf, header, _) =>
        {
            if (header.Opcode != Opcode.Scan || Interlocked.Increment(ref scans) != 2) return;
            await cluster.Client.SetAsync("/pond/during", Json("otter during"), cancel: Cancel);
            await cluster.Client.DeleteAsync("/pond/000", cancel: Cancel);
        };
        long told = 0;
        var filled = await cluster.Client.Collections.RepairAsync(
            "pond", progress: new Told(copied => told = copied), cancel: Cancel);
        cluster.OnSend = null;
        Assert.True(scans >= 2);
        Assert.Equal((1, "leaf-2"), (Assert.Single(filled).Shard, filled[0].Leaf));
        Assert.True(told > 0);
        Assert.All(
            await cluster.Client.Collections.ReplicasAsync("pond", Cancel),
            row => Assert.Equal(ReplicaState.Well, row.State));
        await AssertEqualAsync(cluster, "leaf-1", "leaf-2");

        // What was deleted before does not come back by a write that comes late.
        var late = new CacheCommand { Opcode = Opcode.Set, Path = "/pond/gone"u8, Value = Json("late"), Version = 5 };
        var body = new byte[late.Length];
        late.WriteTo(body);
        var shard = (ushort)cluster.Client.Locate("/pond/gone").Shard;
        Assert.Equal(StatusCode.VersionTooOld, (await cluster.AskAsync("leaf-2", Opcode.Set, body, shard)).Status);
        Assert.Empty(await cluster.Client.Collections.RepairAsync("pond", cancel: Cancel));
    }

    [Fact]
    public async Task A_replica_is_filled_from_so_many_others_that_nothing_acknowledged_is_missing()
    {
        await using var cluster = await FilledAsync(replicas: 3);

        // Acknowledged by two of three: the first of the others does not have it.
        var at = (ushort)cluster.Client.Locate("/pond/two").Shard;
        foreach (var leaf in new[] { "leaf-2", "leaf-3" }) await WriteAsync(cluster, leaf, "/pond/two", at);
        await DamageAsync(cluster, "leaf-3", at);
        await cluster.StopLeafAsync("leaf-2");
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.RepairAsync("pond", cancel: Cancel).AsTask());
        Assert.Equal(StatusCode.Unavailable, refused.Status);
        Assert.Contains("from 2 others", refused.Message);
        Assert.Contains("leaf-2", refused.Message);
        await cluster.OpenLeafAsync("leaf-2");
        Assert.Single(await RepairAsync(cluster));
        await AssertEqualAsync(cluster, "leaf-2", "leaf-3");
    }

    [Fact]
    public async Task A_replica_that_comes_back_while_others_are_copied_counts_when_it_was_copied_too()
    {
        await using var cluster = await FilledAsync(replicas: 4);
        var at = (ushort)cluster.Client.Locate("/pond/two").Shard;
        var order = cluster.Topology.Shards[at].Replicas;
        var (away, last, damaged) = (order[0], order[2], order[3]);
        foreach (var leaf in new[] { away, last }) await WriteAsync(cluster, leaf, "/pond/two", at);
        await DamageAsync(cluster, damaged, at);

        // The one is away when it begins, and the other when the first of them was copied.
        var hasBegun = false;
        cluster.OnSend = (leaf, header, _) =>
        {
            if (header.Shard != at) return default;
            if (header.Opcode == Opcode.Scan) hasBegun = true;
            var isAway = leaf == (hasBegun ? last : away);
            return header.Opcode == Opcode.Repair && isAway ? throw new InvalidOperationException("away") : default;
        };
        Assert.Single(await RepairAsync(cluster));
        cluster.OnSend = null;
        Assert.True(hasBegun);
        await AssertEqualAsync(cluster, away, damaged);
    }

    [Fact]
    public async Task A_source_that_does_not_refresh_is_not_taken_for_whole()
    {
        await using var cluster = await FilledAsync(replicas: 2);
        await DamageAsync(cluster, "leaf-2", shard: 1);
        cluster.OnSend = (leaf, header, _) => leaf == "leaf-1" && header.Opcode == Opcode.Refresh
            ? throw new InvalidOperationException("no room")
            : default;
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.Collections.RepairAsync("pond", cancel: Cancel).AsTask());
        cluster.OnSend = null;
        Assert.Equal(StatusCode.Unavailable, refused.Status);
        Assert.Contains("leaf-1 did not refresh", refused.Message);
        Assert.Contains("no room", refused.Message);
        Assert.Single(await RepairAsync(cluster));
        await AssertEqualAsync(cluster, "leaf-1", "leaf-2");
    }

    [Fact]
    public async Task A_leaf_that_is_named_is_filled_though_no_file_is_damaged_and_one_without_others_is_told_so()
    {
        await using (var cluster = await FilledAsync(replicas: 2))
        {
            var filled = await cluster.Client.Collections.RepairAsync("pond", "leaf-1", cancel: Cancel);
            Assert.Equal([0, 1], filled.Select(row => (int)row.Shard));
            await AssertEqualAsync(cluster, "leaf-1", "leaf-2");
            var unknown = await Assert.ThrowsAsync<HedgerowException>(
                () => cluster.Client.Collections.RepairAsync("pond", "leaf-9", cancel: Cancel).AsTask());
            Assert.Contains("leaf-1, leaf-2", unknown.Message);
            var none = await Assert.ThrowsAsync<HedgerowException>(
                () => cluster.Client.Collections.ReplicasAsync("none", Cancel).AsTask());
            Assert.Equal(StatusCode.NoSuchCollection, none.Status);
        }

        Directory.Delete(_root, recursive: true);
        await using var alone = await FilledAsync(replicas: 1);
        await DamageAsync(alone, "leaf-1", shard: 0);
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => alone.Client.Collections.RepairAsync("pond", cancel: Cancel).AsTask());
        Assert.Contains("no other replica", refused.Message);
        Assert.Contains("leaf-1", refused.Message);
    }

    /// <summary>To one leaf, past the router.</summary>
    private static async Task WriteAsync(SteppedCluster cluster, string leaf, string path, ushort shard)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Set, Path = Encoding.UTF8.GetBytes(path), Value = Json("otter two"), Version = 1UL << 60,
        };
        var body = new byte[command.Length];
        command.WriteTo(body);
        Assert.Equal(StatusCode.Ok, (await cluster.AskAsync(leaf, Opcode.Set, body, shard)).Status);
    }

    private static byte[] Json(string title) => Encoding.UTF8.GetBytes($$"""{"title":"{{title}}"}""");

    /// <summary>The router may have taken the leaf for down; that passes.</summary>
    private static async Task<IReadOnlyList<ReplicaCondition>> RepairAsync(SteppedCluster cluster)
    {
        while (true)
        {
            try
            {
                return await cluster.Client.Collections.RepairAsync("pond", cancel: Cancel);
            }
            catch (HedgerowException notYet) when (notYet.Status == StatusCode.Unavailable)
            {
                Cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<long> TotalAsync(SteppedCluster cluster) => (await cluster.Client.SearchAsync(
        new SearchRequest { Collection = "pond", Query = new MatchQuery("title", "otter", false) }, Cancel)).Total;

    /// <summary>All documents and deletes of all shards are the same on two leaves.</summary>
    private static async Task AssertEqualAsync(SteppedCluster cluster, string one, string other)
    {
        for (ushort shard = 0; shard < cluster.Topology.Shards.Count; shard++)
        {
            var expected = await RowsAsync(cluster, one, shard);
            Assert.NotEmpty(expected);
            Assert.Equal(expected, await RowsAsync(cluster, other, shard));
        }
    }

    private static async Task<List<string>> RowsAsync(SteppedCluster cluster, string leaf, ushort shard)
    {
        var rows = new List<string>();
        for (var after = ""; ;)
        {
            var body = new ArrayBufferWriter<byte>();
            ScanCodec.Write(
                body, new ScanRequest { Collection = "pond", After = after, Limit = 1_000, WithDeleted = true });
            using var reply = await cluster.SendAsync(leaf, Opcode.Scan, body.WrittenMemory, shard);
            Assert.True(ScanCodec.TryRead(reply.Body, out ScanReply? page, out var error), error);
            rows.AddRange(page.Documents.Select(
                row => $"{row.Path} {row.Version} {Encoding.UTF8.GetString(row.Json.Span)}"));
            if (!page.More) return rows;
            after = page.Documents[^1].Path;
        }
    }

    private async Task DamageAsync(SteppedCluster cluster, string leaf, ushort shard)
    {
        await cluster.StopLeafAsync(leaf);
        var file = Directory.GetFiles(Path.Combine(_root, leaf, $"shard-{shard}", "pond"), "segment-*")[0];
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 3] ^= 16;
        File.WriteAllBytes(file, bytes);
        await cluster.OpenLeafAsync(leaf);
    }

    private async Task<SteppedCluster> FilledAsync(int replicas)
    {
        var cluster = await SteppedCluster.StartAsync(shards: 2, replicas, _root);
        await cluster.Client.PutCollectionAsync(
            new CollectionSchema
            {
                Name = "pond", Fields = [new FieldSchema { Name = "title", Type = FieldType.Text }],
            },
            Cancel);
        await using (var bulk = cluster.Client.OpenBulk("pond"))
        {
            for (var i = 0; i < Documents; i++) await bulk.AddAsync($"/pond/{i:000}", Json($"otter {i}"), Cancel);
            await bulk.CompleteAsync(Cancel);
            Assert.Empty(bulk.Failures);
        }

        await cluster.Client.SetAsync("/pond/gone", Json("x"), cancel: Cancel);
        await cluster.Client.DeleteAsync("/pond/gone", cancel: Cancel);
        await cluster.Client.DeleteAsync("/pond/007", cancel: Cancel);
        await cluster.Client.RefreshAsync("pond", Cancel);
        return cluster;
    }

    /// <summary>Told in place, in order.</summary>
    private sealed class Told(Action<long> tell) : IProgress<long>
    {
        public void Report(long value) => tell(value);
    }
}
