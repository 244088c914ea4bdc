using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Router.Tests;

/// <summary>Writes that a loop sends over its own links, and what becomes of those that do not end well.</summary>
public sealed class DirectWriteTests
{
    private readonly Cluster _cluster;
    private readonly FakeThread _thread;
    private readonly DirectCalls _calls;
    private readonly FakeLink _first = new();
    private readonly FakeLink _second = new();

    public DirectWriteTests()
    {
        (_cluster, _thread, _calls) = Make();
    }

    [Fact]
    public void A_write_is_answered_when_every_replica_has_it()
    {
        var write = Begin("/a");
        Assert.Equal((1, 1), (Health(0).InFlight, Health(1).InFlight));
        _second.Answer(0, StatusCode.Ok, "");
        Assert.True(write.IsUnderWay);
        _first.Answer(0, StatusCode.Ok, "");
        Assert.False(write.IsUnderWay);
        Assert.Equal((StatusCode.Ok, 2), (write.Status, write.Replicas));
        Assert.Equal(write.Stamped, write.AnsweredVersion);
        Assert.Equal((ulong)_cluster.Time.GetUtcNow().ToUnixTimeMilliseconds(), write.Stamped >> 16);
        Assert.Equal((0, 0), (Health(0).InFlight, Health(1).InFlight));
        Assert.Equal(new RouterCounters(1, 0, 0, 0, 0, 0), CountersSinceWarm());
        Assert.Empty(_cluster.Transport.Calls);
    }

    [Fact]
    public void Both_replicas_get_one_version_and_each_write_a_later_one()
    {
        var (one, other) = (Begin("/a"), Begin("/a"));
        Assert.Equal(_first.Sent[0].Body, _second.Sent[0].Body);
        Assert.Equal(_first.Sent[1].Body, _second.Sent[1].Body);
        Assert.True(one.Stamped < other.Stamped);
        var header = _second.Sent[0].Header;
        Assert.Equal((Opcode.Set, 1u, (ushort)0), (header.Opcode, header.Epoch, header.Shard));
        Assert.Equal(PathHash.OfPath("/a"u8), header.PathHash);
        Assert.Equal(_cluster.Options.Timeout.TotalMicroseconds, header.DeadlineMicros);
    }

