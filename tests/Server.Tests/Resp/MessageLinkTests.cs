using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>Two routers' hubs that are linked over the leaves of this process.</summary>
public sealed class MessageLinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly InProcessTransport _transport = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly PubSubHub _near = new();
    private readonly PubSubHub _far = new();
    private StaticTopology _topology = null!;

    public async ValueTask InitializeAsync()
    {
        string[] leaves = ["leaf-1", "leaf-2"];
        foreach (var name in leaves)
        {
            var options = new LeafOptions { Name = name, MemoryBytes = 8 << 20 };
            var leaf = await LeafService.OpenAsync(
                options, 1, [0], TimeProvider.System, NullLoggerFactory.Instance, default);
            _transport.Attach(name, leaf);
            _owned.Add(leaf);
        }

        _topology = new StaticTopology(TopologyOf(1, leaves));
        foreach (var hub in new[] { _near, _far })
        {
            var links = new MessageLinks(_topology, _transport, hub, TimeProvider.System, NullLogger.Instance);
            hub.Carrier = links;
            _owned.Add(links);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned)) await owned.DisposeAsync();
        await _transport.DisposeAsync();
    }

    [Fact]
    public async Task Messages_of_any_channel_come_in_order_by_channel_by_pattern_and_by_shard()
    {
        var ear = new Ear();
        for (var i = 0; i < 8; i++) _far.Add(SubscriptionKind.Channel, Bytes($"c{i}"), ear);
        _far.Add(SubscriptionKind.Shard, Bytes("c1"), ear);
        await OpenAsync();
        for (var i = 0; i < 400; i++)
            Assert.Equal(0, _near.Publish(Bytes($"c{i % 8}"), Bytes($"c{i % 8}:{i}")));
        Assert.Equal(0, _near.PublishSharded(Bytes("c1"), Bytes("sharded:1")));
        for (var i = 0; i < 401; i++) await ear.NextAsync();
        foreach (var byChannel in ear.Heard.GroupBy(text => text.Split(':')[0]))
        {
            var numbers = byChannel.Select(text => int.Parse(text.Split(':')[1])).ToArray();
            Assert.Equal(numbers.Order(), numbers);
        }

        Assert.Equal(401, ear.Heard.Distinct().Count());
    }

    [Fact]
    public async Task Links_follow_the_topology()
    {
        await OpenAsync();
        Assert.True(_topology.TryReplace(TopologyOf(2, "leaf-2")));
        foreach (var hub in new[] { _near, _far }) ((MessageLinks)hub.Carrier!).Follow();
        await OpenAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (_near.Carrier!.LinksUp != 1 || _far.Carrier!.LinksUp != 1)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_leaf_that_takes_nothing_loses_what_is_beyond_the_bound_and_holds_nobody_up()
    {
        var stuck = new StuckTransport();
        await using var links = new MessageLinks(
            new StaticTopology(TopologyOf(1, "leaf-1")), stuck, new PubSubHub(), TimeProvider.System,
            NullLogger.Instance);
        var message = new byte[1 << 20];
        for (var i = 0; i < 64; i++) links.Carry(MessageKind.Channel, "c"u8, message);
        await stuck.Asked.Task.WaitAsync(Patience);

        // One batch may be under way, and as much waits.
        Assert.InRange(links.Lost, 64 - (2 * (MessageLink.BytesMax >> 20)), 64 - (MessageLink.BytesMax >> 20) + 1);
    }

    private static Topology TopologyOf(uint epoch, params string[] leaves) => new()
    {
        Epoch = epoch,
        Leaves = [.. leaves.Select(name => new LeafEndpoint(name, "127.0.0.1:1"))],
        Shards = [new ShardAssignment(leaves)],
    };

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    // Until a message has come by each leaf: from then on both listen.
    private async Task OpenAsync()
    {
        var ear = new Ear();
        for (var i = 0; i < 8; i++)
        {
            var channel = Bytes($"open{i}");
            _far.Add(SubscriptionKind.Channel, channel, ear);
            var next = ear.NextAsync();
            while (!next.IsCompleted)
            {
                _near.Publish(channel, Bytes("open"));
                await Task.Yield();
            }

            await next;
            _far.Remove(SubscriptionKind.Channel, channel, ear);
        }
    }

    private sealed class Ear : ISubscriber
    {
        private readonly Channel<bool> _came = Channel.CreateUnbounded<bool>();

        public ConcurrentQueue<string> Heard { get; } = new();

        public void Deliver(byte[] message)
        {
            var parts = Encoding.ASCII.GetString(message).Split("\r\n");
            Heard.Enqueue(parts[^2]);
            _came.Writer.TryWrite(true);
        }

        public Task NextAsync() => _came.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }

    private sealed class StuckTransport : ILeafTransport
    {
        public TaskCompletionSource Asked { get; } = new();

        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            if (header.Opcode == Opcode.Publish) Asked.TrySetResult();
            return new ValueTask<Reply>(new TaskCompletionSource<Reply>().Task.WaitAsync(cancel));
        }

        public ValueTask DisposeAsync() => default;
    }
}
