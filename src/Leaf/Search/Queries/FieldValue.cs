using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>The text notation of number and date fields, the same in documents and in queries.</summary>
internal static class FieldValue
{
    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd",
    ];

    /// <summary>A finite number in invariant notation: <c>12</c>, <c>-0.5</c>, <c>6.02e23</c>.</summary>
    public static bool TryReadNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>
    /// RFC 3339 text (<c>2024-05-31T10:00:00Z</c>; without a zone it is UTC, without a time midnight) or Unix time in
    /// milliseconds.
    /// </summary>
    public static bool TryReadDate(ReadOnlySpan<char> text, out long unixMs)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out unixMs)) return true;
        if (!DateTimeOffset.TryParseExact(
                text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return false;
        unixMs = date.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>What is wrong with a number or date text and what is allowed; null when nothing is.</summary>
    public static string? Problem(FieldSchema field, string text) => field.Type switch
    {
        FieldType.Number when !TryReadNumber(text, out _) =>
            $"field '{field.Name}' holds numbers; found '{text}', expected one such as 12 or -0.5",
        FieldType.Date when !TryReadDate(text, out _) =>
            $"field '{field.Name}' holds dates; found '{text}', expected one such as \"2024-05-31T10:00:00Z\", "
            + "2024-05-31 or milliseconds since 1970",
        _ => null,
    };
}
