namespace Hedgerow.Protocol;

/// <summary>Terms that count or that do not: those of a list, or those that a pattern matches as a whole.</summary>
/// <param name="Pattern">A regular expression as in <see cref="RegexpQuery"/>; null where there is a list.</param>
/// <param name="Values">The list.</param>
public sealed record TermChoice(string? Pattern, IReadOnlyList<string> Values);

/// <summary>One bucket for each value of a keyword, number, integer, date or boolean field.</summary>
public sealed record TermsAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Buckets to return, 1 to <see cref="AggregationLimits.BucketsMax"/>.</summary>
    public int Size { get; init; } = 10;

    /// <summary>
    /// Buckets that each shard sends where the order is by count, highest first; null for one and a half times the size
    /// and ten more. Other orders are exact in any case: all buckets are sent, or, by key, the first ones.
    /// </summary>
    public int? ShardSize { get; init; }

    /// <summary>Order of buckets; empty for the most documents first.</summary>
    public IReadOnlyList<BucketOrder> Order { get; init; } = [];

    /// <summary>Documents that a bucket needs, 1 or more.</summary>
    public long MinimumCount { get; init; } = 1;

    /// <summary>Terms that count; null for all. A pattern needs a keyword field.</summary>
    public TermChoice? Include { get; init; }

    /// <summary>Terms that do not count.</summary>
    public TermChoice? Exclude { get; init; }

    /// <summary>The term of documents without one; null leaves them out.</summary>
    public string? Missing { get; init; }

    /// <summary>
    /// Whether counts are exact whatever the shards: every shard then sends all its buckets, up to
    /// <see cref="AggregationLimits.PartBucketsMax"/>.
    /// </summary>
    public bool Exact { get; init; }
}

/// <summary>One range: from its lower bound, itself included, to its upper one, itself not.</summary>
/// <param name="Key">Its name; null to name it by its bounds.</param>
/// <param name="From">In the field's notation; null leaves the side open.</param>
/// <param name="To">In the field's notation; null leaves the side open.</param>
public sealed record BucketRange(string? Key, string? From, string? To);

/// <summary>One bucket for each of some ranges, which may overlap, of a number, integer or date field.</summary>
public sealed record RangeAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>At most <see cref="AggregationLimits.RowsMax"/>.</summary>
    public required IReadOnlyList<BucketRange> Ranges { get; init; }

    /// <summary>Whether it was asked for as ranges of dates, which a number field refuses.</summary>
    public bool IsDates { get; init; }

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public string? Missing { get; init; }
}

/// <summary>Buckets that are there even if nothing fell into them.</summary>
/// <param name="Min">The lowest lies in the first.</param>
/// <param name="Max">The highest lies in the last.</param>
public sealed record BucketBounds(double Min, double Max);

/// <summary>Buckets of one width over a number or integer field.</summary>
public sealed record HistogramAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Width, above 0.</summary>
    public required double Interval { get; init; }

    /// <summary>Where one bucket begins.</summary>
    public double Offset { get; init; }

    /// <summary>Documents that a bucket needs; with 0 the gaps between buckets are filled.</summary>
    public long MinimumCount { get; init; }

    /// <summary>Buckets to have in any case, given a minimum of 0.</summary>
    public BucketBounds? Bounds { get; init; }

    /// <summary>The value of documents without one; null leaves them out.</summary>
    public double? Missing { get; init; }

    /// <summary>Order of buckets; empty for their keys, rising.</summary>
    public IReadOnlyList<BucketOrder> Order { get; init; } = [];
}

/// <summary>Buckets of time over a date field.</summary>
public sealed record DateHistogramAggregation : Aggregation
{
    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Where buckets begin.</summary>
    public required DateRounding Rounding { get; init; }

    /// <summary>Documents that a bucket needs; with 0 the gaps between buckets are filled.</summary>
    public long MinimumCount { get; init; }

