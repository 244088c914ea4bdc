using System.Globalization;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>
/// Where sentences end, after the rules of UAX #29 (Unicode Text Segmentation, section 5) that matter in prose: behind
/// a paragraph separator; behind a terminator with its closing marks and spaces, unless a lower-case letter or a comma
/// and the like goes on (<c>e.g. this</c>), or a full stop stands within a number or a word (<c>3.14</c>, <c>a.b</c>).
/// </summary>
/// <remarks>
/// Of the rules, SB3 to SB11 with character classes of general categories in place of the Sentence_Break property;
/// extending characters count as part of what they follow (SB5).
/// </remarks>
internal static class SentenceBreaks
{
    /// <summary>The end of the sentence that begins at a place: the beginning of the next, or the text's end.</summary>
    public static int Next(ReadOnlySpan<char> text, int start)
    {
        for (var at = start; at < text.Length; at++)
        {
            var c = text[at];
            if (IsSeparator(c)) return Behind(text, at);
            if (!IsTerminator(c)) continue;
            if (TryEnd(text, at, out var end)) return end;
            // What made the run no end makes its rest none.
            at = end - 1;
        }

        return text.Length;
    }

    /// <summary>Behind a separator; a carriage return keeps its line feed.</summary>
    private static int Behind(ReadOnlySpan<char> text, int at) =>
        text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;

    private static bool TryEnd(ReadOnlySpan<char> text, int terminator, out int end)
    {
        var isFullStop = true;
        end = terminator;
        while (end < text.Length && IsTerminator(text[end])) isFullStop &= IsFullStop(text[end++]);
        while (end < text.Length && (IsClosing(text[end]) || IsExtending(text[end]))) end++;
        var spaces = end;
        while (end < text.Length && IsSpace(text[end])) end++;
        if (end == text.Length) return true;
        if (IsSeparator(text[end]))
        {
            end = Behind(text, end);
            return true;
        }

        if (IsContinuing(text[end]) || IsTerminator(text[end])) return false;
        if (!isFullStop) return true;

        // A full stop without a space behind it is part of a number or a name.
        return spaces != end && !GoesOnInLowerCase(text[end..]);
    }

    /// <summary>Whether the first letter, of what stands before a sentence could begin, is a lower-case one.</summary>
    private static bool GoesOnInLowerCase(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsLower(c)) return true;
            if (char.IsLetter(c) || IsSeparator(c) || IsTerminator(c)) return false;
        }

        return false;
    }

    private static bool IsSeparator(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    private static bool IsTerminator(char c) => c is '!' or '?' or '\u203C' or '\u203D' or '\u2047' or '\u2048'
        or '\u2049' or '\u3002' or '\uFF01' or '\uFF1F' or '\uFF61' or '\u061F' or '\u06D4' or '\u0964' or '\u0965'
        || IsFullStop(c);

    private static bool IsFullStop(char c) => c is '.' or '\u2024' or '\uFE52' or '\uFF0E';

    private static bool IsContinuing(char c) =>
        c is ',' or '-' or ':' or ';' or '\u2013' or '\u2014' or '\u3001' or '\uFF0C' or '\uFF1A' or '\uFF1B';

    private static bool IsClosing(char c) => c is '"' or '\'' || char.GetUnicodeCategory(c) is
        UnicodeCategory.ClosePunctuation or UnicodeCategory.FinalQuotePunctuation
        or UnicodeCategory.InitialQuotePunctuation;

    private static bool IsExtending(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.Format;

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) && !IsSeparator(c);
}
