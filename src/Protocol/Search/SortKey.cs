namespace Hedgerow.Protocol;

/// <summary>One key of an order of hits.</summary>
/// <param name="Field">
/// A keyword, number, integer, date or boolean field, <see cref="Score"/> or <see cref="Path"/>; a geo point field
/// where
/// <see cref="Distance"/> says from where. Of several values a document counts with its lowest in a rising order and
/// with its highest in a falling one, unless <see cref="Mode"/> says otherwise.
/// </param>
/// <param name="Descending">Highest first.</param>
/// <param name="MissingFirst">Whether documents without a value come first, in either direction.</param>
public sealed record SortKey(string Field, bool Descending, bool MissingFirst = false)
{
    /// <summary>Most keys of one request: 8.</summary>
    public const int KeysMax = 8;

    /// <summary>Names the score.</summary>
    public const string Score = "_score";

    /// <summary>Names the path, by its bytes.</summary>
    public const string Path = "_path";

    /// <summary>
    /// What several values of a document count as; null takes the lowest in a rising order and the highest in a falling
    /// one. Keywords know the lowest and the highest only.
    /// </summary>
    public ValueMode? Mode { get; init; }

    /// <summary>
    /// The value, in the field's notation, that documents without one are ordered by; null leaves them to
    /// <see cref="MissingFirst"/>.
    /// </summary>
    public string? Missing { get; init; }

    /// <summary>What kind of number hits are ordered by; null takes the field's own.</summary>
    public SortNumbers? NumericType { get; init; }

    /// <summary>Orders by the distance of a geo point field's points; null for all other fields.</summary>
    public SortDistance? Distance { get; init; }
}

/// <summary>What several values of one document count as. The values are wire bytes.</summary>
public enum ValueMode : byte
{
    /// <summary>The lowest.</summary>
    Min = 0,

    /// <summary>The highest.</summary>
    Max = 1,

    /// <summary>Their mean; of whole numbers rounded, halves up.</summary>
    Average = 2,

    /// <summary>Their sum.</summary>
    Sum = 3,

    /// <summary>The one in the middle, or the mean of the two in the middle.</summary>
    Median = 4,
}

/// <summary>Kinds of number to order by. The values are wire bytes.</summary>
public enum SortNumbers : byte
{
    /// <summary>Whole numbers: others are cut off.</summary>
    Whole = 0,

    /// <summary>Floating-point numbers.</summary>
    Floating = 1,
}

/// <summary>From where distances are measured. Lists compare by reference.</summary>
/// <param name="From">Places, 1 to 64: all distances between them and the document's points count.</param>
/// <param name="UnitMetres">What the sort values are told in: metres each; above 0.</param>
public sealed record SortDistance(IReadOnlyList<GeoPoint> From, double UnitMetres = 1)
{
    /// <summary>Most places: 64.</summary>
    public const int PointsMax = 64;
}

/// <summary>The value that a hit was ordered by: one of the three, or none where the document has none.</summary>
/// <param name="Whole">Of an integer, a date (Unix milliseconds) or a boolean (0, 1).</param>
/// <param name="Number">Of a number, a distance, or the score.</param>
/// <param name="Text">Of a keyword, or the path.</param>
public readonly record struct SortValue(long? Whole, double? Number, string? Text)
{
    /// <summary>Whether the document has no value.</summary>
    public bool IsMissing => Whole is null && Number is null && Text is null;

    /// <summary>A whole number.</summary>
    public static SortValue Of(long value) => new(value, null, null);

    /// <summary>A floating-point number.</summary>
    public static SortValue Of(double value) => new(null, value, null);

    /// <summary>A text.</summary>
    public static SortValue Of(string value) => new(null, null, value);
}
