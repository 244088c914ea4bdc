namespace Hedgerow.Protocol;

/// <summary>
/// What one shard found for one aggregation, such that the parts of all shards can be joined in any order. A shard's
/// answer has one for each aggregation of the request that is no pipeline, in the request's order; see
/// <see cref="AggregationPartCodec"/>.
/// </summary>
public abstract record AggregationPart
{
    private protected AggregationPart()
    {
    }
}

/// <summary>One bucket of a shard.</summary>
/// <param name="Key">
/// The term, or where the bucket begins; the place of a range or filter; none of a bucket that is alone.
/// </param>
/// <param name="Count">Documents.</param>
/// <param name="Within">The parts within, as in <see cref="AggregationPart"/>.</param>
public sealed record BucketPart(SortValue Key, long Count, IReadOnlyList<AggregationPart> Within)
{
    /// <summary>Of a composite all values of the key; of a range its two bounds; else empty.</summary>
    public IReadOnlyList<SortValue> Keys { get; init; } = [];
}

/// <summary>Buckets.</summary>
/// <param name="Types">What the keys are values of: of each source of a composite, else one.</param>
/// <param name="Buckets">Those that are sent.</param>
public sealed record BucketsPart(IReadOnlyList<FieldType> Types, IReadOnlyList<BucketPart> Buckets) : AggregationPart
{
    /// <summary>Documents of the bucket that all this lies within (significant terms only).</summary>
    public long Total { get; init; }

    /// <summary>Documents of the buckets that are not sent; one with several values counts for each.</summary>
    public long OtherCount { get; init; }

    /// <summary>No bucket that is not sent has more documents; 0 where all are sent that may matter.</summary>
    public long ErrorBound { get; init; }
}

/// <summary>Numbers of values. Without values all but the count mean nothing.</summary>
/// <remarks>Of a weighted average the sums are those of the products, and of the weights.</remarks>
/// <param name="Type">What they are values of.</param>
/// <param name="Count">How many.</param>
public sealed record MetricPart(FieldType Type, long Count) : AggregationPart
{
    /// <summary>The lowest.</summary>
    public double Min { get; init; }

    /// <summary>The highest.</summary>
    public double Max { get; init; }

    /// <summary>The sum, as <see cref="ExactSum.Parts"/>.</summary>
    public IReadOnlyList<double> Sum { get; init; } = [];

    /// <summary>The sum of squares, as <see cref="ExactSum.Parts"/>; only for extended statistics.</summary>
    public IReadOnlyList<double> Squares { get; init; } = [];
}

/// <summary>Different values: their hashes, or, when they are more than the threshold, registers.</summary>
/// <param name="Hashes">64-bit hashes, each once.</param>
/// <param name="Registers">A power of two of them; empty as long as there are hashes.</param>
public sealed record CardinalityPart(IReadOnlyList<ulong> Hashes, ReadOnlyMemory<byte> Registers) : AggregationPart;

/// <summary>How values are distributed.</summary>
/// <param name="Type">What they are values of.</param>
/// <param name="Min">The lowest; without bins it means nothing.</param>
/// <param name="Max">The highest.</param>
/// <param name="Bins">Bins of <see cref="DistributionSketch"/> with their counts, rising.</param>
public sealed record SketchPart(FieldType Type, double Min, double Max, IReadOnlyList<SketchBin> Bins)
    : AggregationPart;

/// <summary>One bin of a sketch and how many values it has.</summary>
public readonly record struct SketchBin(int Bin, long Count);

/// <summary>Longitudes from one to another, both in the same half of the globe.</summary>
public readonly record struct LongitudeRange(double West, double East);

/// <summary>Where places lie. Without places all but the count mean nothing.</summary>
/// <param name="Count">How many.</param>
public sealed record PlacesPart(long Count) : AggregationPart
{
    /// <summary>The lowest latitude.</summary>
    public double South { get; init; }

    /// <summary>The highest latitude.</summary>
    public double North { get; init; }

    /// <summary>Those with negative longitudes; null where there are none.</summary>
    public LongitudeRange? Western { get; init; }

    /// <summary>Those with other longitudes; null where there are none.</summary>
    public LongitudeRange? Eastern { get; init; }

    /// <summary>The sum of all latitudes, in steps of 180 by 2^32 degrees from the south pole.</summary>
    public ulong Rows { get; init; }

    /// <summary>The sum of all longitudes, in steps of 360 by 2^32 degrees from the date line.</summary>
    public ulong Columns { get; init; }
}

/// <summary>The best documents.</summary>
/// <param name="Total">Documents of the bucket.</param>
/// <param name="Hits">In their order.</param>
public sealed record HitsPart(long Total, IReadOnlyList<SearchHit> Hits) : AggregationPart;
