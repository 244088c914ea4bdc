namespace Hedgerow.Protocol;

/// <summary>Documents with a point at most so far from a place. Each match scores the boost.</summary>
/// <param name="Field">A geo point field.</param>
/// <param name="Center">The place.</param>
/// <param name="Metres">On a sphere of the earth's mean radius (6,371,008.7714 m); 0 or more.</param>
public sealed record GeoDistanceQuery(string Field, GeoPoint Center, double Metres) : QueryNode;

/// <summary>
/// Documents with a point in a box, its edges included. Each match scores the boost. Where <paramref name="West"/> is
/// above <paramref name="East"/>, the box goes across the date line.
/// </summary>
public sealed record GeoBoxQuery(string Field, double North, double West, double South, double East) : QueryNode;

/// <summary>
/// Documents with a point in a polygon whose edges are straight in degrees. Each match scores the boost. An edge of
/// more than 180 degrees of longitude is taken the other way, across the date line; none may go round a pole.
/// </summary>
/// <param name="Field">A geo point field.</param>
/// <param name="Corners">3 to 1,024; the last need not repeat the first.</param>
public sealed record GeoPolygonQuery(string Field, IReadOnlyList<GeoPoint> Corners) : QueryNode
{
    /// <summary>Most corners: 1,024.</summary>
    public const int CornersMax = 1_024;
}

/// <summary>
/// Documents that have one of many values: terms of a text field as they are indexed, keywords, numbers, dates (each in
/// its own rounding), booleans. Each match scores the boost.
/// </summary>
/// <param name="Field">The field.</param>
/// <param name="Values">At most 65,536, in any order, also repeated.</param>
public sealed record TermsQuery(string Field, IReadOnlyList<string> Values) : QueryNode
{
    /// <summary>Most values: 65,536.</summary>
    public const int ValuesMax = 65_536;
}

/// <summary>
/// Documents that have one of the values that a member of a document has. A router reads that document, once for all
/// shards, and puts a <see cref="TermsQuery"/> in the place of this; a leaf alone refuses it.
/// </summary>
/// <param name="Field">The field, as in <see cref="TermsQuery"/>.</param>
/// <param name="Document">Path of the document, of any collection.</param>
/// <param name="Member">
/// Its member, with dots for members within, also through arrays: texts, numbers, booleans, or arrays of them.
/// </param>
public sealed record TermsLookupQuery(string Field, string Document, string Member) : QueryNode
{
    /// <summary>Most documents that one search takes values from: 16.</summary>
    public const int DocumentsMax = 16;

    /// <summary>UTF-8 bytes of all of them together: 8 MiB.</summary>
    public const int DocumentBytesMax = 8 << 20;
}

/// <summary>
/// Documents that have a value in a number, date or geo point field, scored by how near the nearest of them is: the
/// boost times pivot / (pivot + distance).
/// </summary>
/// <param name="Field">The field.</param>
/// <param name="Origin">From where: a number, a date with its arithmetic, or a place, in the field's notation.</param>
/// <param name="Pivot">
/// At which distance the score is half the boost; above 0, in the field's notation: <c>10</c>, <c>7d</c>, <c>5km</c>.
/// </param>
public sealed record DistanceFeatureQuery(string Field, string Origin, string Pivot) : QueryNode;

/// <summary>How <see cref="RankFeatureQuery"/> turns a value into a score. The values are wire bytes.</summary>
public enum FeatureShape : byte
{
    /// <summary>value / (value + pivot).</summary>
    Saturation = 0,

    /// <summary>ln(pivot + value); the pivot is what OpenSearch calls the scaling factor.</summary>
    Logarithm = 1,

    /// <summary>value^exponent / (value^exponent + pivot^exponent).</summary>
    Sigmoid = 2,

    /// <summary>The value.</summary>
    Linear = 3,
}

/// <summary>
/// Documents with a value above 0 in a number or integer field, scored by it: the boost times what the shape makes of
/// the highest one.
/// </summary>
/// <param name="Field">The field.</param>
/// <param name="Shape">See there.</param>
/// <param name="Pivot">Above 0; at least 1 for the logarithm; linear has none.</param>
/// <param name="Exponent">Above 0; the sigmoid's only.</param>
public sealed record RankFeatureQuery(string Field, FeatureShape Shape, double Pivot, double Exponent = 1) : QueryNode;
