namespace Hedgerow.Protocol;

/// <summary>
/// What is counted or computed over all documents that a search matches, the same from every front end. Immutable.
/// Every shard computes its <see cref="AggregationPart"/>, a router joins the parts to an
/// <see cref="AggregationResult"/>.
/// </summary>
public abstract record Aggregation
{
    private protected Aggregation()
    {
    }

    /// <summary>Name of the result, unique beside its siblings; 1 to 255 characters without <c>[ ] &gt;</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is computed for each bucket; only where there are buckets.</summary>
    public IReadOnlyList<Aggregation> Within { get; init; } = [];

    /// <summary>Whether it is made of the results of others when all shards have answered.</summary>
    public virtual bool IsPipeline => false;
}

/// <summary>Bounds of one search's aggregations. What goes over one is an error that names it.</summary>
public static class AggregationLimits
{
    /// <summary>Aggregations in one request, those within others counted: 256.</summary>
    public const int CountMax = 256;

    /// <summary>Aggregations within each other: 8.</summary>
    public const int DepthMax = 8;

    /// <summary>Buckets of one answer, those within others counted: 65,536.</summary>
    public const int BucketsMax = 65_536;

    /// <summary>
    /// Buckets that one shard sends, and that the joined parts of all shards may have: 262,144. More than in an answer,
    /// because an exact order needs buckets that do not get into it.
    /// </summary>
    public const int PartBucketsMax = 262_144;

    /// <summary>Ranges, filters or listed terms of one aggregation, and sources of a composite: 1,024.</summary>
    public const int RowsMax = 1_024;

    /// <summary>Terms that a list of included ones may have: 65,536.</summary>
    public const int ListedTermsMax = 65_536;

    /// <summary>Hits of one bucket: 100.</summary>
    public const int HitsMax = 100;

    /// <summary>Bytes that the aggregations of one search may hold on a shard: 128 MiB.</summary>
    public const long MemoryBytesMax = 128L << 20;

    /// <summary>Bytes that what is joined of all shards may take, results counted: 256 MiB.</summary>
    public const long JoinedBytesMax = 256L << 20;

    /// <summary>Characters of a name: 255.</summary>
    public const int NameCharsMax = 255;
}

/// <summary>One key of an order of buckets; ties are ordered by key, lowest first.</summary>
/// <param name="Path">
/// <see cref="Count"/>, <see cref="Key"/>, or the name of a number within: <c>price</c>, <c>price.avg</c>,
/// <c>inner&gt;price.max</c>.
/// </param>
/// <param name="Descending">Highest first.</param>
public sealed record BucketOrder(string Path, bool Descending)
{
    /// <summary>Names the number of documents.</summary>
    public const string Count = "_count";

    /// <summary>Names the key.</summary>
    public const string Key = "_key";

    /// <summary>Most keys: 8.</summary>
    public const int KeysMax = 8;
}
