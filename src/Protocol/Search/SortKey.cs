namespace Hedgerow.Protocol;

/// <summary>One key of an order of hits.</summary>
/// <param name="Field">
/// A keyword, number, integer, date or boolean field, <see cref="Score"/> or <see cref="Path"/>. Of several values a
/// document counts with its lowest in a rising order and with its highest in a falling one.
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
}

/// <summary>The value that a hit was ordered by: one of the three, or none where the document has none.</summary>
/// <param name="Whole">Of an integer, a date (Unix milliseconds) or a boolean (0, 1).</param>
/// <param name="Number">Of a number, or the score.</param>
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
