using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Router.Tests;

/// <summary>
/// Writes that depend on what is stored, sent over a loop's own link to the one replica of their shard, and what
/// becomes of those that do not end well.
/// </summary>
public sealed class DirectDecisionTests
{
    private static readonly byte[] Five = BitConverter.GetBytes(5L);

    private readonly Cluster _cluster = new(replicas: 1);
    private readonly FakeLink _link = new();
    private readonly FakeThread _thread;
    private readonly DirectCalls _calls;

    public DirectDecisionTests()
    {
        // The first write has the collections asked for.
        var warm = _cluster.Client.SetAsync("/warm", "1"u8.ToArray()).AsTask();
        Assert.True(warm.IsCompletedSuccessfully);
        _cluster.Transport.Calls.Clear();
        _cluster.Transport.Links["leaf-1"] = _link;
        _thread = new FakeThread(_cluster.Time);
        _calls = _cluster.Router.DirectCallsOf(_thread);
    }

    [Theory]
    [InlineData(Opcode.Add)]
    [InlineData(Opcode.Replace)]
    [InlineData(Opcode.CompareAndSet)]
    public void What_the_owner_took_is_told_with_one_replica(Opcode opcode)
    {
        var write = Begin(opcode);
        Assert.NotEqual(0ul, write.Stamped);
        Assert.Equal(FrameFlags.None, _link.Sent[0].Header.Flags);
        _link.Answer(0, StatusCode.Ok, [], write.Stamped + 3);
        Assert.Equal((StatusCode.Ok, write.Stamped + 3, 1), (write.Status, write.AnsweredVersion, write.Replicas));
        Assert.Equal(0, Owner.InFlight);
        Assert.Empty(_cluster.Transport.Calls);
        Assert.True(Begin(Opcode.Set).Stamped > write.AnsweredVersion);
    }

    [Theory]
    [InlineData(Opcode.Increment)]
    [InlineData(Opcode.Append)]
    public void A_number_stands_before_the_replicas(Opcode opcode)
    {
        var write = Begin(opcode);
        _link.Answer(0, StatusCode.Ok, Five, write.Stamped);
        Assert.Equal([.. Five, 1, 0], Encoding.UTF8.GetBytes(write.Text!));
    }

    [Fact]
    public void An_entry_that_was_asked_for_is_given_as_it_came()
    {
        var write = new TestedCall(Opcode.Increment, "/a");
        Assert.True(write.TryBegin(_calls, FrameFlags.ReturnEntry));
        Assert.Equal(FrameFlags.ReturnEntry, _link.Sent[0].Header.Flags);
        _link.Answer(0, StatusCode.Ok, "entry");
        Assert.Equal((StatusCode.Ok, "entry"), (write.Status, write.Text));
    }

    [Theory]
    [InlineData(StatusCode.Exists)]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.VersionMismatch)]
    public void A_refusal_is_an_answer(StatusCode status)
    {
        var write = Begin(Opcode.Add);
        _link.Answer(0, status, [], version: 77);
        Assert.Equal((status, 77ul), (write.Status, write.AnsweredVersion));
        Assert.False(write.Routed.HasValue);
        Assert.Equal(0, Owner.InFlight);
    }

    [Theory]
    [InlineData(StatusCode.NotANumber)]
    [InlineData(StatusCode.WrongKind)]
    [InlineData(StatusCode.TooLarge)]
    public async Task An_error_is_a_routed_call_s_and_is_not_tried_again(StatusCode status)
    {
        var write = Begin(Opcode.Increment);
        _link.Answer(0, status, "why");
        using var reply = await write.Routed!.Value;
        Assert.Equal((status, "why"), (reply.Status, Cluster.TextOf(reply)));
        Assert.Empty(_cluster.Transport.Calls);
        Assert.Equal(0, Owner.InFlight);
    }

    [Fact]
    public async Task An_owner_that_is_lost_is_not_asked_again_because_it_may_have_happened()
    {
        var write = Begin(Opcode.Increment);
        _link.Answer(0, StatusCode.Unavailable, "gone");
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.Unavailable, reply.Status);
        Assert.Contains("it may have happened", Cluster.TextOf(reply), StringComparison.Ordinal);
        Assert.Empty(_cluster.Transport.Calls);
    }

    [Fact]
    public async Task A_slow_clock_does_not_refuse_it()
    {
        var write = Begin(Opcode.Add);
        var stored = write.Stamped + 5_000;
        _link.Answer(0, StatusCode.VersionTooOld, [], stored);
        using var reply = await write.Routed!.Value;
        Assert.Equal((StatusCode.Ok, stored + 1), (reply.Status, reply.Header.Version));
        Assert.Single(_cluster.Transport.Calls);
    }

    [Fact]
    public async Task A_newer_topology_is_followed()
    {
        var write = Begin(Opcode.Add);
        _cluster.Topologies.TryReplace(Cluster.TopologyOf(2, 1, 1, 1));
        _link.Answer(0, StatusCode.WrongShard, BitConverter.GetBytes(2u));
        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal([2u], _cluster.Transport.Calls.Select(call => call.Header.Epoch));
    }

    [Fact]
    public async Task A_deadline_that_passes_is_told_and_the_request_is_cancelled()
    {
        var write = Begin(Opcode.Increment);
        for (var ms = 0; ms <= _cluster.Options.Timeout.TotalMilliseconds; ms += 10)
        {
            _cluster.Advance(10);
            _thread.Run();
        }

        using var reply = await write.Routed!.Value;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.True(_link.Sent[0].WasCancelled);
        Assert.Single(_link.Sent);
    }

    [Fact]
    public void One_whose_writer_left_goes_on()
    {
        var write = Begin(Opcode.Increment);
        Assert.False(write.Leave());
        _link.Answer(0, StatusCode.Ok, Five);
        Assert.Null(write.Status);
        Assert.Equal(0, Owner.InFlight);
    }

    [Fact]
    public void A_decision_allocates_nothing()
    {
        var echo = new EchoLink();
        _cluster.Transport.Links["leaf-1"] = echo;
        var write = new TestedCall(Opcode.Add, "/a", "value") { IsQuiet = true };
        Run(1_000);
        var before = AllocatedBytes.Start();
        Run(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                write.Reset();
                Assert.True(write.TryBegin(_calls));
                echo.Answer(StatusCode.Ok);
            }
        }
    }

    private LeafHealth Owner => _cluster.Router.Table.Shards[0].Owner;

    private TestedCall Begin(Opcode opcode)
    {
        var write = new TestedCall(opcode, "/a", opcode == Opcode.Increment ? "" : "value");
        Assert.True(write.TryBegin(_calls));
        return write;
    }
}
