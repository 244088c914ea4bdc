using System.Buffers.Binary;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class LeafServiceTests
{
    [Fact]
    public async Task A_stale_epoch_and_a_shard_that_is_not_here_are_answered_with_our_epoch()
    {
        await using var leaf = await Open(epoch: 5, shards: [0, 3]);
        var get = Bytes(Command(Opcode.Get, "/a"));
        foreach (var answer in new[]
                 {
                     await leaf.Call(Opcode.Get, get, epoch: 4), await leaf.Call(Opcode.Get, get, shard: 1),
                     await leaf.Call(Opcode.Get, get, shard: 4), await leaf.Call(Opcode.Search, [], shard: 65_535),
                 })
        {
            Assert.Equal(StatusCode.WrongShard, answer.Status);
            Assert.Equal(5u, BinaryPrimitives.ReadUInt32LittleEndian(answer.Body));
        }

        Assert.Equal(StatusCode.NotFound, (await leaf.Call(Opcode.Get, get, epoch: 0)).Status);
        Assert.Equal(StatusCode.NotFound, (await leaf.Call(Opcode.Get, get, epoch: 6, shard: 3)).Status);
    }

    [Fact]
    public async Task A_new_topology_opens_new_shards_and_refuses_old_ones()
    {
        await using var leaf = await Open(epoch: 5, shards: [0, 1]);
        await leaf.Set("/a", "kept", version: 1);
        leaf.Service.Reassign(6, [0, 2]);
        var get = Bytes(Command(Opcode.Get, "/a"));
        Assert.Equal("kept", (await leaf.Call(Opcode.Get, get, epoch: 6)).Value);
        Assert.Equal(StatusCode.WrongShard, (await leaf.Call(Opcode.Get, get, epoch: 5)).Status);
        Assert.Equal(StatusCode.WrongShard, (await leaf.Call(Opcode.Get, get, epoch: 6, shard: 1)).Status);
        Assert.Equal(StatusCode.NotFound, (await leaf.Call(Opcode.Get, get, epoch: 6, shard: 2)).Status);
        leaf.Service.Reassign(4, [7]);
        Assert.Equal(6u, leaf.Service.Epoch);
        Assert.Contains(leaf.Log.Lines, line => line.Contains("epoch 4"));
    }

    [Fact]
    public async Task However_shards_come_and_go_their_caches_together_keep_the_budget()
    {
        await using var leaf = await Open(epoch: 1, shards: [0, 1]);
        ushort[][] topologies = [[0, 1, 2], [2], [2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6, 7]];
        for (var i = 0; i < topologies.Length; i++)
        {
            leaf.Service.Reassign((uint)i + 2, topologies[i]);
            var stats = leaf.Service.Stats();
            Assert.Equal(topologies[i].Length, stats.Shards.Count);
            Assert.InRange(stats.Counters["hedgerow_leaf_cache_memory_limit_bytes"], 1, SmallOptions.MemoryBytes);
        }
    }

    [Fact]
    public async Task Requests_that_make_no_sense_are_answered_with_what_is_wrong()
    {
        await using var leaf = await Open();
        await Refused(Opcode.Get, [], StatusCode.BadRequest, "no path");
        await Refused(Opcode.Get, [3, 0, 1], StatusCode.BadRequest, "cut off");
        await Refused(Opcode.GetMany, [1], StatusCode.BadRequest, "no count");
        await Refused((Opcode)0x3E, [], StatusCode.UnknownOpcode, "0x3E");
        await Refused(Opcode.Hello, [], StatusCode.UnknownOpcode, "Hello");
        await Refused(Opcode.Search, [0xC1], StatusCode.BadRequest, "Search");
        await Refused(Opcode.TermStatistics, [], StatusCode.BadRequest, "TermStatistics");
        await Refused(Opcode.Scan, [0xC1], StatusCode.BadRequest, "Scan");
        await Refused(Opcode.Bulk, [0xC1], StatusCode.BadRequest, "Bulk");
        await Refused(Opcode.CollectionPut, [0xC1], StatusCode.BadRequest, "CollectionPut");
        await Refused(Opcode.Fault, [0xC1], StatusCode.BadRequest, "Fault");
        await Refused(Opcode.Search, SearchBody("x", "none"), StatusCode.NoSuchCollection, "'none'");
        await Refused(Opcode.Refresh, "none"u8.ToArray(), StatusCode.NoSuchCollection, "'none'");
        await Refused(Opcode.CollectionGet, "none"u8.ToArray(), StatusCode.NoSuchCollection, "'none'");
        await Refused(Opcode.Bulk, BulkBody("none"), StatusCode.NoSuchCollection, "'none'");

        async Task Refused(Opcode opcode, byte[] body, StatusCode status, string says)
        {
            var answer = await leaf.Call(opcode, body);
            Assert.True(answer.Status == status, $"{opcode}: {answer.Status} {answer.Text}");
            Assert.Contains(says, answer.Text);
        }
    }

    [Fact]
    public async Task Settings_out_of_bounds_stop_the_start_and_are_named()
    {
        await Refused(SmallOptions with { MemoryBytes = 1_000 }, "MemoryBytes", "1000");
        await Refused(SmallOptions with { ValueBytesMax = 0 }, "ValueBytesMax", "0");
        await Refused(SmallOptions with { SearchThreads = 0 }, "SearchThreads", "1 to");
        await Refused(SmallOptions with { SearchQueueMax = 0 }, "SearchQueueMax", "1 to");
        await Refused(SmallOptions with { RefreshInterval = TimeSpan.Zero }, "RefreshInterval", "1 ms");
        await Refused(SmallOptions with { Fsync = (FsyncPolicy)9 }, "Fsync", "Always");

        static async Task Refused(LeafOptions options, params string[] says)
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(() => Open(options));
            foreach (var word in says) Assert.Contains(word, error.Message);
        }
    }

    [Fact]
    public async Task Ping_and_stats_answer_in_every_state()
    {
        await using var leaf = await Open();
        await leaf.Set("/a", "one");
        await leaf.Get("/a");
        await leaf.Get("/b");
        Assert.Equal("ready", (await ReadStats()).State);
        await leaf.Service.DrainAsync(default);
        Assert.Equal(StatusCode.Ok, (await leaf.Call(Opcode.Ping, [])).Status);
        var stats = await ReadStats();
        Assert.Equal(("leaf-1", "leaf", "stopped", 5u), (stats.Name, stats.Role, stats.State, stats.Epoch));
        Assert.Equal([0, 1], stats.Shards.Select(s => (int)s.Shard));
        Assert.Equal(1, stats.Shards[0].Entries);
        Assert.Equal(1, stats.Counters["hedgerow_leaf_cache_hits_total"]);
        Assert.Equal(1, stats.Counters["hedgerow_leaf_cache_misses_total"]);
        Assert.Equal(1, stats.Counters["hedgerow_leaf_requests_total{opcode=\"get\",status=\"not_found\"}"]);

        async Task<StatsReply> ReadStats()
        {
            var answer = await leaf.Call(Opcode.Stats, []);
            Assert.True(StatsCodec.TryRead(answer.Body, out var stats, out var error), error);
            return stats;
        }
    }

    [Fact]
    public async Task A_drained_leaf_refuses_and_says_why()
    {
        await using var leaf = await Open();
        await leaf.Service.DrainAsync(default);
        Assert.Equal(LeafState.Stopped, leaf.Service.State);
        var answer = await leaf.Get("/a");
        Assert.Equal(StatusCode.Unavailable, answer.Status);
        Assert.Contains("stopped", answer.Text);
        await leaf.Service.DrainAsync(default);
    }

    [Fact]
    public async Task Latencies_tell_service_and_queue_time_by_operation()
    {
        await using var leaf = await Open();
        for (var i = 0; i < 10; i++) await leaf.Get("/a");
        var get = leaf.Service.Latencies().Single(l => l is { Operation: "get", Kind: "service" });
        Assert.Equal(10, get.Count);
        Assert.Equal(10, get.Cumulative().Last().Count);
        Assert.InRange(get.Quantile(1), 0, 1e-6);
    }

    [Fact]
    public async Task Searches_under_way_while_their_shard_is_taken_away_are_all_answered()
    {
        await using var leaf = await Open(SmallOptions with { SearchQueueMax = 1_000 }, epoch: 1, shards: [0, 1]);
        await leaf.Declare();
        await leaf.Bulk([.. Enumerable.Range(0, 200).Select(i => Document($"/wiki/{i}", 1, """{"title":"word"}"""))]);
        await leaf.Refresh();
        var ids = Enumerable.Range(0, 200).Select(_ => leaf.Send(Opcode.Search, SearchBody("word"), epoch: 0)).ToList();
        leaf.Service.Reassign(2, [1]);
        foreach (var id in ids)
        {
            var answer = await leaf.Sink.Answer(id);
            Assert.True(answer.Status is StatusCode.Ok or StatusCode.Unavailable, $"{answer.Status} {answer.Text}");
        }
    }

    [Fact]
    public async Task Closing_answers_everything_that_is_in_flight()
    {
        var leaf = await Open(SmallOptions with { SearchQueueMax = 1_000 });
        await leaf.Declare();
        var ids = new List<uint>();
        for (var i = 0; i < 200; i++)
        {
            var set = Command(Opcode.Set, $"/wiki/{i}") with { Value = """{"title":"word"}""" };
            ids.Add(leaf.Send(Opcode.Set, Bytes(set)));
            ids.Add(leaf.Send(Opcode.Search, SearchBody("word")));
        }

        await leaf.DisposeAsync();
        StatusCode[] allowed = [StatusCode.Ok, StatusCode.Cancelled, StatusCode.Unavailable];
        foreach (var id in ids) Assert.Contains((await leaf.Sink.Answer(id)).Status, allowed);
        Assert.Equal(StatusCode.Unavailable, (await leaf.Get("/a")).Status);
    }
}
