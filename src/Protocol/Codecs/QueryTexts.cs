using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Texts of queries as they are written.</summary>
internal static class QueryTexts
{
    /// <summary>
    /// Writes a text. Half of a surrogate pair has no bytes: a writer would put another character in its place, and the
    /// query would be another one.
    /// </summary>
    /// <exception cref="ArgumentException">It has half of a surrogate pair.</exception>
    public static void WriteText(this ref MessagePackWriter writer, string? text)
    {
        if (LoneSurrogateAt(text) is >= 0 and var at)
        {
            throw new ArgumentException(
                $"The text has, at character {at}, half of a surrogate pair (U+{(int)text![at]:X4}) without the other "
                + "one, which no text of a query may.", nameof(text));
        }

        writer.Write(text);
    }

    private static int LoneSurrogateAt(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (text[at..].IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var next)
        {
            at += next;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return at;
            at += 2;
        }

        return -1;
    }
}
