using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Running;

/// <summary>Runs at one rate after the other until the highest that keeps an objective is known.</summary>
/// <param name="driver">Sends.</param>
/// <param name="objective">To be kept.</param>
/// <param name="stepNanos">Counted time of each run.</param>
/// <param name="onStep">Hears of each run.</param>
internal sealed class Ramp(ILoadDriver driver, Objective objective, long stepNanos, Action<RampStep> onStep)
{
    /// <summary>A generator that sends less does not show what the server does at that rate.</summary>
    private const double RateShareMin = 0.95;

    /// <summary>Standard deviations by which fewer may fall due by chance, as of independent users.</summary>
    private const double ChanceDeviations = 3;

    /// <summary>What a rate is warmed up for: it need only settle, since the first run warmed the server.</summary>
    private const long SettleNanosMax = 1_000_000_000;

    /// <summary>Searches, starting at the request's rate.</summary>
    public async Task<RampReport> SearchAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
    {
        var search = new RateSearch(request.Rate);
        var steps = new List<RampStep>();
        var warmup = request.Bounds.WarmupNanos;
        while (!search.IsDone && !stop.IsCancellationRequested)
        {
            var bounds = request.Bounds with { WarmupNanos = warmup, DurationNanos = stepNanos };
            var isFirst = steps.Count == 0;
            var run = await driver.RunAsync(
                request with { Rate = search.Rate, Bounds = bounds, UntilSteady = request.UntilSteady && isFirst },
                onInterval, stop);
            warmup = Math.Min(warmup, SettleNanosMax);
            if (stop.IsCancellationRequested) break;
            var step = Judge(search.Rate, run);
            steps.Add(step);
            onStep(step);
            search.Tried(step.IsMet);
        }

        return new RampReport(search.Best, steps);
    }

    private RampStep Judge(double rate, RunOutcome run)
    {
        var missed = objective.Judge(run).Where(c => !c.IsMet).Select(c => $"{c.Condition} was {c.Value}").ToList();
        var sent = run.Seconds > 0 ? run.Counted / run.Seconds : 0;
        var byChance = run.Seconds > 0 ? ChanceDeviations * Math.Sqrt(rate / run.Seconds) : 0;
        if (sent < (rate * RateShareMin) - byChance) missed.Add("the generator could not send that many");
        var requests = run.Records.Sum(r => r.Requests);
        return new RampStep(
            rate, sent, missed.Count == 0, string.Join("; ", missed), LatencySummary.Of(run.AllResponses()),
            requests > 0 ? (double)run.Total(Outcome.Failed) / requests : 0);
    }
}
