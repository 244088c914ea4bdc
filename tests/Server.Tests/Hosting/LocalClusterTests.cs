using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Hosting;

public sealed class LocalClusterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-local").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_is_written_is_on_every_leaf()
    {
        await using var cluster = await StartAsync(replicas: 3);
        var write = await cluster.Client.SetAsync("/a", "one"u8.ToArray(), cancel: Cancel);
        Assert.Equal(3, write.Replicas);
        Assert.Equal(["leaf-1", "leaf-2", "leaf-3"], cluster.LeafIds);
        Assert.All(cluster.LeafIds, id => Assert.Equal(1, cluster.Leaf(id)!.Stats().Shards.Sum(s => s.Entries)));
    }

    [Fact]
    public async Task Each_leaf_owns_its_share_of_the_shards()
    {
        await using var cluster = await StartAsync(shards: 4, replicas: 2);
        Assert.Equal(
            ["leaf-1", "leaf-2", "leaf-1", "leaf-2"], cluster.Topology.Shards.Select(shard => shard.Replicas[0]));
    }

    [Fact]
    public async Task A_killed_leaf_fails_no_read_and_no_write()
    {
        await using var cluster = await StartAsync();
        await cluster.Client.SetAsync("/kept", "x"u8.ToArray(), cancel: Cancel);
        await cluster.KillLeafAsync("leaf-1");
        Assert.Null(cluster.Leaf("leaf-1"));
        for (var i = 0; i < 50; i++)
        {
            using var entry = await cluster.Client.GetAsync("/kept", Cancel);
            Assert.True(entry.Found);
            Assert.True((await cluster.Client.SetAsync($"/later/{i}", "x"u8.ToArray(), cancel: Cancel)).Succeeded);
        }
    }

    [Fact]
    public async Task A_leaf_that_was_killed_can_be_started_again()
    {
        await using var cluster = await StartAsync();
        await cluster.KillLeafAsync("leaf-2");
        await cluster.KillLeafAsync("leaf-2");
        await cluster.RestartLeafAsync("leaf-2", Cancel);
        await cluster.RestartLeafAsync("leaf-2", Cancel);
        Assert.Equal(LeafState.Ready, cluster.Leaf("leaf-2")!.State);
        Assert.Contains("leaf-1, leaf-2", (await Assert.ThrowsAsync<ArgumentException>(
            () => cluster.KillLeafAsync("leaf-9").AsTask())).Message);
    }

    [Fact]
    public async Task A_second_client_sees_the_same_entries()
    {
        await using var cluster = await StartAsync();
        await using var other = cluster.OpenClient(new HedgerowClientOptions { Hedge = { Enabled = false } });
        await cluster.Client.SetAsync("/shared", "x"u8.ToArray(), cancel: Cancel);
        using var entry = await other.GetAsync("/shared", Cancel);
        Assert.Equal("x", Encoding.UTF8.GetString(entry.Value.Span));
    }

    [Fact]
    public async Task A_request_that_a_leaf_holds_back_is_cancelled_at_once()
    {
        await using var cluster = await StartAsync(replicas: 1);
        await cluster.Client.SetFaultAsync("leaf-1", new FaultRequest(1, 30_000_000, 0), Cancel);
        using var stop = new CancellationTokenSource();
        var read = cluster.Client.GetAsync("/slow", stop.Token).AsTask();
        Assert.False(read.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task Killing_a_leaf_ends_what_it_held_back()
    {
        var options = new HedgerowClientOptions { Timeout = TimeSpan.FromMinutes(5) };
        await using var cluster = await StartAsync(replicas: 1, client: options);
        await cluster.Client.SetFaultAsync("leaf-1", new FaultRequest(1, 30_000_000, 0), Cancel);
        var read = cluster.Client.GetAsync("/slow", Cancel).AsTask();
        await cluster.KillLeafAsync("leaf-1");
        var failed = await Assert.ThrowsAsync<HedgerowException>(() => read);
        Assert.Equal(StatusCode.Unavailable, failed.Status);
    }

    [Fact]
    public async Task A_data_directory_keeps_to_the_shape_it_was_made_with()
    {
        await using (await StartAsync(shards: 4, data: _directory))
        {
        }

        var refused = await Assert.ThrowsAsync<StartException>(() => StartAsync(shards: 5, data: _directory));
        Assert.Contains("cluster.shards is 5", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--shards 4", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<StartException>(() => StartAsync(replicas: 3, data: _directory));
        Assert.Contains("--replicas 2", refused.Message, StringComparison.Ordinal);
        await using var again = await StartAsync(shards: 4, data: _directory);
        Assert.Equal(4, again.Topology.Shards.Count);
    }

    [Fact]
    public async Task A_shape_file_of_another_version_is_refused()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_directory, "cluster.json"), """{"version":9,"shards":4,"replicas":2}""", Cancel);
        var refused = await Assert.ThrowsAsync<StartException>(() => StartAsync(data: _directory));
        Assert.Contains("version 9", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task A_shape_file_that_is_no_JSON_is_refused(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "cluster.json"), text, Cancel);
        var refused = await Assert.ThrowsAsync<StartException>(() => StartAsync(data: _directory));
        Assert.Contains("cluster.json", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_that_is_a_file_is_refused()
    {
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "", Cancel);
        var refused = await Assert.ThrowsAsync<StartException>(() => StartAsync(data: file));
        Assert.Contains("leaf.data is '" + file, refused.Message, StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_loser_of_a_hedge_ends_on_its_leaf_long_before_it_would_have_been_done()
    {
        await using var cluster = await StartAsync(shards: 1, client: new HedgerowClientOptions
        {
            ReplicaOrder = ReplicaOrder.Preferred,
            Timeout = TimeSpan.FromMinutes(30),
            Hedge = new HedgeOptions { Budget = 1, DelayMax = TimeSpan.FromMilliseconds(1) },
        });
        await cluster.Client.SetAsync("/a", "x"u8.ToArray(), cancel: Cancel);
        await cluster.Client.SetFaultAsync("leaf-1", new FaultRequest(1, 60_000_000, 0), Cancel);
        var before = Ended();
        // The leaf would answer in a minute; it ends when the other leaf has answered.
        do (await cluster.Client.GetAsync("/a", Cancel)).Dispose();
        while (Ended() == before);
        Assert.InRange(cluster.Leaf("leaf-1")!.Latencies().Sum(l => l.SumSeconds), 0, 30);

        long Ended() => cluster.Leaf("leaf-1")!.Latencies().Where(l => l.Kind == "queue").Sum(l => l.Count);
    }

    private static Task<LocalCluster> StartAsync(
        int shards = 4, int replicas = 2, string? data = null, HedgerowClientOptions? client = null)
    {
        var options = new LocalClusterOptions
        {
            Shards = shards,
            Replicas = replicas,
            Leaf = new LeafOptions { MemoryBytes = 64 << 20, DataDirectory = data, AllowFaults = true },
            Client = client ?? new HedgerowClientOptions { Timeout = TimeSpan.FromMinutes(1) },
        };
        return LocalCluster.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancel).AsTask();
    }
}