    [Theory]
    [InlineData(StatusCode.NotFound, StatusCode.NotFound, StatusCode.NotFound)]
    [InlineData(StatusCode.NotFound, StatusCode.Ok, StatusCode.Ok)]
    public void What_one_replica_has_found_was_found(StatusCode first, StatusCode second, StatusCode all)
    {
        foreach (var opcode in new[] { Opcode.Delete, Opcode.Touch })
        {
            var at = _first.Sent.Count;
            var write = new TestedCall(opcode, "/a");
            Assert.True(write.TryBegin(_calls));
            _first.Answer(at, first, "");
            _second.Answer(at, second, "");
            Assert.Equal((all, 2), (write.Status, write.Replicas));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_slow_clock_loses_no_write(int ahead, int behind)
    {
        var write = Begin("/a");
        FakeLink[] links = [_first, _second];
        links[behind].Answer(0, StatusCode.Ok, "");
        var stored = write.Stamped + 5_000;
        links[ahead].Answer(0, StatusCode.VersionTooOld, [], stored);
        using var reply = await write.Routed!.Value;
        Assert.Equal((StatusCode.Ok, stored + 1), (reply.Status, reply.Header.Version));
        Assert.Equal(2, _cluster.Transport.Calls.Count);
        Assert.All(_cluster.Transport.Leaves.Values, leaf => Assert.Equal("value", leaf.ValueOf("/a")));
        Assert.Equal(1, CountersSinceWarm().Retries);
        Assert.True(Begin("/b").Stamped > stored);
    }

    [Fact]
    public async Task A_write_that_is_too_old_is_tried_again_before_the_other_replica_has_answered()
    {
        var write = Begin("/a");
        _first.Answer(0, StatusCode.VersionTooOld, [], write.Stamped + 5);
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(1, Health(1).InFlight);
        _second.Answer(0, StatusCode.Ok, "");
        Assert.Equal((0, 0), (Health(0).InFlight, Health(1).InFlight));
    }

    [Fact]
    public async Task A_write_waits_a_grace_for_a_slow_replica_and_does_not_cancel_it()
    {
        var write = Begin("/a");
        _cluster.Advance(4);
        _first.Answer(0, StatusCode.Ok, "");
        _cluster.Advance(8);
        _thread.Run();
        var answer = write.Routed!.Value.AsTask();
        Assert.False(answer.IsCompleted);
        _cluster.Advance(3);
        using var reply = await answer;
        Assert.Equal((StatusCode.Ok, write.Stamped), (reply.Status, reply.Header.Version));
        Assert.Equal([1, 0], reply.Body.ToArray());
        Assert.False(_second.Sent[0].WasCancelled);
        Assert.Equal(1, Health(1).InFlight);
        _second.Answer(0, StatusCode.Ok, "");
        Assert.Equal(0, Health(1).InFlight);
        Assert.Empty(_cluster.Transport.Calls);
    }

    [Fact]
    public async Task A_replica_that_answers_in_the_grace_counts()
    {
        var write = Begin("/a");
        _cluster.Advance(4);
        _first.Answer(0, StatusCode.Ok, "");
        _cluster.Advance(8);
        _thread.Run();
        _second.Answer(0, StatusCode.Ok, "");
        using var reply = await write.Routed!.Value;
        Assert.Equal([2, 0], reply.Body.ToArray());
    }

    [Fact]
    public async Task One_replica_that_fails_is_not_missed_if_one_is_enough()
    {
        var write = Begin("/a");
        _first.Answer(0, StatusCode.Unavailable, "gone");
        _second.Answer(0, StatusCode.Ok, "");
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal([1, 0], reply.Body.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_too_few_replicas_have_says_so(bool failsFirst)
    {
        var (cluster, _, calls) = Make(options => options.EntryAcksMin = 2);
        var write = new TestedCall(Opcode.Set, "/a");
        Assert.True(write.TryBegin(calls));
        if (!failsFirst) _first.Answer(0, StatusCode.Ok, "");
        _second.Answer(0, StatusCode.Unavailable, "leaf-2 says no");
        if (failsFirst) _first.Answer(0, StatusCode.Ok, "");
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.Unavailable, reply.Status);
        Assert.Equal(
            "1 of the 2 replicas of shard 0 (leaf-1, leaf-2) have the write; 2 must. leaf-2 said: leaf-2 says no",
            Cluster.TextOf(reply));
        Assert.Empty(cluster.Transport.Calls);
    }

    [Fact]
    public async Task A_document_needs_the_majority()
    {
        await WriteTests.Declare(_cluster);
        _cluster.Transport.Calls.Clear();
        var write = Begin("/wiki/a");
        _first.Answer(0, StatusCode.Ok, "");
        _second.Answer(0, StatusCode.ReadOnly, "full");
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.ReadOnly, reply.Status);
        Assert.Contains("2 must", Cluster.TextOf(reply), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_that_passes_is_told_and_the_copies_are_cancelled()
    {
        var write = Begin("/a");
        for (var ms = 0; ms <= _cluster.Options.Timeout.TotalMilliseconds; ms += 10)
        {
            _cluster.Advance(10);
            _thread.Run();
        }

        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.StartsWith("The deadline passed; 0 of the 2 replicas", Cluster.TextOf(reply), StringComparison.Ordinal);
        Assert.True(_first.Sent[0].WasCancelled && _second.Sent[0].WasCancelled);
    }

    [Fact]
    public async Task A_newer_topology_is_followed()
    {
        var write = Begin("/a");
        _cluster.Topologies.TryReplace(Cluster.TopologyOf(2, 1, 2, 2));
        _first.Answer(0, StatusCode.WrongShard, BitConverter.GetBytes(2u));
        using var reply = await write.Routed!.Value;
        Assert.Equal((StatusCode.Ok, write.Stamped), (reply.Status, reply.Header.Version));
        Assert.Equal([2u, 2u], _cluster.Transport.Calls.Select(call => call.Header.Epoch));
    }

    [Fact]
    public async Task A_routed_write_is_cancelled_by_its_caller()
    {
        using var cancel = new CancellationTokenSource();
        var write = new TestedCall(Opcode.Set, "/a") { Cancel = cancel.Token };
        Assert.True(write.TryBegin(_calls));
        _cluster.Advance(12);
        _thread.Run();
        var answer = write.Routed!.Value.AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.True(_first.Sent[0].WasCancelled && _second.Sent[0].WasCancelled);
    }

    [Fact]
    public void A_write_whose_writer_left_goes_on()
    {
        var write = Begin("/a");
        Assert.False(write.Leave());
        _first.Answer(0, StatusCode.VersionTooOld, [], write.Stamped + 5);
        Assert.All(_cluster.Transport.Leaves.Values, leaf => Assert.Equal("value", leaf.ValueOf("/a")));
        _second.Answer(0, StatusCode.Ok, "");
        Assert.Equal((0, 0), (Health(0).InFlight, Health(1).InFlight));
        Assert.Null(write.Status);
        Assert.False(write.Routed.HasValue);
    }

    [Fact]
    public void A_link_that_takes_no_more_leaves_nothing_behind()
    {
        _second.IsFull = true;
        var write = new TestedCall(Opcode.Set, "/a");
        Assert.False(write.TryBegin(_calls));
        Assert.False(write.IsUnderWay);
        Assert.Equal(0ul, write.Stamped);
        Assert.True(Assert.Single(_first.Sent).WasDropped);
        Assert.Equal((0, 0), (Health(0).InFlight, Health(1).InFlight));
        Assert.Equal(0, CountersSinceWarm().Requests);
        _second.IsFull = false;
        Assert.True(write.TryBegin(_calls));
    }

    [Fact]
    public void What_is_no_plain_write_or_has_no_link_to_a_leaf_that_is_up_goes_the_other_way()
    {
        Assert.False(new TestedCall(Opcode.Set, "/a", version: 7).TryBegin(_calls));
        Assert.False(new TestedCall(Opcode.Delete, "/a", compareVersion: 7).TryBegin(_calls));
        Assert.False(new TestedCall(Opcode.Touch, "/a").TryBegin(_calls, FrameFlags.ReturnEntry));
        Assert.False(new TestedCall(Opcode.Add, "/a").TryBegin(_calls));
        _cluster.Transport.Links.Remove("leaf-2");
        Assert.False(new TestedCall(Opcode.Set, "/a").TryBegin(_calls));
        _cluster.Transport.Links["leaf-2"] = _second;
        for (var i = 0; i < 100; i++)
            Health(1).OnFailed(OperationClass.Addressed, _cluster.Time.GetTimestamp(), 0, isReached: false);
        Assert.False(new TestedCall(Opcode.Set, "/a").TryBegin(_calls));
        Assert.Empty(_first.Sent);
        Assert.Equal(0, CountersSinceWarm().Requests);
    }

    [Fact]
    public void Before_the_collections_are_known_it_goes_the_other_way()
    {
        var (_, _, calls) = Make(isWarm: false);
        Assert.False(new TestedCall(Opcode.Set, "/a").TryBegin(calls));
        Assert.Empty(_first.Sent);
    }

    [Fact]
    public void Without_a_grace_it_goes_the_other_way_unless_there_is_one_replica()
    {
        var (_, _, calls) = Make(options => options.WriteGrace = TimeSpan.Zero);
        Assert.False(new TestedCall(Opcode.Set, "/a").TryBegin(calls));
        (_, _, calls) = Make(options => options.WriteGrace = TimeSpan.Zero, replicas: 1);
        Assert.True(new TestedCall(Opcode.Set, "/a").TryBegin(calls));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_write_allocates_nothing(int replicas)
    {
        var (cluster, _, calls) = Make(replicas: replicas);
        EchoLink[] links = [.. Enumerable.Range(0, replicas).Select(_ => new EchoLink())];
        for (var i = 0; i < replicas; i++) cluster.Transport.Links[$"leaf-{i + 1}"] = links[i];
        var write = new TestedCall(Opcode.Set, "/a", "value") { IsQuiet = true };
        Run(1_000);
        var before = AllocatedBytes.Start();
        Run(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                write.Reset();
                Assert.True(write.TryBegin(calls));
                foreach (var link in links) link.Answer(StatusCode.Ok);
            }
        }
    }

    private (Cluster Cluster, FakeThread Thread, DirectCalls Calls) Make(
        Action<RouterOptions>? configure = null, int replicas = 2, bool isWarm = true)
    {
        var cluster = new Cluster(replicas: replicas, configure: configure);
        // The first write has the collections asked for.
        if (isWarm) Assert.True(cluster.Client.SetAsync("/warm", "1"u8.ToArray()).AsTask().IsCompletedSuccessfully);
        cluster.Transport.Calls.Clear();
        cluster.Transport.Links["leaf-1"] = _first;
        cluster.Transport.Links["leaf-2"] = _second;
        var thread = new FakeThread(cluster.Time);
        return (cluster, thread, cluster.Router.DirectCallsOf(thread));
    }

    private LeafHealth Health(int replica) => _cluster.Router.Table.Shards[0].Replicas[replica];

    // Asking for the collections, and the write itself.
    private RouterCounters CountersSinceWarm() =>
        _cluster.Router.Counters with { Requests = _cluster.Router.Counters.Requests - 2 };

    private TestedCall Begin(string path)
    {
        var write = new TestedCall(Opcode.Set, path, "value");
        Assert.True(write.TryBegin(_calls));
        return write;
    }
}
