using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The text notation of number, integer, date and boolean fields, the same in documents and in queries.
/// </summary>
internal static class FieldValue
{
    /// <summary>Dates, for messages.</summary>
    public const string DateExamples = "\"2024-05-31T10:00:00Z\", 2024-05-31 or milliseconds since 1970";

    /// <summary>A finite number in invariant notation: <c>12</c>, <c>-0.5</c>, <c>6.02e23</c>.</summary>
    public static bool TryReadNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A whole number of 64 bits.</summary>
    public static bool TryReadInteger(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>See <see cref="DateText"/>; without a zone it is UTC, what is missing is the first of it.</summary>
    public static bool TryReadDate(ReadOnlySpan<char> text, out long unixMs) =>
        DateText.TryRead(text, roundUp: false, TimeZoneInfo.Utc, out unixMs);

    /// <summary><c>true</c> or <c>false</c>, as 1 or 0.</summary>
    public static bool TryReadBoolean(ReadOnlySpan<char> text, out long value)
    {
        value = text is "true" ? 1 : 0;
        return text is "true" or "false";
    }

    /// <summary>A value as its column holds it.</summary>
    public static bool TryRead(FieldType type, ReadOnlySpan<char> text, out long value)
    {
        switch (type)
        {
            case FieldType.Number:
                var isNumber = TryReadNumber(text, out var number);
                value = Sortable(number);
                return isNumber;
            case FieldType.Integer:
                return TryReadInteger(text, out value);
            case FieldType.Boolean:
                return TryReadBoolean(text, out value);
            default:
                return TryReadDate(text, out value);
        }
    }

    /// <summary>
    /// A finite number as an integer that orders as it does: the bits of negative ones turned over. Both zeros are one.
    /// </summary>
    public static long Sortable(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number == 0 ? 0 : number);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }

    /// <summary>The number of such an integer.</summary>
    public static double Number(long sortable) =>
        BitConverter.Int64BitsToDouble(sortable ^ ((sortable >> 63) & long.MaxValue));

    /// <summary>A number, whole number, date or boolean of a column as a number.</summary>
    public static double NumberOf(FieldType type, long value) =>
        type == FieldType.Number ? Number(value) : value;

    /// <summary>What is wrong with a value's text and what is allowed; null when nothing is.</summary>
    public static string? Problem(FieldSchema field, string text)
    {
        if (field.Type is FieldType.Text or FieldType.Keyword || TryRead(field.Type, text, out _)) return null;
        var examples = field.Type switch
        {
            FieldType.Number => "12 or -0.5",
            FieldType.Integer => "12 or -5",
            FieldType.Boolean => "true or false",
            _ => DateExamples,
        };
        return $"field '{field.Name}' holds {Kind(field.Type)}; found '{text}', expected one such as {examples}";
    }

    /// <summary>What a field of a type holds, in words.</summary>
    public static string Kind(FieldType type) => type switch
    {
        FieldType.Text => "text",
        FieldType.Keyword => "keywords",
        FieldType.Number => "numbers",
        FieldType.Integer => "whole numbers",
        FieldType.Boolean => "booleans",
        FieldType.GeoPoint => "places",
        _ => "dates",
    };
}
