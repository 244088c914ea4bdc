namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>Where a part of a text may be cut off without cutting a word.</summary>
internal static class WordEdges
{
    private const int EdgeChars = 24;

    /// <summary>The first beginning of a word near a place, but not behind the limit.</summary>
    public static int Start(string text, int start, int limit)
    {
        var end = Math.Min(limit, start + EdgeChars);
        for (var at = start; at <= end && at < text.Length; at++)
        {
            if (char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at])) return at;
        }

        return char.IsLowSurrogate(text[start]) && start < limit ? start + 1 : start;
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

        return char.IsLowSurrogate(text[end]) && end > limit ? end - 1 : end;
    }
}
