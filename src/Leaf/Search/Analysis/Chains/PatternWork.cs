using System.Text.RegularExpressions;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Characters that the patterns of a chain may look at in the texts of one document, as far as can be known without
/// looking: each search of a pattern that is not known to be linear (<see cref="PatternShape"/>) counts the whole rest
/// of the text. So the same document is refused by every replica, however busy it is. One thread; one document.
/// </summary>
internal sealed class PatternWork(long left = ChainLimits.PatternWorkMax)
{
    /// <summary>What is wrong where it is over, and what is allowed.</summary>
    public static string Problem { get; } =
        $"searches of its analyzer's patterns would look at more than {ChainLimits.PatternWorkMax} characters, the "
        + "limit of a document for patterns that may look at the same characters again and again (repeated groups, or "
        + "a repeat with more behind it in one of several alternatives); shorten the text or simplify the pattern";

    /// <summary>Of one whose texts are taken however long it takes.</summary>
    public static PatternWork Unbounded => new(long.MaxValue);

    /// <summary>Whether more was needed than there was.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Counts a search; false where there is nothing left for it, and nothing more is to be done.</summary>
    public bool Search(CutPattern pattern, int chars)
    {
        if (pattern.IsLinear) return !IsOver;
        left -= chars;
        IsOver |= left < 0;
        return !IsOver;
    }
}

/// <summary>A pattern of a part, and what is known of its cost.</summary>
/// <param name="Regex">Without backtracking.</param>
/// <param name="IsLinear">Whether all matches in a text take time in proportion to it.</param>
internal sealed record CutPattern(Regex Regex, bool IsLinear);
