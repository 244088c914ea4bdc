using System.Collections.Concurrent;
using System.Threading.Channels;
using StackExchange.Redis;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>Channels and notifications between two routers before two leaves, all of them processes.</summary>
public sealed class ChannelTests : IAsyncLifetime
{
    /// <summary>Begins what tests say to see that the way is open.</summary>
    private const string Control = "control:";

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempDirectory _directory = new();
    private readonly int[] _ports = FreePorts.Take(8);
    private readonly Dictionary<string, HedgerowProcess> _processes = [];
    private readonly List<ConnectionMultiplexer> _clients = [];

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_directory["topology.json"], $$"""
            {"epoch":1,"placement":"jump",
            "leaves":[{"id":"leaf-1","address":"{{Address(0)}}"},{"id":"leaf-2","address":"{{Address(1)}}"}],
            "shards":[{"replicas":["leaf-1","leaf-2"]},{"replicas":["leaf-2","leaf-1"]}]}
            """);
        await Task.WhenAll(StartLeafAsync(1), StartLeafAsync(2));
        await Task.WhenAll(StartRouterAsync("router-1", 4, 5), StartRouterAsync("router-2", 6, 7));
        await AwaitLinksAsync(5);
        await AwaitLinksAsync(7);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        foreach (var process in _processes.Values) await process.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Messages_reach_the_subscribers_of_the_other_router_in_order_and_once()
    {
        const int Messages = 500;
        var (near, far) = (await ConnectAsync(5), await ConnectAsync(7));
        var heardFar = await ListenAsync(far, near, RedisChannel.Literal("news"));
        var heardNear = await ListenAsync(near, far, RedisChannel.Literal("news"));
        var heardByPattern = await ListenAsync(far, near, RedisChannel.Pattern("n?ws"), "news");
        for (var i = 0; i < Messages; i++) await near.GetSubscriber().PublishAsync(RedisChannel.Literal("news"), i);
        for (var i = 0; i < Messages; i++)
        {
            Assert.Equal($"{i}", await NextAsync(heardFar));
            Assert.Equal($"{i}", await NextAsync(heardNear));
            Assert.Equal($"{i}", await NextAsync(heardByPattern));
        }
    }

    [Fact]
    public async Task Writes_through_one_router_and_expiry_at_a_leaf_are_told_once_to_clients_of_the_other()
    {
        var (writer, reader) = (await ConnectAsync(5), await ConnectAsync(7));
        var heard = await ListenAsync(reader, writer, RedisChannel.Pattern("__keyevent@0__:*"), "__keyevent@0__:test");
        var db = writer.GetDatabase();
        for (var i = 0; i < 20; i++)
        {
            await db.StringSetAsync($"key:{i}", "x");
            Assert.Equal($"key:{i}", await NextAsync(heard));
        }

        // Two replicas drop each of them; the owner alone says so. A last one marks the end of the list.
        var expected = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            // Longer than the way to the owner: what is over when it arrives was never there, and nobody tells of it.
            await db.ExecuteAsync("PSETEX", $"brief:{i}", 300, "x");
            expected.Add($"brief:{i}");
        }

        var counts = new ConcurrentDictionary<string, int>();
        while (counts.Count < expected.Count || counts.Values.Any(count => count < 3))
            counts.AddOrUpdate(await NextAsync(heard), 1, (_, count) => count + 1);

        // Set, expire and, once, expired.
        Assert.Equal(expected, [.. counts.Keys]);
        Assert.All(counts.Values, count => Assert.Equal(3, count));
    }

    [Fact]
    public async Task Messages_pass_again_when_a_leaf_was_killed_and_when_it_is_back()
    {
        var (near, far) = (await ConnectAsync(5), await ConnectAsync(7));
        await ListenAsync(far, near, RedisChannel.Literal("news"));
        await KillAsync("leaf-1");
        await ListenAsync(far, near, RedisChannel.Literal("after one leaf"));
        await ListenAsync(near, far, RedisChannel.Literal("and back"));
        await StartLeafAsync(1);
        await KillAsync("leaf-2");
        await ListenAsync(far, near, RedisChannel.Literal("by the other leaf"));
    }

    /// <summary>A router's links to both leaves: until they are there, messages go another way or not at all.</summary>
    private async Task AwaitLinksAsync(int port)
    {
        var router = (await ConnectAsync(port)).GetDatabase();
        using var patience = new CancellationTokenSource(Patience);
        while (!$"{await router.ExecuteAsync("INFO", "stats")}".Contains("hedgerow_message_links:2", Ordinal))
            patience.Token.ThrowIfCancellationRequested();
    }

    private static async Task<string> NextAsync(ChannelReader<string> heard) =>
        await heard.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    /// <summary>
    /// Listens, and publishes from elsewhere until that is heard: then the way is open, and nothing of it is left.
    /// </summary>
    private static async Task<ChannelReader<string>> ListenAsync(
        ConnectionMultiplexer listener, ConnectionMultiplexer other, RedisChannel channel, string? through = null)
    {
        var heard = Channel.CreateUnbounded<string>();
        var open = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var mine = Control + Guid.NewGuid();
        // As a queue: a handler given at once is called for several messages at the same time.
        var queue = await listener.GetSubscriber().SubscribeAsync(channel);
        queue.OnMessage(said =>
        {
            var text = said.Message.ToString();
            if (text == mine + "open") open.TrySetResult();
            else if (text == mine + "end") ended.TrySetResult();
            else if (!text.StartsWith(Control, StringComparison.Ordinal)) heard.Writer.TryWrite(text);
        });
        var name = RedisChannel.Literal(through ?? channel.ToString());
        using var patience = new CancellationTokenSource(Patience);
        while (!open.Task.IsCompleted)
        {
            await other.GetSubscriber().PublishAsync(name, mine + "open");
            patience.Token.ThrowIfCancellationRequested();
        }

        await other.GetSubscriber().PublishAsync(name, mine + "end");
        await ended.Task.WaitAsync(Patience);
        return heard.Reader;
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(int port)
    {
        var client = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { Address(port) }, AsyncTimeout = 30_000, SyncTimeout = 30_000, AllowAdmin = true,
        });
        lock (_clients) _clients.Add(client);
        return client;
    }

    private Task StartLeafAsync(int number) => StartAsync(
        $"leaf-{number}", "leaf", "--name", $"leaf-{number}", "--topology", _directory["topology.json"], "--listen",
        Address(number - 1), "--http", "off", "--resp.listen", Address(1 + number), "--resp.notify", "Ex");

    private Task StartRouterAsync(string name, int native, int resp) => StartAsync(
        name, "router", "--topology", _directory["topology.json"], "--listen", Address(native), "--http", "off",
        "--resp.listen", Address(resp), "--resp.notify", "E$g");

    private async Task StartAsync(string name, params string[] args)
    {
        var process = await HedgerowProcess.ServeAsync(args);
        lock (_processes) _processes[name] = process;
    }

    private async Task KillAsync(string name)
    {
        await _processes[name].KillAsync();
        await _processes[name].DisposeAsync();
        _processes.Remove(name);
    }

    private string Address(int index) => $"127.0.0.1:{_ports[index]}";
}
