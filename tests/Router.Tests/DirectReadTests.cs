using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Router.Tests;

/// <summary>Reads that a loop sends over its own links, and what becomes of those that do not end well.</summary>
public sealed class DirectReadTests
{
    private readonly Cluster _cluster = new(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
    private readonly FakeThread _thread;
    private readonly DirectCalls _calls;
    private readonly FakeLink _first = new();
    private readonly FakeLink _second = new();

    public DirectReadTests()
    {
        _cluster.Transport.Links["leaf-1"] = _first;
        _cluster.Transport.Links["leaf-2"] = _second;
        _thread = new FakeThread(_cluster.Time);
        _calls = _cluster.Router.DirectCallsOf(_thread);
    }

    [Theory]
    [InlineData(StatusCode.Ok)]
    [InlineData(StatusCode.NotFound)]
    public void A_good_answer_is_the_readers_where_it_was_read(StatusCode status)
    {
        var read = Begin("/a");
        Assert.True(read.IsUnderWay);
        Assert.Equal(1, Health(0).InFlight);
        _first.Answer(0, status, "value");
        Assert.Equal((status, "value"), (read.Status, read.Text));
        Assert.False(read.IsUnderWay || read.Routed.HasValue);
        Assert.Equal(0, Health(0).InFlight);
        Assert.Equal(new RouterCounters(1, 0, 0, 0, 0, 0), _cluster.Router.Counters);
        Assert.Empty(_cluster.Transport.Calls);
    }

    [Fact]
    public void What_is_sent_says_where_and_by_when()
    {
        Begin("/a");
        var header = Assert.Single(_first.Sent).Header;
        Assert.Equal((Opcode.Get, 1u, (ushort)0), (header.Opcode, header.Epoch, header.Shard));
        Assert.Equal(PathHash.OfPath("/a"u8), header.PathHash);
        Assert.Equal(_cluster.Options.Timeout.TotalMicroseconds, header.DeadlineMicros);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.Overloaded)]
    [InlineData(StatusCode.Internal)]
    public async Task A_bad_answer_is_asked_of_the_next_replica(StatusCode status)
    {
        _cluster["leaf-2"].Put("/a", "here", 5);
        var read = Begin("/a");
        _first.Answer(0, status, "no");
        using var reply = await read.Routed!.Value;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal("leaf-2", Assert.Single(_cluster.Transport.Calls).Leaf);
        Assert.Equal(new RouterCounters(1, 0, 0, 0, 0, 1), _cluster.Router.Counters);
        Assert.Equal((0, 0), (Health(0).InFlight, Health(1).InFlight));
    }

    [Fact]
    public async Task A_slow_first_copy_is_hedged_and_cancelled_when_the_second_wins()
    {
        _cluster["leaf-2"].Put("/a", "here", 5);
        var read = Begin("/a");
        _cluster.Advance(49);
        _thread.Run();
        Assert.True(read.IsUnderWay);
        _cluster.Advance(1);
        _thread.Run();
        using var reply = await read.Routed!.Value;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(FrameFlags.Hedge, Assert.Single(_cluster.Transport.Calls).Header.Flags);
        Assert.True(_first.Sent[0].WasCancelled);
        Assert.Equal(new RouterCounters(1, 1, 1, 0, 0, 0), _cluster.Router.Counters);
    }

    [Fact]
    public async Task A_slow_first_copy_may_still_win()
    {
        _cluster.Rule("leaf-2", Behaviour.Never);
        var read = Begin("/a");
        _cluster.Advance(50);
        _thread.Run();
        Assert.Single(_cluster.Transport.Calls);
        _first.Answer(0, StatusCode.Ok, "late");
        using var reply = await read.Routed!.Value;
        Assert.Equal("late", Encoding.UTF8.GetString(reply.Body.Span));
        Assert.True(_cluster.Transport.Calls[0].WasCancelled);
        Assert.Equal(new RouterCounters(1, 1, 0, 1, 0, 0), _cluster.Router.Counters);
    }

    [Fact]
    public async Task A_deadline_that_passes_is_told_and_the_copies_are_cancelled()
    {
        var cluster = new Cluster(replicas: 1);
        cluster.Transport.Links["leaf-1"] = _first;
        var thread = new FakeThread(cluster.Time);
        var read = Get("/a");
        Assert.True(read.TryBegin(cluster.Router.DirectCallsOf(thread)));
        cluster.Advance(cluster.Options.Timeout.TotalMilliseconds + 2);
        thread.Run();
        using var reply = await read.Routed!.Value;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.Contains("leaf-1", Cluster.TextOf(reply));
        Assert.True(_first.Sent[0].WasCancelled);
    }

