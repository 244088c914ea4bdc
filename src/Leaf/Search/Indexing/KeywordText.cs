using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>How a string becomes the terms of a keyword field, in documents and in queries. Thread-safe.</summary>
internal static class KeywordText
{
    /// <summary>A keyword as the field's terms are written.</summary>
    public static string Normalize(FieldSchema field, string text) =>
        field.FoldCase ? text.ToLowerInvariant() : text;

    /// <summary>
    /// The next of the values that a string holds.
    /// </summary>
    /// <param name="field">
    /// Its separator cuts, and blanks around a part fall away; without one the string is whole.
    /// </param>
    /// <param name="text">The characters.</param>
    /// <param name="at">Where to go on: 0 at first, beyond the end when there is nothing more.</param>
    /// <param name="part">Where the value is; never empty where a separator cuts.</param>
    public static bool TryNext(FieldSchema field, ReadOnlySpan<char> text, ref int at, out Range part)
    {
        part = ..;
        if (field.Separator == "") return at++ == 0;
        while (at <= text.Length)
        {
            var length = text[at..].IndexOf(field.Separator[0]);
            var end = length < 0 ? text.Length : at + length;
            var (begin, behind) = (at, end);
            at = end + 1;
            while (begin < behind && char.IsWhiteSpace(text[begin])) begin++;
            while (begin < behind && char.IsWhiteSpace(text[behind - 1])) behind--;
            part = begin..behind;
            if (begin < behind) return true;
        }

        return false;
    }
}
