using System.Text.Json.Serialization;
using HdrHistogram;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>A distribution in microseconds.</summary>
internal sealed record LatencySummary
{
    public required double Mean { get; init; }

    public required double P50 { get; init; }

    public required double P90 { get; init; }

    public required double P99 { get; init; }

    [JsonPropertyName("p99.9")]
    public required double P999 { get; init; }

    [JsonPropertyName("p99.99")]
    public required double P9999 { get; init; }

    public required double Max { get; init; }

    public static LatencySummary Of(HistogramBase histogram)
    {
        if (histogram.TotalCount == 0)
            return new LatencySummary { Mean = 0, P50 = 0, P90 = 0, P99 = 0, P999 = 0, P9999 = 0, Max = 0 };
        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1e3;
        return new LatencySummary
        {
            Mean = histogram.GetMean() / 1e3,
            P50 = At(50),
            P90 = At(90),
            P99 = At(99),
            P999 = At(99.9),
            P9999 = At(99.99),
            Max = histogram.GetMaxValue() / 1e3,
        };
    }
}
