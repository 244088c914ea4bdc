using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Clients that ask to be kept to one replica of each shard.</summary>
public sealed class SessionTests
{
    private const OperationClass Kind = OperationClass.PointRead;

    [Fact]
    public async Task Reads_of_a_session_keep_to_one_replica_and_sessions_are_spread_over_all()
    {
        var cluster = new Cluster(replicas: 3, configure: o => o.Hedge.Enabled = false);
        // However slow it is: that is what was asked for.
        cluster.Rule("leaf-1", Behaviour.After(20));
        var homes = new List<string>();
        for (ushort session = 1; session <= 60; session++)
        {
            cluster.Transport.Calls.Clear();
            for (var i = 0; i < 4; i++) (await cluster.Finish(Get(cluster, $"/{i}", session))).Dispose();
            homes.Add(Assert.Single(cluster.Transport.Calls.Select(c => c.Leaf).Distinct()));
        }

        Assert.All(["leaf-1", "leaf-2", "leaf-3"], leaf => Assert.InRange(homes.Count(h => h == leaf), 8, 35));
        Assert.Equal(0, cluster.Router.CountersByName["hedgerow_router_sessions_moved_total"]);
    }

    [Fact]
    public async Task A_client_in_a_session_keeps_its_reads_to_one_replica_and_shares_all_else()
    {
        var cluster = new Cluster(replicas: 3, configure: o => o.Hedge.Enabled = false);
        var homes = new HashSet<string>();
        foreach (var name in new[] { "ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal" })
        {
            var client = cluster.Client.InSession(name);
            Assert.True((await cluster.Finish(client.SetAsync("/a", "x"u8.ToArray()))).Succeeded);
            cluster.Transport.Calls.Clear();
            for (var i = 0; i < 5; i++) (await cluster.Finish(client.GetAsync("/a"))).Dispose();
            homes.Add(Assert.Single(cluster.Transport.Calls.Select(c => c.Leaf).Distinct()));
        }

        Assert.True(homes.Count > 1);
        Assert.Equal(40, cluster.Router.CountersByName["hedgerow_router_session_reads_total"]);
    }

    [Fact]
    public async Task Sessions_move_only_while_their_replica_is_out_and_then_each_to_one_other()
    {
        var cluster = new Cluster(replicas: 3, configure: o => o.SlowStart = TimeSpan.Zero);
        var replicas = cluster.Router.Table.Shards[0].Replicas;
        var before = await Homes(cluster);
        for (var i = 0; i < 3; i++)
        {
            replicas[0].OnSent(Kind);
            replicas[0].OnFailed(Kind, cluster.Time.GetTimestamp(), 0, isReached: false);
        }

        var during = await Homes(cluster);
        for (var i = 0; i < before.Count; i++)
        {
            Assert.NotEqual("leaf-1", during[i]);
            if (before[i] != "leaf-1") Assert.Equal(before[i], during[i]);
        }

        Assert.Equal(
            before.Count(h => h == "leaf-1"), cluster.Router.CountersByName["hedgerow_router_sessions_moved_total"]);
        Assert.Equal(2, during.Where((_, i) => before[i] == "leaf-1").Distinct().Count());
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        (await cluster.Get("/probe")).Dispose();
        Assert.Equal(before, await Homes(cluster));
    }

    [Fact]
    public async Task A_read_of_a_session_is_hedged_to_another_replica()
    {
        var cluster = new Cluster();
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(60));
        (await cluster.Finish(Get(cluster, "/a", 5))).Dispose();
        Assert.Equal(2, cluster.Transport.Calls.Select(c => c.Leaf).Distinct().Count());
    }

    [Fact]
    public async Task A_client_asks_by_its_options()
    {
        var cluster = new Cluster(replicas: 3);
        var options = new HedgerowClientOptions { Session = "cart-17", InlineContinuations = true };
        var client = new HedgerowClient(cluster.Router, options, cluster.Time);
        for (var i = 0; i < 30; i++) (await client.GetAsync($"/{i}")).Dispose();
        Assert.Single(cluster.Transport.Of(Opcode.Get).Select(c => c.Leaf).Distinct());
        Assert.All(
            cluster.Transport.Of(Opcode.Get),
            c => Assert.Equal(RequestHeader.SessionOf("cart-17"), c.Header.Session));
    }

    [Fact]
    public async Task Switched_off_sessions_are_not_looked_at()
    {
        var cluster = new Cluster(replicas: 3, configure: o => o.KeepSessions = false);
        for (var i = 0; i < 60; i++) (await Get(cluster, $"/{i}", 5)).Dispose();
        Assert.Equal(3, cluster.Transport.Calls.Select(c => c.Leaf).Distinct().Count());
    }

    private static async Task<List<string>> Homes(Cluster cluster)
    {
        var homes = new List<string>();
        for (ushort session = 1; session <= 40; session++)
        {
            (await Get(cluster, "/a", session)).Dispose();
            homes.Add(cluster.Transport.Calls[^1].Leaf);
        }

        return homes;
    }

    [Fact]
    public async Task A_session_stays_at_its_replica_for_hot_paths_and_for_many_paths_at_once()
    {
        var cluster = new Cluster(replicas: 3, configure: o => o.Hot = new HotOptions { Rate = 50 });
        for (var i = 0; i < 400; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(1, cluster.Router.CountersByName["hedgerow_router_hot_paths"]);
        foreach (var session in new ushort[] { 1, 2, 3, 4, 5 })
        {
            cluster.Transport.Calls.Clear();
            for (var i = 0; i < 5; i++)
            {
                (await Get(cluster, "/a", session)).Dispose();
                (await cluster.Router.ExecuteAsync(
                    new RequestHeader { Opcode = Opcode.GetMany, Session = session }, ManyOf("/a", "/b"), default))
                    .Dispose();
            }

            Assert.Equal(10, cluster.Transport.Calls.Count);
            Assert.Single(cluster.Transport.Calls.Select(call => call.Leaf).Distinct());
        }
    }

    private static byte[] ManyOf(params string[] paths)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(body, paths.Length);
        foreach (var path in paths)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(path);
            GetManyCodec.WritePath(body, PathHash.OfPath(bytes), bytes);
        }

        return body.WrittenSpan.ToArray();
    }

    private static ValueTask<Reply> Get(Cluster cluster, string path, ushort session) => cluster.Router.ExecuteAsync(
        new RequestHeader { Opcode = Opcode.Get, Session = session },
        Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = System.Text.Encoding.UTF8.GetBytes(path) }),
        default);
}
