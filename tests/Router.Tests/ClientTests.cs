using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class ClientTests
{
    [Fact]
    public async Task What_was_set_is_read_with_its_flags_expiry_and_version()
    {
        var cluster = new Cluster(shards: 3);
        var written = await cluster.Client.SetAsync(
            "/a", "value"u8.ToArray(), new WriteOptions(TimeSpan.FromMinutes(1), EntryFlags: 7));
        using var entry = await cluster.Client.GetAsync("/a", written.Version);
        Assert.True(entry.Found);
        Assert.Equal("value"u8, entry.Value.Span);
        Assert.Equal((7u, written.Version), (entry.EntryFlags, entry.Version));
        Assert.Equal(cluster.Time.GetUtcNow().AddMinutes(1), entry.ExpiresAt);
        using var none = await cluster.Client.GetAsync("/b");
        Assert.False(none.Found);
        Assert.True(none.Value.IsEmpty);
        Assert.Null(none.ExpiresAt);
        Assert.Equal(0u, none.EntryFlags);
    }

    [Fact]
    public async Task A_call_carries_the_clients_own_deadline()
    {
        var cluster = new Cluster(configure: o => o.Timeout = TimeSpan.FromMilliseconds(250));
        using var entry = await cluster.Client.GetAsync("/a");
        Assert.Equal(250_000u, Assert.Single(cluster.Transport.Calls).Header.DeadlineMicros);
    }

    [Fact]
    public async Task Code_behind_an_await_does_not_run_on_the_thread_that_answers()
    {
        var cluster = new Cluster();
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(1));
        var client = new HedgerowClient(
            cluster.Router, cluster.Options with { InlineContinuations = false }, cluster.Time);
        var answering = 0;
        var ran = RunAsync();
        answering = Environment.CurrentManagedThreadId;
        cluster.Advance(1);
        // The continuation is queued to the pool; this thread is in Advance no more, and may even run it.
        Assert.True(await ran);

        async Task<bool> RunAsync()
        {
            using var entry = await client.GetAsync("/a");
            return !Environment.StackTrace.Contains(nameof(Cluster.Advance), StringComparison.Ordinal)
                && answering != 0;
        }
    }

    [Fact]
    public void Locate_names_shard_and_replicas_owner_first()
    {
        var cluster = new Cluster(shards: 4, replicas: 2, leaves: 4);
        var place = cluster.Client.Locate("/a");
        Assert.Equal(JumpHash.Bucket(PathHash.OfShardKey("/a"u8), 4), place.Shard);
        Assert.Equal(
            [$"leaf-{place.Shard + 1}", $"leaf-{((place.Shard + 1) % 4) + 1}"], place.Replicas.Select(r => r.Id));
    }

    [Fact]
    public async Task A_new_topology_is_routed_by_from_the_next_request_on()
    {
        var cluster = new Cluster(shards: 1, replicas: 1, leaves: 2);
        await cluster.Client.SetAsync("/a", "x"u8.ToArray());
        Assert.True(cluster.Topologies.TryReplace(cluster.Topologies.Current with
        {
            Epoch = 2, Shards = [new ShardAssignment(["leaf-2"])],
        }));
        Assert.False(cluster.Topologies.TryReplace(cluster.Topologies.Current with { Epoch = 2 }));
        Assert.False((await cluster.Client.GetAsync("/a")).Found);
        Assert.Equal(("leaf-2", 2u), (cluster.Transport.Calls[^1].Leaf, cluster.Transport.Calls[^1].Header.Epoch));
    }

    public static TheoryData<string, Action<RouterOptions>> OutOfBounds => new()
    {
        { "options.Timeout is 00:00:00; allowed: above 0, up to 1 hour.", o => o.Timeout = TimeSpan.Zero },
        { "options.Hedge.Budget is 2; allowed: 0 to 1.", o => o.Hedge.Budget = 2 },
        { "options.FailuresToEject is 0; allowed: 1 to 1000.", o => o.FailuresToEject = 0 },
        {
            "options.Hedge.DelayMax.TotalMilliseconds is 0.1; allowed: 0.5 to 60000.",
            o => o.Hedge.DelayMax = TimeSpan.FromMicroseconds(100)
        },
    };

    [Theory]
    [MemberData(nameof(OutOfBounds), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_bounds_is_refused_by_name_and_value(string message, Action<RouterOptions> set)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Cluster(configure: set));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_behind_a_router_does_all_that_one_with_leaves_does()
    {
        var cluster = new Cluster(shards: 3);
        var transport = new RouterTransport(cluster.Router);
        var remote = new RemoteRouter("router:7600", transport, cluster.Options, cluster.Time);
        await using var client = new HedgerowClient(remote, cluster.Options, cluster.Time, remote);
        Assert.Equal(
            StatusCode.Unavailable, Assert.Throws<HedgerowException>(() => client.Locate("/a")).Status);
        Assert.Equal(2, (await client.SetAsync("/n", "1"u8.ToArray())).Replicas);
        var (write, value) = await client.IncrementAsync("/n", 2);
        Assert.Equal((3, 2), (value, write.Replicas));
        await client.PutCollectionAsync(WriteTests.Wiki);
        Assert.Equal(["leaf-1", "leaf-2"], (await client.StatusAsync()).Select(s => s.Stats!.Name));
        Assert.Equal(cluster.Client.Locate("/n").Shard, client.Locate("/n").Shard);
        await using var bulk = client.OpenBulk("wiki");
        for (var i = 0; i < 200; i++) await bulk.AddAsync($"/wiki/{i}", """{"text":"fish"}"""u8.ToArray());
        await bulk.CompleteAsync();
        Assert.Equal(200, (await client.SearchAsync(GatherTests.Query("fish"))).Total);
        Assert.Equal(2, (await client.GetManyAsync(["/n", "/none"])).Length);
    }

    [Fact]
    public async Task A_router_that_does_not_answer_is_given_up_at_the_deadline()
    {
        var cluster = new Cluster();
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Never);
        await using var remote = new RemoteRouter("leaf-1", new SilentTransport(), cluster.Options, cluster.Time);
        var pending = remote.ExecuteAsync(new RequestHeader { Opcode = Opcode.Ping }, default, default);
        cluster.Advance(1_000);
        using var reply = await pending;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.Equal("The deadline passed; leaf-1 was asked, without an answer.", Cluster.TextOf(reply));
    }

    /// <summary>A connection to a router, without the connection.</summary>
    private sealed class RouterTransport : ILeafTransport
    {
        private readonly RequestRouter _router;

        public RouterTransport(RequestRouter router)
        {
            _router = router;
        }

        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
            _router.ExecuteAsync(header, body.ToArray(), cancel);

        public ValueTask DisposeAsync() => default;
    }

    private sealed class SilentTransport : ILeafTransport
    {
        public async ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            var never = new TaskCompletionSource<Reply>();
            await using var registration = cancel.UnsafeRegister(_ => never.TrySetCanceled(cancel), null);
            return await never.Task;
        }

        public ValueTask DisposeAsync() => default;
    }
}
