namespace Hedgerow.Protocol;

/// <summary>What is made of a number of all buckets of a sibling. The values are wire bytes.</summary>
public enum SiblingKind : byte
{
    /// <summary>Their sum.</summary>
    Sum = 1,

    /// <summary>Their mean.</summary>
    Average = 2,

    /// <summary>The lowest, and the keys of its buckets.</summary>
    Min = 3,

    /// <summary>The highest, and the keys of its buckets.</summary>
    Max = 4,

    /// <summary>All of these.</summary>
    Stats = 5,

    /// <summary>And squares, variances, standard deviations, the bounds two of them wide.</summary>
    ExtendedStats = 6,
}

/// <summary>A number of the buckets of an aggregation beside it; buckets without the number are passed over.</summary>
public sealed record SiblingAggregation : Aggregation
{
    /// <summary>What is made of it.</summary>
    public required SiblingKind Kind { get; init; }

    /// <summary>The sibling and what of its buckets: <c>months&gt;sales</c>, <c>months&gt;_count</c>.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}

/// <summary>What is made of a number from bucket to bucket. The values are wire bytes.</summary>
public enum RunningKind : byte
{
    /// <summary>The sum up to the bucket.</summary>
    CumulativeSum = 1,

    /// <summary>The difference to the bucket before; none in the first.</summary>
    Derivative = 2,
}

/// <summary>A number that runs through the buckets that it stands within, in their order.</summary>
public sealed record RunningAggregation : Aggregation
{
    /// <summary>What is made of it.</summary>
    public required RunningKind Kind { get; init; }

    /// <summary>What of each bucket: the name of a sibling, or <c>_count</c>.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}

/// <summary>
/// Values of the buckets of an aggregation beside it below which given shares of them lie: the one of rank
/// ⌈share × count⌉, at least the first. Exact.
/// </summary>
public sealed record PercentilesBucketAggregation : Aggregation
{
    /// <summary>The sibling and what of its buckets, as in <see cref="SiblingAggregation.Path"/>.</summary>
    public required string Path { get; init; }

    /// <summary>Shares, 0 to 100.</summary>
    public IReadOnlyList<double> Percents { get; init; } = PercentilesAggregation.Standard;

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}

/// <summary>What is made of some buckets before one. The values are wire bytes.</summary>
public enum MovingKind : byte
{
    /// <summary>Their mean.</summary>
    Average = 1,

    /// <summary>The lowest.</summary>
    Min = 2,

    /// <summary>The highest.</summary>
    Max = 3,

    /// <summary>Their sum.</summary>
    Sum = 4,

    /// <summary>The bucket's own number less that of the one at the window's beginning (serial differencing).</summary>
    Difference = 5,
}

/// <summary>A number made of a window that moves through the buckets that it stands within, in their order.</summary>
public sealed record MovingAggregation : Aggregation
{
    /// <summary>Widest window, and farthest shift: 1,000.</summary>
    public const int WindowMax = 1_000;

    /// <summary>What is made of the window; buckets in it without the number are passed over.</summary>
    public required MovingKind Kind { get; init; }

    /// <summary>What of each bucket: the name of a sibling, or <c>_count</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Buckets of the window, which ends before the bucket itself; 1 to <see cref="WindowMax"/>.</summary>
    public int Window { get; init; } = 5;

    /// <summary>
    /// Buckets that the window lies further on (1: it ends with the bucket itself) or, below 0, further back.
    /// </summary>
    public int Shift { get; init; }

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}

/// <summary>Orders the buckets that it stands within anew, and cuts some out.</summary>
public sealed record BucketSortAggregation : Aggregation
{
    /// <summary>The order; empty leaves it.</summary>
    public IReadOnlyList<BucketOrder> Sort { get; init; } = [];

    /// <summary>Buckets to pass over.</summary>
    public int From { get; init; }

    /// <summary>Buckets to keep; null for all.</summary>
    public int? Size { get; init; }

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}

/// <summary>Keeps of the buckets that it stands within those whose number lies between two bounds.</summary>
public sealed record BucketSelectorAggregation : Aggregation
{
    /// <summary>What of each bucket; one without it is not kept.</summary>
    public required string Path { get; init; }

    /// <summary>Lower bound; null leaves the side open.</summary>
    public double? From { get; init; }

    /// <summary>Whether it may be the bound itself.</summary>
    public bool IncludeFrom { get; init; } = true;

    /// <summary>Upper bound; null leaves the side open.</summary>
    public double? To { get; init; }

    /// <summary>Whether it may be the bound itself.</summary>
    public bool IncludeTo { get; init; } = true;

    /// <inheritdoc/>
    public override bool IsPipeline => true;
}
