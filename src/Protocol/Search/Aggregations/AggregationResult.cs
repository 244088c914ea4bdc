namespace Hedgerow.Protocol;

/// <summary>The result of one aggregation over all shards.</summary>
/// <param name="Name">Its name in the request.</param>
public abstract record AggregationResult(string Name);

/// <summary>One bucket.</summary>
/// <param name="Key">
/// The term, or where the bucket begins (whole numbers for integers, dates in Unix milliseconds and booleans); the name
/// of a range or filter; none for filters without names.
/// </param>
/// <param name="Count">Documents.</param>
/// <param name="Within">Results within.</param>
public sealed record AggregationBucket(SortValue Key, long Count, IReadOnlyList<AggregationResult> Within)
{
    /// <summary>The key of a date in RFC 3339, in the time zone of the request; true or false; else null.</summary>
    public string? KeyText { get; init; }

    /// <summary>
    /// How many documents may be missing from the count, because shards did not send this bucket; null where counts are
    /// exact by their kind.
    /// </summary>
    public long? ErrorBound { get; init; }

    /// <summary>Of a composite the values of the key, in the order of the sources; of a range its bounds.</summary>
    public IReadOnlyList<SortValue> Keys { get; init; } = [];

    /// <summary>Documents of the background that have the term (significant terms).</summary>
    public long? BackgroundCount { get; init; }

    /// <summary>How significant it is (significant terms).</summary>
    public double? Score { get; init; }

    /// <summary>A result within by its name; null when there is none.</summary>
    public AggregationResult? Find(string name) => Within.FirstOrDefault(result => result.Name == name);
}

/// <summary>Buckets in their order.</summary>
public sealed record BucketsResult(string Name, IReadOnlyList<AggregationBucket> Buckets) : AggregationResult(Name)
{
    /// <summary>
    /// How many documents a bucket that is not here may have at most; 0 means that the buckets and their counts are
    /// exact. Null where that is so by their kind.
    /// </summary>
    public long? ErrorBound { get; init; }

    /// <summary>Documents of the buckets that are not here (terms).</summary>
    public long? OtherCount { get; init; }

    /// <summary>Of a composite, the key of the last bucket, to go on behind; else empty.</summary>
    public IReadOnlyList<SortValue> After { get; init; } = [];

    /// <summary>Of a composite, the names of its sources; else empty.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether buckets are told apart by their names rather than by their order (filters).</summary>
    public bool IsNamed { get; init; }

    /// <summary>Documents that significant terms are of.</summary>
    public long? Total { get; init; }

    /// <summary>Documents that they are compared with.</summary>
    public long? Background { get; init; }
}

/// <summary>A bucket that is alone: filter, global, missing.</summary>
public sealed record BucketResult(string Name, long Count, IReadOnlyList<AggregationResult> Within)
    : AggregationResult(Name);

/// <summary>One number; null when there was no value to make it of.</summary>
/// <param name="Name">Its name in the request.</param>
/// <param name="Value">The number.</param>
public sealed record NumberResult(string Name, double? Value) : AggregationResult(Name)
{
    /// <summary>Of dates, the number as RFC 3339; else null.</summary>
    public string? Text { get; init; }

    /// <summary>The buckets that the highest or lowest number is of (max_bucket, min_bucket).</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];
}

/// <summary>Statistics of some values; without any, all but the count and the sum are null.</summary>
public sealed record StatsResult(string Name, long Count, double? Min, double? Max, double? Average, double Sum)
    : AggregationResult(Name)
{
    /// <summary>Squares and spread; null unless they were asked for.</summary>
    public SpreadResult? Spread { get; init; }
}

/// <summary>How far values are spread; null where there are none, or too few.</summary>
/// <param name="SumOfSquares">Sum of the squares.</param>
/// <param name="Variance">Mean square distance from the mean.</param>
/// <param name="SampleVariance">The same of a sample: by one fewer than there are.</param>
/// <param name="Sigma">Standard deviations of the bounds.</param>
public sealed record SpreadResult(double? SumOfSquares, double? Variance, double? SampleVariance, double Sigma);

/// <summary>Percentiles, or ranks.</summary>
/// <param name="Name">Its name in the request.</param>
/// <param name="Rows">What was asked for, and the answer; null without values.</param>
public sealed record PercentilesResult(string Name, IReadOnlyList<PercentileRow> Rows) : AggregationResult(Name)
{
    /// <summary>Whether the answers are dates in Unix milliseconds.</summary>
    public bool AreDates { get; init; }
}

/// <summary>One of them.</summary>
/// <param name="Asked">The share, or of ranks the value.</param>
/// <param name="Answer">The value, or of ranks the share; null without values.</param>
public readonly record struct PercentileRow(double Asked, double? Answer);

/// <summary>The box that places lie in, by two of its corners; null without places.</summary>
/// <param name="Name">Its name in the request.</param>
/// <param name="TopLeft">North-west. East of the other corner where the box goes over the date line.</param>
/// <param name="BottomRight">South-east.</param>
public sealed record BoundsResult(string Name, GeoPoint? TopLeft, GeoPoint? BottomRight) : AggregationResult(Name);

/// <summary>The middle of places; null without any.</summary>
/// <param name="Name">Its name in the request.</param>
/// <param name="Location">The middle.</param>
/// <param name="Count">How many places.</param>
public sealed record CentroidResult(string Name, GeoPoint? Location, long Count) : AggregationResult(Name);

/// <summary>The best documents of a bucket.</summary>
public sealed record HitsResult(string Name, long Total, IReadOnlyList<SearchHit> Hits) : AggregationResult(Name);
