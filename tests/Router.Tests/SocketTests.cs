using Hedgerow.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Router.Tests;

/// <summary>The transport and the client over real sockets on the loopback.</summary>
public sealed class SocketTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ModelLeaf _first = new("leaf-1");
    private readonly ModelLeaf _second = new("leaf-2");
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"sockets-{Guid.NewGuid():n}.json");

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned)) await owned.DisposeAsync();
        File.Delete(_file);
    }

    [Fact]
    public async Task A_client_with_a_topology_file_reads_what_it_wrote()
    {
        // A write that one replica has is answered after a grace; a read of the other could then miss it.
        var client = await ConnectAsync(2, Own(LoopbackServer.Of(_first)), Own(LoopbackServer.Of(_second)));
        var big = new byte[3_000_000];
        new Random(5).NextBytes(big);
        Assert.Equal(2, (await client.SetAsync("/big", big)).Replicas);
        using var entry = await client.GetAsync("/big");
        Assert.True(entry.Value.Span.SequenceEqual(big));
        var paths = Enumerable.Range(0, 500).Select(i => (EntryPath)$"/{i}").ToArray();
        var writes = await Task.WhenAll(paths.Select(p => client.SetAsync(p, p.Bytes).AsTask()));
        Assert.All(writes, w => Assert.Equal(2, w.Replicas));
        var reads = await client.GetManyAsync(paths);
        Assert.All(reads.Zip(paths), r => Assert.True(r.First.Value.Span.SequenceEqual(r.Second.Bytes.Span)));
    }

    [Fact]
    public async Task A_killed_leaf_fails_no_read_and_is_used_again_when_it_is_back()
    {
        var first = LoopbackServer.Of(_first);
        var port = first.Port;
        var client = await ConnectAsync(1, first, Own(LoopbackServer.Of(_second)));
        await client.SetAsync("/a", "x"u8.ToArray());
        await first.DisposeAsync();
        for (var i = 0; i < 200; i++) Assert.True((await client.GetAsync("/a")).Found);
        Assert.Equal(1, (await client.SetAsync("/a", "y"u8.ToArray())).Replicas);

        var back = Own(LoopbackServer.Of(_first, port));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await client.SetAsync("/a", "z"u8.ToArray(), cancel: patience.Token)).Replicas < 2)
            await Task.Yield();
        Assert.Equal("z", _first.ValueOf("/a"));
        Assert.True(back.Accepted >= 1);
    }

    [Fact]
    public async Task A_given_up_read_reaches_the_leaf_as_a_cancel()
    {
        var asked = new TaskCompletionSource();
        var silent = Own(new LoopbackServer(
            (header, _) =>
            {
                asked.TrySetResult();
                return new ValueTask<Reply>(new TaskCompletionSource<Reply>().Task);
            },
            ProtocolFeatures.Leaf));
        await using var transport = TransportOf();
        using var cancel = new CancellationTokenSource();
        var pending = transport.SendAsync(
            new LeafEndpoint("leaf-1", silent.Address), new RequestHeader { Opcode = Opcode.Search }, default,
            cancel.Token).AsTask();
        await asked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            lock (silent.Cancelled)
                if (silent.Cancelled.Count == 1) break;
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_leaf_that_is_not_there_answers_unavailable_with_its_address()
    {
        await using var transport = TransportOf();
        var gone = LoopbackServer.Of(_first);
        var leaf = new LeafEndpoint("leaf-1", gone.Address);
        await gone.DisposeAsync();
        for (var i = 0; i < 3; i++)
        {
            using var reply = await transport.SendAsync(
                leaf, new RequestHeader { Opcode = Opcode.Ping }, default, None);
            Assert.Equal(StatusCode.Unavailable, reply.Status);
            Assert.StartsWith($"{leaf.Address} can't be reached: ", Cluster.TextOf(reply), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_of_a_router_needs_no_topology_of_its_own()
    {
        var cluster = new Cluster(shards: 3);
        var server = Own(new LoopbackServer(
            (header, body) => cluster.Router.ExecuteAsync(header, body, None), ProtocolFeatures.Router));
        var client = Own(await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions { Cluster = server.Address, Timeout = TimeSpan.FromMinutes(1) }, None));
        Assert.Equal(2, (await client.SetAsync("/a", "x"u8.ToArray())).Replicas);
        Assert.True((await client.GetAsync("/a")).Found);
        Assert.Equal(cluster.Client.Locate("/a").Shard, client.Locate("/a").Shard);
        Assert.Equal(2, (await client.StatusAsync()).Count);
    }

    [Fact]
    public async Task A_leaf_is_no_router_and_a_wrong_token_is_told()
    {
        var server = Own(LoopbackServer.Of(_first));
        var error = await Assert.ThrowsAsync<HedgerowException>(async () => await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions { Cluster = server.Address }, None));
        Assert.Equal(
            $"{server.Address} (loopback) is no router; a client needs a router, or a topology file.", error.Message);
        error = await Assert.ThrowsAsync<HedgerowException>(async () => await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions { Cluster = server.Address, Token = "wrong" }, None));
        Assert.Equal(StatusCode.Unauthorized, error.Status);
        Assert.Contains("The token is wrong.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connecting_to_nothing_fails_with_each_leafs_reason()
    {
        var gone = LoopbackServer.Of(_first);
        var address = gone.Address;
        await gone.DisposeAsync();
        File.WriteAllBytes(_file, TopologyJson.Write(TopologyOf(address)));
        var error = await Assert.ThrowsAsync<HedgerowException>(async () => await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions { Cluster = _file }, None));
        Assert.StartsWith(
            $"None of the 1 leaves answers. {address} can't be reached: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dependency_injection_gives_one_client_that_connects_when_it_is_used()
    {
        File.WriteAllBytes(_file, TopologyJson.Write(TopologyOf("127.0.0.1:1")));
        var services = new ServiceCollection();
        services.AddHedgerow(o => o.Cluster = _file);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<HedgerowClient>();
        Assert.Same(client, provider.GetRequiredService<HedgerowClient>());
        await Assert.ThrowsAsync<HedgerowException>(async () => await client.GetAsync("/a"));

        var server = Own(LoopbackServer.Of(_first));
        File.WriteAllBytes(_file, TopologyJson.Write(TopologyOf(server.Address)));
        Assert.True((await client.SetAsync("/a", "x"u8.ToArray())).Succeeded);
        Assert.Equal("x", _first.ValueOf("/a"));
    }

    private static Topology TopologyOf(params string[] addresses) => new()
    {
        Epoch = 1,
        Leaves = [.. addresses.Select((a, i) => new LeafEndpoint($"leaf-{i + 1}", a))],
        Shards = [new ShardAssignment([.. addresses.Select((_, i) => $"leaf-{i + 1}")])],
    };

    private static SocketLeafTransport TransportOf() => new(
        new HelloRequest { Name = "test" }, 1, ProtocolLimits.Default, TimeProvider.System,
        NullLoggerFactory.Instance);

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private async Task<HedgerowClient> ConnectAsync(int acksMin, params LoopbackServer[] servers)
    {
        File.WriteAllBytes(_file, TopologyJson.Write(TopologyOf([.. servers.Select(s => s.Address)])));
        return Own(await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions
            {
                Cluster = _file, Timeout = TimeSpan.FromMinutes(1), EntryAcksMin = acksMin,
            },
            None));
    }
}