    /// <summary>Buckets to have in any case, by Unix milliseconds, given a minimum of 0.</summary>
    public BucketBounds? Bounds { get; init; }

    /// <summary>The instant of documents without one, in Unix milliseconds; null leaves them out.</summary>
    public long? Missing { get; init; }

    /// <summary>Order of buckets; empty for their keys, rising.</summary>
    public IReadOnlyList<BucketOrder> Order { get; init; } = [];
}

/// <summary>One bucket of what a query matches.</summary>
public sealed record FilterAggregation : Aggregation
{
    /// <summary>The query; it does not score.</summary>
    public required QueryNode Query { get; init; }
}

/// <summary>A query with the name of its bucket.</summary>
/// <param name="Key">Name; null where buckets are told by their place.</param>
/// <param name="Query">The query.</param>
public sealed record NamedFilter(string? Key, QueryNode Query);

/// <summary>One bucket for each of some queries.</summary>
public sealed record FiltersAggregation : Aggregation
{
    /// <summary>At most <see cref="AggregationLimits.RowsMax"/>.</summary>
    public required IReadOnlyList<NamedFilter> Filters { get; init; }

    /// <summary>Name of a last bucket of what none of them matches; null for none.</summary>
    public string? OtherKey { get; init; }
}

/// <summary>One bucket of all documents of the collection, whatever the query. Only at the root.</summary>
public sealed record GlobalAggregation : Aggregation;

/// <summary>One bucket of the documents without a value in a field.</summary>
public sealed record MissingAggregation : Aggregation
{
    /// <summary>A field of any type but text.</summary>
    public required string Field { get; init; }
}

/// <summary>What tells how much more frequent a term is than elsewhere.</summary>
public enum SignificanceMeasure : byte
{
    /// <summary>The gain in share times the ratio of shares (Lucene and Elasticsearch's default).</summary>
    Jlh = 0,

    /// <summary>Chi square, as in Manning, Raghavan, Schütze, "Information Retrieval", 13.5.2.</summary>
    ChiSquare = 1,
}

/// <summary>Values of a keyword field that are more frequent in a bucket than in all documents.</summary>
public sealed record SignificantTermsAggregation : Aggregation
{
    /// <summary>A keyword field.</summary>
    public required string Field { get; init; }

    /// <summary>Buckets to return.</summary>
    public int Size { get; init; } = 10;

    /// <summary>Documents that a bucket needs.</summary>
    public long MinimumCount { get; init; } = 3;

    /// <summary>How it is measured.</summary>
    public SignificanceMeasure Measure { get; init; }

    /// <summary>What "elsewhere" is; null for all documents of the collection.</summary>
    public QueryNode? Background { get; init; }

    /// <summary>Terms that count; null for all.</summary>
    public TermChoice? Include { get; init; }

    /// <summary>Terms that do not count.</summary>
    public TermChoice? Exclude { get; init; }
}

/// <summary>One part of the keys of a composite.</summary>
/// <param name="Name">Its name in the keys.</param>
/// <param name="Values">
/// A terms aggregation, histogram or date histogram, of which the field, the missing value and what the buckets are
/// count.
/// </param>
/// <param name="Descending">Highest first.</param>
public sealed record CompositeSource(string Name, Aggregation Values, bool Descending);

/// <summary>One bucket for each combination of values of several sources, page by page in the order of the
/// keys.</summary>
public sealed record CompositeAggregation : Aggregation
{
    /// <summary>Most sources: 16.</summary>
    public const int SourcesMax = 16;

    /// <summary>1 to <see cref="SourcesMax"/>, the first one most significant.</summary>
    public required IReadOnlyList<CompositeSource> Sources { get; init; }

    /// <summary>Buckets of a page.</summary>
    public int Size { get; init; } = 10;

    /// <summary>The page begins behind this key, one value for each source; empty for the first page.</summary>
    public IReadOnlyList<SortValue> After { get; init; } = [];
}
