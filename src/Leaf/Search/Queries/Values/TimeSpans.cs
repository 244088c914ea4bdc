namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Lengths of time as text: <c>7d</c>, <c>90s</c>, <c>1.5h</c>.</summary>
internal static class TimeSpans
{
    private static readonly (string Name, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

    /// <summary>Reads one; a bare number is milliseconds.</summary>
    public static bool TryRead(string text, out double milliseconds)
    {
        var number = text.AsSpan().Trim();
        var unit = number.Length;
        while (unit > 0 && char.IsAsciiLetter(number[unit - 1])) unit--;
        var each = unit == number.Length ? 1 : 0.0;
        foreach (var (name, value) in Units)
            if (number[unit..].SequenceEqual(name)) each = value;
        milliseconds = 0;
        if (each == 0 || !FieldValue.TryReadNumber(number[..unit], out var count)) return false;
        milliseconds = count * each;
        return double.IsFinite(milliseconds);
    }
}
