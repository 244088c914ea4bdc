namespace Hedgerow.Protocol;

/// <summary>What is computed of numbers. The values are wire bytes.</summary>
public enum MetricKind : byte
{
    /// <summary>The lowest.</summary>
    Min = 1,

    /// <summary>The highest.</summary>
    Max = 2,

    /// <summary>The sum, correctly rounded.</summary>
    Sum = 3,

    /// <summary>The sum by the count.</summary>
    Average = 4,

    /// <summary>How many values there are.</summary>
    ValueCount = 5,

    /// <summary>All of these.</summary>
    Stats = 6,

    /// <summary>And squares, variances, standard deviations.</summary>
    ExtendedStats = 7,
}

/// <summary>One number, or some, of a number, integer, date or boolean field; of a keyword field only the
/// count.</summary>
public sealed record MetricAggregation : Aggregation
{
    /// <summary>What.</summary>
    public required MetricKind Kind { get; init; }

    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }

    /// <summary>Standard deviations of the bounds that extended statistics tell, 0 or more.</summary>
    public double Sigma { get; init; } = 2;
}

/// <summary>How many different values a field has; any field but text.</summary>
/// <remarks>
/// Exact (but for two values of the same 64-bit hash) up to the threshold; beyond it a HyperLogLog of at least four
/// registers for each of it, with Ertl's estimator: a relative standard error of about 1.04 by the root of the
/// registers.
/// </remarks>
public sealed record CardinalityAggregation : Aggregation
{
    /// <summary>Highest threshold: 40,000.</summary>
    public const int ThresholdMax = 40_000;

    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Up to how many it is exact, 0 to <see cref="ThresholdMax"/>.</summary>
    public int PrecisionThreshold { get; init; } = 3_000;
}

/// <summary>Values below which given shares of all values lie; number, integer and date fields.</summary>
/// <remarks>
/// A DDSketch (Masson, Rim, Lee, VLDB 2019): each value told is within the relative error of the exact one of that
/// rank, and the same to the last bit whatever the shards.
/// </remarks>
public sealed record PercentilesAggregation : Aggregation
{
    /// <summary>What is asked for where nothing else is.</summary>
    public static IReadOnlyList<double> Standard { get; } = [1, 5, 25, 50, 75, 95, 99];

    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Shares, 0 to 100.</summary>
    public IReadOnlyList<double> Percents { get; init; } = Standard;

    /// <summary>See <see cref="DistributionSketch"/>.</summary>
    public double RelativeError { get; init; } = DistributionSketch.StandardError;

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }
}

/// <summary>Shares of all values that lie at or below given ones; the sketch is that of percentiles.</summary>
public sealed record PercentileRanksAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>The values.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>See <see cref="DistributionSketch"/>.</summary>
    public double RelativeError { get; init; } = DistributionSketch.StandardError;

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }
}

/// <summary>
/// The mean of values weighted by those of another field, which a document has one of at most; number, integer, date
/// and boolean fields. The sums that it is the quotient of are exact.
/// </summary>
public sealed record WeightedAverageAggregation : Aggregation
{
    /// <summary>The field of the values; each of a document's counts with the document's weight.</summary>
    public required string Field { get; init; }

    /// <summary>The field of the weights.</summary>
    public required string Weight { get; init; }

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }

    /// <summary>The weight of documents without one; null leaves them out.</summary>
    public double? MissingWeight { get; init; }
}

/// <summary>
/// The median of the distances of values from their median; number, integer and date fields. Both are told by the
/// sketch of percentiles: within the relative error of the two magnitudes that the result is the difference of.
/// </summary>
public sealed record MedianDeviationAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>See <see cref="DistributionSketch"/>.</summary>
    public double RelativeError { get; init; } = DistributionSketch.StandardError;

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }
}

/// <summary>The best documents of each bucket.</summary>
public sealed record TopHitsAggregation : Aggregation
{
    /// <summary>Hits of a bucket, with <see cref="From"/> at most <see cref="AggregationLimits.HitsMax"/>.</summary>
    public int Size { get; init; } = 3;

    /// <summary>Hits to pass over.</summary>
    public int From { get; init; }

    /// <summary>Their order; empty for the score.</summary>
    public IReadOnlyList<SortKey> Sort { get; init; } = [];

    /// <summary>Whether they carry the document's JSON.</summary>
    public bool WithSource { get; init; } = true;

    /// <summary>As in <see cref="SearchRequest"/>.</summary>
    public IReadOnlyList<string> SourceFields { get; init; } = [];

    /// <summary>As in <see cref="SearchRequest"/>.</summary>
    public IReadOnlyList<string> SourceExcludes { get; init; } = [];
}
