using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class MeasuringTests
{
    private const long Second = 1_000_000_000;
    private const long Milli = 1_000_000;

    [Fact]
    public async Task Stretches_of_time_add_up_to_the_whole_and_the_warm_up_is_apart()
    {
        var clock = new VirtualClock();
        var intervals = new List<Interval>();
        var loop = Loop(clock, _ => Milli, intervals, warmup: (Second * 5) / 2, seconds: 4);
        await loop.RunAsync(default);
        Assert.Equal([1.0, 1.0, 0.5], intervals.Where(i => i.IsWarmup).Select(i => Math.Round(i.Seconds, 2)));
        var counted = intervals.Where(i => !i.IsWarmup).ToList();
        Assert.Equal(2.5, counted[0].StartNanos / 1e9, 0.01);
        Assert.Equal(loop.Tally.Counted, counted.Sum(i => i.Answers));
        Assert.Equal(loop.Tally.Counted, counted.Sum(i => i.All().TotalCount));
        Assert.Equal(4, loop.CountedNanos / 1e9, 0.01);
    }

    [Fact]
    public void What_the_warm_up_sent_and_the_counted_time_answered_is_in_neither()
    {
        var tally = new LoadTally(Second);
        tally.Begin(0, isWarmup: true);
        tally.Answered(OperationKind.Get, 0, 0, 5, Outcome.Ok, "", counted: false);
        Assert.Equal(1, tally.Tick(Second, isWarmup: false).Answers);
        tally.Answered(OperationKind.Get, 0, 0, 5, Outcome.Ok, "", counted: false);
        tally.Answered(OperationKind.Get, Second, Second, Second + 5, Outcome.Failed, "Late", counted: true);
        tally.NotSent(OperationKind.Get, counted: true);
        var closed = tally.Tick(2 * Second, isWarmup: false);
        Assert.Equal((1, 2), (closed.Answers, closed.Failed));
        var record = tally.Records[(int)OperationKind.Get];
        Assert.Equal((2, 1), (record.Requests, record.Response.TotalCount));
        Assert.Equal(1, record.Errors["Late"]);
    }

    [Fact]
    public async Task A_warm_up_until_steady_ends_when_the_latency_stops_changing()
    {
        var clock = new VirtualClock();
        // A server that gets quicker over eight seconds.
        long Service(long now) => now > 8 * Second ? Milli / 10 : Milli - (now * 9 / 80_000);
        var loop = Loop(clock, Service, [], warmup: Second, seconds: 3, steady: true);
        var phases = loop.Phases;
        await loop.RunAsync(default);
        Assert.False(phases.IsUnsteady);
        // Five seconds of a window behind the last change.
        Assert.InRange(phases.WarmupSeconds, 9, 14);
        Assert.Equal(3, loop.CountedNanos / 1e9, 0.01);
    }

    [Fact]
    public async Task A_server_that_never_gets_steady_is_counted_after_the_bound_and_told_of()
    {
        var clock = new VirtualClock();
        var loop = Loop(clock, now => (now / Second % 2) == 0 ? Milli / 10 : Milli / 2, [], Second, 3, steady: true);
        await loop.RunAsync(default);
        Assert.True(loop.Phases.IsUnsteady);
        Assert.InRange(loop.Phases.WarmupSeconds, 20, 21.1);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(1_000)]
    public async Task Independent_arrivals_at_a_low_rate_are_steady_all_the_same(double rate)
    {
        var clock = new VirtualClock();
        var bounds = new LoadBounds(Second, Second, 1_000_000, 1_000_000);
        var phases = new RunPhases(bounds, new SteadyState(), 600 * Second);
        var requests = new DrawnRequests(new PoissonArrivals(rate, new Random(3)), Drawn.Reads());
        var server = new Server(clock, _ => Milli / 10);
        await new OpenLoop(bounds, phases, new LoadTally(Second), requests, server, clock, _ => { }).RunAsync(default);
        Assert.InRange(phases.WarmupSeconds, 5, 60);
        Assert.False(phases.IsUnsteady);
    }

    [Fact]
    public void Failures_are_no_steady_state()
    {
        var steady = new SteadyState();
        foreach (var interval in Runs.Made(20, 100, (_, _) => -1).Intervals) Assert.False(steady.Observe(interval));
        foreach (var interval in Runs.Made(4, 100, (_, _) => 1).Intervals) Assert.False(steady.Observe(interval));
        Assert.True(steady.Observe(Runs.Made(1, 100, (_, _) => 1).Intervals[0]));
    }

    [Fact]
    public void Who_is_led_counts_when_told_to()
    {
        var lead = new RunLead();
        var phases = new RunPhases(new LoadBounds(Second, Second, 10, 10), null, 60 * Second, lead);
        var interval = Runs.Made(1, 1, (_, _) => 1).Intervals[0];
        phases.Begin(0);
        phases.Observe(interval, 5 * Second);
        Assert.Equal(long.MaxValue, phases.CountFromNanos);
        lead.Count();
        phases.Observe(interval, 6 * Second);
        Assert.Equal((6 * Second, 7 * Second), (phases.CountFromNanos, phases.EndNanos));
    }

    [Fact]
    public void Runs_side_by_side_add_up()
    {
        var one = Runs.Made(3, 100, (_, _) => 1);
        var other = Runs.Made(4, 100, (s, i) => s == 3 && i == 99 ? -9 : 2);
        var both = RunOutcome.Merge([one, other]);
        Assert.Equal((700, 200), (both.Counted, both.RateAsked));
        Assert.Equal(1, both.Total(Outcome.Failed));
        Assert.Equal([200, 200, 200, 100], both.Intervals.Select(i => i.Answers));
        Assert.Equal(700, both.Intervals.Sum(i => i.All().TotalCount));
        Assert.InRange(both.AllResponses().GetValueAtPercentile(100), 8.9 * Milli, 9.1 * Milli);
    }

    [Fact]
    public void What_is_left_over_at_an_end_joins_the_stretch_before()
    {
        var list = new IntervalList(Second, _ => { });
        list.Take(new Interval(0, isWarmup: true, 2) { EndNanos = Second, Answers = 5 });
        list.Take(new Interval(Second, isWarmup: false, 2) { EndNanos = 2 * Second, Answers = 7 });
        list.Take(new Interval(2 * Second, isWarmup: false, 2) { EndNanos = (2 * Second) + Milli, Answers = 1 });
        Assert.Equal([5L, 8L], list.All.Select(i => i.Answers));
        Assert.Equal((2 * Second) + Milli, list.All[1].EndNanos);
    }

    [Fact]
    public async Task Observers_hear_of_all_stretches_in_their_order()
    {
        var heard = new Collector();
        var made = Runs.Made(50, 1, (_, _) => 1).Intervals;
        await using (var feed = new IntervalFeed([heard]))
        {
            foreach (var interval in made) feed.Take(interval);
        }

        Assert.Equal(made, heard.All);
    }

    private static TestLoop Loop(
        VirtualClock clock, Func<long, long> service, List<Interval> intervals, long warmup, int seconds,
        bool steady = false)
    {
        var bounds = new LoadBounds(warmup, seconds * Second, 1_000_000, 1_000_000);
        var phases = new RunPhases(bounds, steady ? new SteadyState() : null, 20 * Second);
        var requests = new DrawnRequests(new ConstantArrivals(1_000), Drawn.Reads());
        var loop = new OpenLoop(
            bounds, phases, new LoadTally(Second), requests, new Server(clock, service), clock, intervals.Add);
        return new TestLoop(loop, phases);
    }

    private sealed record TestLoop(OpenLoop Loop, RunPhases Phases)
    {
        public LoadTally Tally => Loop.Tally;

        public long CountedNanos => Loop.CountedNanos;

        public Task RunAsync(CancellationToken stop) => Loop.RunAsync(stop);
    }

    /// <summary>Takes its time on the sender's clock.</summary>
    private sealed class Server(VirtualClock clock, Func<long, long> service) : ILoadTarget
    {
        public ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation)
        {
            clock.NowNanos += service(clock.NowNanos);
            return ValueTask.FromResult((Outcome.Ok, ""));
        }
    }

    private sealed class Collector : IIntervalObserver
    {
        public List<Interval> All { get; } = [];

        public void Observe(Interval interval) => All.Add(interval);
    }
}
