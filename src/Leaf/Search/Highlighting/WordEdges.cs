using System.Globalization;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>
/// Where a part of a text may be cut off without cutting a word, or, of one that is longer than the part, a character
/// as readers see it (a grapheme cluster of UAX #29).
/// </summary>
internal static class WordEdges
{
    private const int EdgeChars = 24;

    /// <summary>UTF-16 units around a place that are looked at for where one begins that readers see: most have one to
    /// ten, and what has more than this is cut.</summary>
    private const int ClusterChars = 64;

    /// <summary>The first beginning of a word near a place, but not behind the limit.</summary>
    public static int Start(string text, int start, int limit)
    {
        var end = Math.Min(limit, start + EdgeChars);
        for (var at = start; at <= end && at < text.Length; at++)
        {
            if (char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at])) return at;
        }

        var before = ClusterAt(text, start, out var behind);
        return before == start ? start : Math.Min(behind, limit);
    }

    /// <summary>The last end of a word near a place, but not before the limit.</summary>
    public static int End(string text, int limit, int end)
    {
        if (end >= text.Length) return text.Length;
        var least = Math.Max(limit, end - EdgeChars);
        for (var at = end; at >= least && at > 0; at--)
        {
            if (char.IsWhiteSpace(text[at]) && !char.IsWhiteSpace(text[at - 1])) return at;
        }

        var before = ClusterAt(text, end, out var behind);
        if (before > limit || before == end) return before;
        return behind - end < ClusterChars ? behind : char.IsLowSurrogate(text[end]) ? end + 1 : end;
    }

    /// <summary>The last place up to one, which is within the text, at which a character begins as readers see it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="place">The place.</param>
    /// <param name="behind">Where the next one begins.</param>
    public static int ClusterAt(string text, int place, out int behind)
    {
        var at = Math.Max(0, place - ClusterChars);
        if (at > 0 && char.IsLowSurrogate(text[at])) at--;
        var stop = Math.Min(text.Length, place + ClusterChars + 1);
        if (stop < text.Length && char.IsLowSurrogate(text[stop])) stop++;
        var near = text.AsSpan(0, stop);
        for (behind = at; ; at = behind)
        {
            behind += StringInfo.GetNextTextElementLength(near[at..]);
            if (behind > place) return at;
        }
    }
}
