using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

/// <summary>A clock that stands still until somebody waits for it.</summary>
internal sealed class VirtualClock : ILoadClock
{
    public long NowNanos { get; set; }

    public void WaitUntil(long nanos) => NowNanos = Math.Max(NowNanos, nanos);
}

/// <summary>Draws for tests that do not care what is asked.</summary>
internal static class Drawn
{
    /// <summary>Reads of ten keys.</summary>
    public static OperationSource Reads() => Of("get=1");

    public static OperationSource Of(string mix, long keys = 10)
    {
        Assert.True(OperationMix.TryParse(mix, out var parsed));
        Assert.True(ValueSizes.TryParse("10", out var sizes));
        var space = new KeySpace(keys, 0, 1);
        return new OperationSource(
            new UniformKeys(keys, new Random(1)), space, sizes!, parsed!, new QueriesInTurn(["q"]),
            new OperationTraits(0, 10), new Random(1));
    }

    /// <summary>Numbered paths and values that stand for them.</summary>
    public static RequestContent Content(string prefix = "/load/") =>
        new(PathNames.Numbered(prefix), "value-of-ten"u8.ToArray(), "words", SearchSize: 3, ScanKeysMax: 10);
}

/// <summary>Runs without a server.</summary>
internal static class Runs
{
    private const long Second = 1_000_000_000;

    /// <summary>What a loop that ran came to.</summary>
    public static RunOutcome Of(OpenLoop loop, double rate) => new()
    {
        Seconds = loop.CountedNanos / 1e9,
        RateAsked = rate,
        Counted = loop.Tally.Counted,
        Records = loop.Tally.Records,
        Lateness = loop.Tally.Lateness,
        Intervals = [],
    };

    /// <summary>
    /// A run of so many seconds whose answers take what a function says, in milliseconds, and fail where it is below 0.
    /// </summary>
    public static RunOutcome Made(int seconds, int perSecond, Func<int, int, double> millis)
    {
        var tally = new LoadTally(Second);
        var intervals = new List<Interval>();
        tally.Begin(0, isWarmup: false);
        for (var s = 0; s < seconds; s++)
        {
            for (var i = 0; i < perSecond; i++)
            {
                var due = (s * Second) + (i * Second / perSecond);
                var took = millis(s, i);
                tally.Sent(due, due);
                tally.Answered(
                    OperationKind.Get, due, due, due + (long)(Math.Abs(took) * 1e6),
                    took < 0 ? Outcome.Failed : Outcome.Ok, took < 0 ? "Refused" : "", counted: true);
            }

            intervals.Add(tally.Tick((s + 1) * Second, isWarmup: false));
        }

        return new RunOutcome
        {
            Seconds = seconds,
            RateAsked = perSecond,
            Counted = tally.Counted,
            Records = tally.Records,
            Lateness = tally.Lateness,
            Intervals = intervals,
        };
    }
}
