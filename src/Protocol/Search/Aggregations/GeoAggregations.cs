namespace Hedgerow.Protocol;

/// <summary>One ring: from its inner distance, itself included, to its outer one, itself not.</summary>
/// <param name="Key">Its name; null to name it by its bounds.</param>
/// <param name="From">In the aggregation's unit; null for 0.</param>
/// <param name="To">In the aggregation's unit; null leaves the side open.</param>
public sealed record DistanceRange(string? Key, double? From, double? To);

/// <summary>
/// One bucket for each of some rings around a place, which may overlap: of the documents with a place in it. Distances
/// are those that hits are sorted by.
/// </summary>
public sealed record GeoDistanceAggregation : Aggregation
{
    /// <summary>A field of places.</summary>
    public required string Field { get; init; }

    /// <summary>The middle.</summary>
    public required GeoPoint Origin { get; init; }

    /// <summary>At most <see cref="AggregationLimits.RowsMax"/>.</summary>
    public required IReadOnlyList<DistanceRange> Ranges { get; init; }

    /// <summary>Metres that one of the unit of the ranges is, above 0.</summary>
    public double UnitMetres { get; init; } = 1;
}

/// <summary>Kinds of grids over the globe. The values are wire bytes.</summary>
public enum GeoGridKind : byte
{
    /// <summary>Cells of geohashes of so many letters.</summary>
    Geohash = 1,

    /// <summary>Tiles of the web's maps at a zoom level.</summary>
    Tile = 2,
}

/// <summary>
/// One bucket for each cell of a grid with a document in it, the most documents first. Counts are exact whatever the
/// shards: each sends all its cells.
/// </summary>
public sealed record GeoGridAggregation : Aggregation
{
    /// <summary>A field of places.</summary>
    public required string Field { get; init; }

    /// <summary>Which grid.</summary>
    public required GeoGridKind Grid { get; init; }

    /// <summary>Letters of a geohash, 1 to 12, or a zoom level, 0 to 29.</summary>
    public required int Precision { get; init; }

    /// <summary>Buckets to return, 1 to <see cref="AggregationLimits.BucketsMax"/>.</summary>
    public int Size { get; init; } = 10_000;

    /// <summary>The least and the greatest precision of a grid.</summary>
    public static (int Least, int Most) Precisions(GeoGridKind grid) =>
        grid == GeoGridKind.Geohash ? (1, Geohash.LettersMax) : (0, 29);
}

/// <summary>The smallest box that all places lie in.</summary>
public sealed record GeoBoundsAggregation : Aggregation
{
    /// <summary>A field of places.</summary>
    public required string Field { get; init; }

    /// <summary>Whether the box may go over the date line, where it is narrower that way.</summary>
    public bool WrapsLongitude { get; init; } = true;
}

/// <summary>The mean of the latitudes and that of the longitudes of all places.</summary>
public sealed record GeoCentroidAggregation : Aggregation
{
    /// <summary>A field of places.</summary>
    public required string Field { get; init; }
}
