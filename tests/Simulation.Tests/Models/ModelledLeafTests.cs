using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Leaves;
using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Simulation.Tests;

/// <summary>One modelled leaf with one core, a request to which takes 10 ms of work and no time on the wire.</summary>
public sealed class ModelledLeafTests
{
    private const long Millisecond = 1_000_000;
    private readonly VirtualTime _time = new();

    [Fact]
    public void Requests_are_served_one_after_the_other_and_say_how_long_they_waited()
    {
        var (leaf, network) = Make(new LeafModel());
        var (first, second) = (Send(network), Send(network));
        Assert.Equal(10, EndOf(first));
        Assert.Equal(20, EndOf(second));
        Assert.Equal(10_000u, second.Reply!.Value.Header.QueueMicros);
        Assert.Equal(10_000u, second.Reply!.Value.Header.ServiceMicros);
        Assert.Equal(1, first.Reply!.Value.Header.QueueLength);
        Assert.Equal(2, leaf.Counts.Served);
    }

    [Fact]
    public void A_stall_puts_off_the_end_of_what_runs_and_the_start_of_what_waits()
    {
        var (leaf, network) = Make(new LeafModel());
        var (first, second) = (Send(network), Send(network));
        _time.After(4 * Millisecond, () => leaf.Stall(30 * Millisecond));
        // Into the first: together they end at 40.
        _time.After(20 * Millisecond, () => leaf.Stall(20 * Millisecond));
        Assert.Equal(46, EndOf(first));
        Assert.Equal(56, EndOf(second));
    }

    [Fact]
    public void A_cancel_ends_the_work_and_the_next_begins()
    {
        var (_, network) = Make(new LeafModel());
        var (first, second) = (Send(network), Send(network));
        _time.After(3 * Millisecond, first.Cancel.Cancel);
        Assert.Equal(13, EndOf(second));
        Assert.Equal(StatusCode.Cancelled, first.Reply!.Value.Status);
    }

    [Fact]
    public void A_leaf_that_heeds_no_cancel_works_for_nobody()
    {
        var (leaf, network) = Make(new LeafModel { HeedsCancel = false });
        var (first, second) = (Send(network), Send(network));
        _time.After(3 * Millisecond, first.Cancel.Cancel);
        Assert.Equal(20, EndOf(second));
        Assert.Equal(1, leaf.Counts.Wasted);
    }

    [Fact]
    public void What_waits_past_its_deadline_is_dropped_without_work()
    {
        var (leaf, network) = Make(new LeafModel());
        var (first, second) = (Send(network), Send(network, deadlineMs: 5));
        Assert.Equal(10, EndOf(first));
        Assert.Equal(10, EndOf(second));
        Assert.Equal(StatusCode.DeadlineExceeded, second.Reply!.Value.Status);
        Assert.Equal(1, leaf.Counts.Served);
    }

    [Fact]
    public void A_full_queue_refuses_at_once()
    {
        var (_, network) = Make(new LeafModel { QueueMax = 1 });
        Send(network);
        Send(network);
        var third = Send(network);
        Assert.Equal(0, EndOf(third));
        Assert.Equal(StatusCode.Overloaded, third.Reply!.Value.Status);
    }

    [Fact]
    public void A_queue_that_stands_refuses_who_has_waited_his_share()
    {
        var (leaf, network) = Make(new LeafModel { Shed = new ShedModel { Share = 0.5 } });
        var all = Enumerable.Range(0, 60).Select(_ => Send(network, deadlineMs: 400)).ToArray();
        foreach (var sent in all) EndOf(sent);
        var refused = all.Where(sent => sent.Reply!.Value.Status == StatusCode.Overloaded).ToArray();
        Assert.InRange(refused.Length, 35, 45);
        Assert.All(refused, sent => Assert.InRange(sent.EndedAt / Millisecond, 200, 400));
        Assert.Equal(0, leaf.Counts.Wasted);
    }

