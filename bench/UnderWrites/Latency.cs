using System.Globalization;
using Hedgerow.LoadGen.Arrivals;
using HdrHistogram;

namespace Hedgerow.Bench.UnderWrites;

/// <summary>The clock of a run, and histograms of nanoseconds on it.</summary>
internal static class Latency
{
    private const long NanosMax = 60_000_000_000;

    /// <summary>One for all threads.</summary>
    public static ILoadClock Clock { get; } = new MonotonicClock();

    /// <summary>Up to a minute, to three digits.</summary>
    public static LongHistogram NewHistogram() => new(1, NanosMax, 3);

    /// <summary>What a histogram can hold.</summary>
    public static long Bounded(long nanos) => Math.Clamp(nanos, 1, NanosMax);

    /// <summary>A quantile in milliseconds.</summary>
    public static double Millis(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? double.NaN : histogram.GetValueAtPercentile(percentile) / 1e6;

    /// <summary>Quantiles as cells of a table.</summary>
    public static string Cells(LongHistogram histogram) => string.Join(" | ", new[] { 50, 99, 99.9, 100 }.Select(
        percentile => Millis(histogram, percentile).ToString("F3", CultureInfo.InvariantCulture)));
}