    [Fact]
    public async Task A_newer_topology_is_followed()
    {
        var read = Begin("/a");
        _cluster.Topologies.TryReplace(Cluster.TopologyOf(2, 1, 2, 2));
        _first.Answer(0, StatusCode.WrongShard, BitConverter.GetBytes(2u));
        using var reply = await read.Routed!.Value;
        Assert.Equal(StatusCode.NotFound, reply.Status);
        Assert.Equal(2u, Assert.Single(_cluster.Transport.Calls).Header.Epoch);
    }

    [Fact]
    public void A_read_whose_reader_left_is_dropped()
    {
        var read = Begin("/a");
        read.Leave();
        Assert.True(_first.Sent[0].WasDropped);
        Assert.Equal(0, Health(0).InFlight);
        _cluster.Advance(100);
        _thread.Run();
        Assert.False(read.Routed.HasValue);
    }

    [Fact]
    public void What_is_no_plain_read_or_has_no_link_to_a_leaf_that_is_up_goes_the_other_way()
    {
        Assert.False(Get("/a", version: 7).TryBegin(_calls));
        Assert.False(Get("/a").TryBegin(_calls, FrameFlags.FromOwner));
        _first.IsFull = true;
        Assert.False(Get("/a").TryBegin(_calls));
        _first.IsFull = false;
        _cluster.Transport.Links.Remove("leaf-1");
        Assert.False(Get("/a").TryBegin(_calls));
        _cluster.Transport.Links["leaf-1"] = _first;
        for (var i = 0; i < 100; i++)
            Health(1).OnFailed(OperationClass.PointRead, _cluster.Time.GetTimestamp(), 0, isReached: false);
        Assert.False(Get("/a").TryBegin(_calls));
        Assert.Empty(_first.Sent);
        Assert.Equal(0, _cluster.Router.Counters.Requests);
    }

    [Fact]
    public void Many_reads_end_in_any_order_and_each_is_told_once()
    {
        var random = new Random(5);
        var reads = Enumerable.Range(0, 500).Select(i => Begin($"/{i}")).ToArray();
        var order = Enumerable.Range(0, reads.Length).ToArray();
        random.Shuffle(order);
        var answered = order.Take(400).ToHashSet();
        foreach (var i in order.Take(400)) _first.Answer(i, StatusCode.Ok, $"{i}");
        for (var i = 0; i < reads.Length; i++) Assert.Equal(answered.Contains(i) ? $"{i}" : null, reads[i].Text);
        _cluster.Rule("leaf-2", Behaviour.Never);
        _cluster.Advance(60);
        _thread.Run();
        Assert.Equal(100, reads.Count(read => read.Routed.HasValue));
        Assert.Equal(100, Health(0).InFlight);
    }

    [Fact]
    public void A_reader_that_is_told_may_leave_its_neighbours_and_read_on()
    {
        _cluster.Rule("leaf-2", Behaviour.Never);
        var reads = Enumerable.Range(0, 6).Select(i => Begin($"/{i}")).ToArray();
        TestedCall? next = null;
        reads[1].WhenRouted = () =>
        {
            reads[0].Leave();
            reads[2].Leave();
            reads[3].Leave();
            next = Begin("/next");
        };
        _cluster.Advance(60);
        _thread.Run();
        Assert.Equal([0, 1, 4, 5], Enumerable.Range(0, 6).Where(i => reads[i].Routed.HasValue));
        Assert.True(next!.IsUnderWay);
        _cluster.Advance(60);
        _thread.Run();
        Assert.True(next.Routed.HasValue);
        Assert.Equal(5, Health(0).InFlight);
    }

    [Fact]
    public void A_read_allocates_nothing()
    {
        var read = Get("/a");
        var link = new EchoLink();
        _cluster.Transport.Links["leaf-1"] = link;
        Run(1_000);
        var before = AllocatedBytes.Start();
        Run(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                read.Reset();
                Assert.True(read.TryBegin(_calls));
                link.Answer(StatusCode.NotFound);
            }
        }
    }

    private LeafHealth Health(int replica) => _cluster.Router.Table.Shards[0].Replicas[replica];

    private static TestedCall Get(string path, ulong version = 0) => new(Opcode.Get, path, version: version);

    private TestedCall Begin(string path)
    {
        var read = Get(path);
        Assert.True(read.TryBegin(_calls));
        return read;
    }
}