    [Fact]
    public void A_leaf_that_sheds_has_the_order_and_the_foresight_of_the_product()
    {
        var (leaf, network) = Make(new LeafModel { Shed = new ShedModel() });
        // What they take is known from the first.
        Assert.Equal(10, EndOf(Send(network, deadlineMs: 1_000)));
        var (running, patient, urgent) = (Send(network), Send(network, 1_000), Send(network, 500));
        // Its turn comes first, and then it has less time left than any took.
        var late = Send(network, 15);
        Assert.Equal([20L, 20L, 30L, 40L], new[] { EndOf(running), EndOf(late), EndOf(urgent), EndOf(patient) });
        Assert.Equal(StatusCode.Overloaded, late.Reply!.Value.Status);
        Assert.Equal(0, leaf.Counts.Wasted);
    }

    [Fact]
    public void A_crash_breaks_the_connections_of_all_that_wait_and_later_ones_are_refused()
    {
        var (leaf, network) = Make(new LeafModel());
        var (first, second) = (Send(network), Send(network));
        _time.After(4 * Millisecond, leaf.Crash);
        Assert.Equal(4, EndOf(first));
        Assert.Equal(4, EndOf(second));
        var third = Send(network);
        Assert.Equal(4, EndOf(third));
        Assert.All([first, second, third], s => Assert.Equal(StatusCode.Unavailable, s.Reply!.Value.Status));
        leaf.Start();
        var fourth = Send(network);
        Assert.Equal(14, EndOf(fourth));
        Assert.Equal(StatusCode.Ok, fourth.Reply!.Value.Status);
    }

    [Fact]
    public void What_a_leaf_was_at_when_it_crashed_was_work_all_the_same()
    {
        var (leaf, network) = Make(new LeafModel());
        leaf.BeginCounting();
        var first = Send(network);
        _time.After(4 * Millisecond, leaf.Crash);
        Assert.Equal(4, EndOf(first));
        leaf.EndCounting();
        Assert.Equal(4 * Millisecond, leaf.Counts.BusyNanos);
    }

    [Fact]
    public void A_slow_leaf_takes_longer_and_a_late_one_answers_later_while_it_works_on()
    {
        var (leaf, network) = Make(new LeafModel());
        leaf.Slowness = 3;
        leaf.Late = new Distribution.Constant(5 * Millisecond);
        var (first, second) = (Send(network), Send(network));
        Assert.Equal(35, EndOf(first));
        Assert.Equal(65, EndOf(second));
    }

    private (ModelledLeaf Leaf, SimNetwork Network) Make(LeafModel model)
    {
        var layout = new Server.Simulation.ClusterLayout(new ClusterShape { Shards = 1 });
        var leaf = new ModelledLeaf(
            _time, model with { Service = new Distribution.Constant(10 * Millisecond) }, new CannedAnswers(),
            new Random(1));
        var links = new ModelledLinks(new NetworkModel { OneWay = Distribution.Zero }, 1, new Random(1));
        return (leaf, new SimNetwork(_time, layout.Topology, [leaf], links));
    }

    private Sent Send(SimNetwork network, uint deadlineMs = 0)
    {
        var command = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 };
        var body = new byte[command.Length];
        command.WriteTo(body);
        var sent = new Sent();
        var header = new RequestHeader { Opcode = Opcode.Get, DeadlineMicros = deadlineMs * 1_000 };
        var answer = network.SendAsync(new LeafEndpoint("leaf-0", "h:1"), header, body, sent.Cancel.Token);
        _ = sent.WatchAsync(answer, _time);
        return sent;
    }

    /// <summary>Runs until it is answered; the millisecond.</summary>
    private long EndOf(Sent sent)
    {
        while (sent.Reply is null) Assert.True(_time.Step(), "it is never answered");
        return sent.EndedAt / Millisecond;
    }

    private sealed class Sent
    {
        public CancellationTokenSource Cancel { get; } = new();

        public Reply? Reply { get; private set; }

        public long EndedAt { get; private set; }

        public async Task WatchAsync(ValueTask<Reply> answer, VirtualTime time)
        {
            Reply = await answer.ConfigureAwait(false);
            EndedAt = time.Now;
        }
    }
}
