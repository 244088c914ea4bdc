using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>Texts in JSON as they are written.</summary>
public static class JsonText
{
    /// <summary>Characters of an escape such as <c>\ud83d</c>.</summary>
    public const int EscapeLength = 6;

    /// <summary>
    /// Where an escaped half of a surrogate pair begins that stands without the other one, which no text may have: a
    /// reader fails on it, wherever it is read first. Negative where there is none. Cheap where nothing is escaped.
    /// </summary>
    /// <param name="json">JSON that is well formed, or what stands between the quotes of one of its texts.</param>
    public static int LoneSurrogateAt(ReadOnlySpan<byte> json)
    {
        var at = 0;
        while (at < json.Length && json[at..].IndexOf((byte)'\\') is var next and >= 0)
        {
            at += next;
            if (!TryUnit(json[at..], out var unit) || !char.IsSurrogate(unit))
            {
                at += 2;
                continue;
            }

            var isPair = char.IsHighSurrogate(unit) && TryUnit(json[(at + EscapeLength)..], out var low)
                && char.IsLowSurrogate(low);
            if (!isPair) return at;
            at += 2 * EscapeLength;
        }

        return -1;
    }

    private static bool TryUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < EscapeLength || text[0] != '\\' || text[1] != 'u') return false;
        var isHex = ushort.TryParse(
            text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        unit = (char)value;
        return isHex;
    }
}
