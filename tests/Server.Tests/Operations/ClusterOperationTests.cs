using System.Buffers;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Operations;

/// <summary>Fields, transactions, flushes and scans by a client of a cluster: every replica ends up alike.</summary>
public sealed class ClusterOperationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fields_are_changed_on_every_replica()
    {
        await using var cluster = await StartAsync();
        var client = cluster.Client;
        var (write, added) = await client.SetFieldsAsync("/m", [Pair("a", "1"), Pair("b", "2")], cancel: Cancel);
        Assert.Equal((StatusCode.Ok, 2L, 3), (write.Status, added, write.Replicas));
        Assert.Equal(0, (await client.SetFieldsAsync("/m", [Pair("a", "3")], onlyIfAbsent: true, Cancel)).Added);
        Assert.Equal(9, (await client.IncrementFieldAsync("/m", "a", 8, Cancel)).Value);
        Assert.Equal(["9", null, "2"], Texts(await client.GetFieldsAsync("/m", ["a", "x", "b"], Cancel)));
        AssertAlike(cluster, "/m", isThere: true);

        var head = await client.HeadAsync("/m", Cancel);
        Assert.Equal((true, EntryKind.Fields), (head.Found, head.Kind));
        Assert.Equal(StatusCode.WrongKind, (await client.AppendAsync("/m", "x"u8.ToArray(), Cancel)).Status);
        Assert.Equal(2, (await client.DeleteFieldsAsync("/m", ["a", "b", "c"], Cancel)).Removed);
        Assert.False((await client.HeadAsync("/m", Cancel)).Found);
        AssertAlike(cluster, "/m", isThere: false);
        Assert.Equal([null], await client.GetFieldsAsync("/m", ["a"], Cancel));
    }

    [Fact]
    public async Task Fields_of_a_plain_value_are_an_error_that_says_so()
    {
        await using var cluster = await StartAsync();
        await cluster.Client.SetAsync("/v", "x"u8.ToArray(), cancel: Cancel);
        var error = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.GetFieldsAsync("/v", ["a"], Cancel).AsTask());
        Assert.Equal(StatusCode.WrongKind, error.Status);
        var set = await cluster.Client.SetFieldsAsync("/v", [Pair("a", "1")], cancel: Cancel);
        Assert.Equal(StatusCode.WrongKind, set.Write.Status);
    }

    [Fact]
    public async Task A_transaction_happens_on_every_replica_or_not_at_all()
    {
        await using var cluster = await StartAsync();
        var client = cluster.Client;
        var first = await client.SetAsync("/{t}/a", "1"u8.ToArray(), cancel: Cancel);
        var done = await client.TransactAsync(
            new EntryTransaction().Expect("/{t}/a", first.Version).ExpectAbsent("/{t}/b")
                .Delete("/{t}/a").Set("/{t}/b", "2"u8.ToArray(), new WriteOptions(TimeSpan.FromHours(1), 7)),
            Cancel);
        Assert.Equal((StatusCode.Ok, 3, -1), (done.Status, done.Replicas, done.FailedCheck));
        AssertAlike(cluster, "/{t}/a", isThere: false);
        AssertAlike(cluster, "/{t}/b", isThere: true);
        using (var entry = await client.GetAsync("/{t}/b", Cancel))
            Assert.Equal((done.Version, 7u), (entry.Version, entry.EntryFlags));

        var refused = await client.TransactAsync(
            new EntryTransaction().Expect("/{t}/b", done.Version).ExpectAbsent("/{t}/b").Delete("/{t}/b"), Cancel);
        Assert.Equal((StatusCode.VersionMismatch, 1), (refused.Status, refused.FailedCheck));
        AssertAlike(cluster, "/{t}/b", isThere: true);
    }

    [Fact]
    public async Task A_transaction_over_two_shards_or_on_a_document_is_refused_with_why()
    {
        await using var cluster = await StartAsync();
        var client = cluster.Client;
        var paths = Enumerable.Range(0, 100).Select(i => $"/p/{i}").ToArray();
        var other = paths.First(p => client.Locate(p).Shard != client.Locate(paths[0]).Shard);
        var two = new EntryTransaction().Delete(paths[0]).Delete(other);
        var crossing = await Assert.ThrowsAsync<HedgerowException>(() => client.TransactAsync(two, Cancel).AsTask());
        Assert.Contains("must be of one", crossing.Message, StringComparison.Ordinal);

        await client.PutCollectionAsync(new CollectionSchema { Name = "docs", Fields = [] }, Cancel);
        var document = new EntryTransaction().Delete("/docs/1");
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => client.TransactAsync(document, Cancel).AsTask());
        Assert.Equal(StatusCode.BadRequest, refused.Status);
        var fields = await Assert.ThrowsAsync<HedgerowException>(
            () => client.SetFieldsAsync("/docs/1", [Pair("a", "1")], cancel: Cancel).AsTask());
        Assert.Equal(StatusCode.BadRequest, fields.Status);
        await client.SetAsync("/docs/1", "{}"u8.ToArray(), cancel: Cancel);
        Assert.Equal(2, (await client.HeadAsync("/docs/1", Cancel)).ValueBytes);
    }

    [Fact]
    public async Task A_scan_gives_every_path_and_a_flush_leaves_none_anywhere()
    {
        await using var cluster = await StartAsync();
        var client = cluster.Client;
        for (var i = 0; i < 700; i++) await client.SetAsync($"/p/{i}", "x"u8.ToArray(), cancel: Cancel);
        var seen = new List<string>();
        await foreach (var path in client.ScanEntriesAsync(Cancel)) seen.Add(path.ToString());
        Assert.Equal(Enumerable.Range(0, 700).Select(i => $"/p/{i}").Order(), seen.Order());

        await client.FlushAsync(Cancel);

        Assert.All(cluster.LeafIds, id => Assert.Equal(0, cluster.Leaf(id)!.Stats().Shards.Sum(s => s.Entries)));
        Assert.True((await client.SetAsync("/p/1", "again"u8.ToArray(), cancel: Cancel)).Succeeded);
        AssertAlike(cluster, "/p/1", isThere: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Fields_changed_at_once_and_by_frames_leave_every_replica_alike(int replicas)
    {
        await using var cluster = await StartAsync(replicas);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System);
        var random = new Random(3);
        var model = new Dictionary<string, string>();
        for (var i = 0; i < 600; i++)
        {
            var (name, value) = ($"f{random.Next(25)}", new string('v', random.Next(30)));
            var removes = random.Next(3) == 0;
            var changed = removes ? model.Remove(name) : !model.ContainsKey(name);
            if (!removes) model[name] = value;
            if (random.Next(2) == 0)
            {
                var number = removes
                    ? (await cluster.Client.DeleteFieldsAsync("/m", [name], Cancel)).Removed
                    : (await cluster.Client.SetFieldsAsync("/m", [Pair(name, value)], cancel: Cancel)).Added;
                Assert.Equal(changed ? 1 : 0, number);
            }
            else
            {
                AtOnce(executor, removes, name, value, changed);
            }

            AssertAlike(cluster, "/m", model.Count > 0);
        }
    }

    private static void AtOnce(RouterExecutor executor, bool removes, string name, string value, bool changed)
    {
        var list = new ArrayBufferWriter<byte>();
        FieldList.Write(list, Encoding.UTF8.GetBytes(name));
        if (!removes) FieldList.Write(list, Encoding.UTF8.GetBytes(value));
        var command = new CacheCommand
        {
            Opcode = removes ? Opcode.FieldDelete : Opcode.FieldSet, Path = "/m"u8, Value = list.WrittenSpan,
        };
        var output = new ArrayBufferWriter<byte>();
        Assert.True(executor.TryExecute(command, 0, output, out var outcome));
        if (outcome.Status == StatusCode.NotFound) Assert.False(changed);
        else Assert.Equal(changed ? 1 : 0, BitConverter.ToInt64(output.WrittenSpan));
    }

    private static void AssertAlike(LocalCluster cluster, string path, bool isThere)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        var shard = (ushort)cluster.Client.Locate(path).Shard;
        string? first = null;
        foreach (var id in cluster.LeafIds)
        {
            var output = new ArrayBufferWriter<byte>();
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var get = new CacheCommand { Opcode = Opcode.Get, Path = bytes };
            Assert.True(cluster.Leaf(id)!.TryExecute(get, 0, shard, 0, now, output, out var outcome));
            Assert.Equal(isThere ? StatusCode.Ok : StatusCode.NotFound, outcome.Status);
            var all = $"{outcome.Version} {outcome.EntryFlags} {outcome.ExpiresAtMs} {outcome.Kind} "
                + Convert.ToHexString(output.WrittenSpan);
            if (isThere) Assert.Equal(first ??= all, all);
        }
    }

    private static KeyValuePair<string, ReadOnlyMemory<byte>> Pair(string name, string value) =>
        new(name, Encoding.UTF8.GetBytes(value));

    private static string?[] Texts(byte[]?[] values) =>
        [.. values.Select(v => v is null ? null : Encoding.UTF8.GetString(v))];

    private static Task<LocalCluster> StartAsync(int replicas = 3) => LocalCluster.StartAsync(
        new LocalClusterOptions
        {
            Shards = 4,
            Replicas = replicas,
            Leaf = new LeafOptions { MemoryBytes = 64 << 20 },
            Client = new HedgerowClientOptions { Timeout = TimeSpan.FromMinutes(1) },
        },
        TimeProvider.System, NullLoggerFactory.Instance, Cancel).AsTask();
}
