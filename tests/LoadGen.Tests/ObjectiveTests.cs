using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class ObjectiveTests
{
    /// <summary>1,000 answers: 980 in 1 ms, 15 in 10 ms, 5 that failed after 50 ms.</summary>
    private static readonly RunOutcome Run =
        Runs.Made(10, 100, (s, i) => i < 98 ? 1 : (s * 2) + (i - 98) < 15 ? 10 : -50);

    [Theory]
    [InlineData("p50<2ms", true)]
    [InlineData("p50<=900us", false)]
    [InlineData("p99<11ms", true)]
    [InlineData("p99<9ms", false)]
    [InlineData("p99.4<11ms", true)]
    [InlineData("p99.9<60ms", false)]
    [InlineData("p99.9<40ms", false)]
    [InlineData("max<1s", true)]
    [InlineData("mean<2ms", true)]
    [InlineData("errors<1%", true)]
    [InlineData("errors<=0.5%", true)]
    [InlineData("errors<0.5%", false)]
    [InlineData("errors<0.001", false)]
    [InlineData("misses<=0", true)]
    [InlineData("rate>=99.5", true)]
    [InlineData("rate>99.5", false)]
    [InlineData("get.p99<11ms", true)]
    [InlineData("set.p99<11ms", false)]
    [InlineData("get.p99.9<40ms", false)]
    [InlineData(" p50 < 2ms , errors < 1% ", true)]
    public void A_condition_is_judged_by_the_run(string text, bool expected)
    {
        var objective = Objective.Parse(text, out var error);
        Assert.Null(error);
        Assert.Equal(expected, objective!.Judge(Run).All(c => c.IsMet));
    }

    [Theory]
    [InlineData("")]
    [InlineData("p99")]
    [InlineData("p99<5")]
    [InlineData("p99=5ms")]
    [InlineData("p0<5ms")]
    [InlineData("p100<5ms")]
    [InlineData("errors<x%")]
    [InlineData("scans.p99<5ms")]
    [InlineData("p99<5ms,")]
    [InlineData("speed>5")]
    public void What_is_no_condition_is_told_with_what_is_allowed(string text)
    {
        Assert.Null(Objective.Parse(text, out var error));
        Assert.Contains("p99<5ms,errors<0.1%", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000, 7_300)]
    [InlineData(50_000, 7_300)]
    [InlineData(7_300, 7_300)]
    [InlineData(10, 3)]
    public void The_search_ends_within_a_twentieth_below_the_highest_rate(double start, double capacity)
    {
        var search = new RateSearch(start);
        while (!search.IsDone) search.Tried(search.Rate <= capacity);
        Assert.InRange(search.Best, capacity / RateSearch.Precision, capacity);
        Assert.InRange(search.Missed, capacity, capacity * RateSearch.Precision);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void A_percentile_is_missed_when_more_failed_than_lie_beyond_it(int failed, bool expected)
    {
        // They fail at once, so that the times alone look well.
        var run = Runs.Made(1, 1_000, (_, i) => i < failed ? -0.1 : 1);
        var of = Assert.Single(Objective.Parse("p99<5ms", out _)!.Judge(run));
        Assert.Equal(expected, of.IsMet);
        Assert.Equal(!expected, of.Value.Contains("failed", StringComparison.Ordinal));
    }

    [Fact]
    public void Searches_without_all_shards_can_be_held_against_it()
    {
        var run = Runs.Made(1, 96, (_, _) => 1);
        for (var i = 0; i < 4; i++)
            run.Records.Single(r => !r.IsEmpty).Answered(0, 0, 1_000_000, Outcome.Partial, "");
        Assert.True(Objective.Parse("partial<=4%,errors<=0", out _)!.Judge(run).All(c => c.IsMet));
        Assert.False(Objective.Parse("partial<4%", out _)!.Judge(run)[0].IsMet);
    }

    [Fact]
    public void What_was_not_sent_counts_as_failed()
    {
        var run = Runs.Made(1, 1_000, (_, _) => 1);
        for (var i = 0; i < 20; i++) run.Records.Single(r => !r.IsEmpty).NotSent();
        Assert.False(Objective.Parse("p99<5ms", out _)!.Judge(run)[0].IsMet);
        Assert.True(Objective.Parse("p95<5ms", out _)!.Judge(run)[0].IsMet);
        Assert.True(Objective.Parse("rate<=1000", out _)!.Judge(run)[0].IsMet);
    }

    [Theory]
    [InlineData(66, true)]
    [InlineData(64, false)]
    public async Task Few_requests_that_fall_due_unevenly_are_not_the_generators_fault(int sent, bool expected)
    {
        // 95 % of 100, less three times the root of 100.
        var objective = Objective.Parse("p99<5ms", out _)!;
        var request = new RunRequest(100, new LoadBounds(1, 1, 1, 1), false, 0, 1_000_000_000);
        var steps = new List<RampStep>();
        var server = new Queue(perSecond: 100_000) { SentMax = sent };
        await new Ramp(server, objective, 1, steps.Add).SearchAsync(request, _ => { }, default);
        Assert.Equal(expected, steps[0].IsMet);
    }

    [Fact]
    public void One_miss_alone_is_not_believed()
    {
        var search = new RateSearch(1_000);
        search.Tried(isMet: false);
        Assert.Equal((1_000, false), (search.Rate, search.IsDone));
        search.Tried(isMet: true);
        Assert.Equal((2_000, 1_000), (search.Rate, search.Best));
    }

    [Fact]
    public void The_search_ends_when_no_rate_is_low_enough_and_when_none_is_high_enough()
    {
        var hopeless = new RateSearch(100);
        while (!hopeless.IsDone) hopeless.Tried(isMet: false);
        Assert.Equal(0, hopeless.Best);
        var endless = new RateSearch(100);
        while (!endless.IsDone) endless.Tried(isMet: true);
        Assert.InRange(endless.Best, Cli.LoadOptions.RateMax / 2, Cli.LoadOptions.RateMax);
    }

    [Fact]
    public async Task A_ramp_finds_what_a_server_can_do_and_tells_why_more_missed()
    {
        var server = new Queue(perSecond: 5_000);
        var steps = new List<RampStep>();
        var objective = Objective.Parse("p99<5ms", out _)!;
        var request = new RunRequest(1_000, new LoadBounds(1, 1, 1, 1), false, 0, 1_000_000_000);
        var ramp = await new Ramp(server, objective, 1, steps.Add).SearchAsync(request, _ => { }, default);
        Assert.InRange(ramp.Best, 4_700, 5_000);
        Assert.Equal(steps, ramp.Steps);
        Assert.All(steps.Where(s => !s.IsMet), s => Assert.Contains("p99<5ms was", s.Why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_generator_that_can_not_send_a_rate_does_not_pass_for_a_server_that_can_take_it()
    {
        var server = new Queue(perSecond: 100_000) { SentMax = 3_000, Seconds = 100 };
        var objective = Objective.Parse("p99<5ms", out _)!;
        var request = new RunRequest(1_000, new LoadBounds(1, 1, 1, 1), false, 0, 1_000_000_000);
        var ramp = await new Ramp(server, objective, 1, _ => { }).SearchAsync(request, _ => { }, default);
        Assert.InRange(ramp.Best, 2_800, 3_200);
        Assert.Contains(ramp.Steps, s => s.Why.Contains("generator", StringComparison.Ordinal));
    }

    /// <summary>Answers in 1 ms up to its capacity, and in a second above.</summary>
    private sealed class Queue(double perSecond) : ILoadDriver
    {
        public double SentMax { get; init; } = double.MaxValue;

        public int Seconds { get; init; } = 1;

        public Task FillAsync(CancellationToken stop) => Task.CompletedTask;

        public Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
        {
            var sent = (int)Math.Min(request.Rate, SentMax);
            var run = Runs.Made(1, Math.Max(1, sent / 100), (_, _) => request.Rate <= perSecond ? 1 : 1_000);
            return Task.FromResult(run with { Counted = (long)sent * Seconds, Seconds = Seconds });
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
