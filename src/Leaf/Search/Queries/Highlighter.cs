using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Highlighting;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Cuts the part of a text that shows best why it was found. The snippet is safe to put into a web page: everything but
/// the marks is HTML-escaped, and line breaks are spaces.
/// </summary>
internal static class Highlighter
{
    /// <summary>Characters of a text that are looked at; what is behind them is never marked.</summary>
    public const int TextCharsMax = 1_000_000;

    private const char Ellipsis = '…';

    /// <summary>
    /// The fragment with most different terms (then most matches, then the first), matches between
    /// <c>&lt;em&gt;</c> and <c>&lt;/em&gt;</c>, an ellipsis where text was left out. Without a match: the beginning.
    /// </summary>
    /// <param name="analyzer">The field's.</param>
    /// <param name="text">The field's value.</param>
    /// <param name="terms">What to mark.</param>
    /// <param name="maxChars">
    /// Characters of text in the fragment, marks, escapes and ellipses not counted; above 0. A longer match is kept
    /// whole.
    /// </param>
    /// <param name="budget">What it may spend; null for no end.</param>
    public static string Snippet(
        IAnalyzer analyzer, string text, IHighlightTerms terms, int maxChars, SearchBudget? budget = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxChars);
        var read = text.AsSpan(0, Math.Min(text.Length, TextCharsMax));
        var matches = terms.IsEmpty ? [] : HighlightMatches.Find(analyzer, read, terms, budget);
        var (start, end) = text.Length <= maxChars ? (0, text.Length) : Fragment(text, matches, maxChars);
        return Render(text, start, end, matches);
    }

    private static (int Start, int End) Fragment(string text, List<HighlightMatch> matches, int maxChars)
    {
        if (matches.Count == 0) return (0, WordEdges.End(text, 0, maxChars));
        var (first, last) = BestRun(matches, maxChars);
        var (from, to) = (matches[first].Start, matches[last].End);
        var room = maxChars - (to - from);
        if (room <= 0) return (from, to);
        var start = Math.Max(0, from - (room / 2));
        if (start + maxChars > text.Length) start = text.Length - maxChars;
        if (start > 0) start = WordEdges.Start(text, start, from);
        return (start, WordEdges.End(text, to, Math.Min(text.Length, start + maxChars)));
    }

    /// <summary>The run of matches that fit together and have most different terms.</summary>
    private static (int First, int Last) BestRun(List<HighlightMatch> matches, int maxChars)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var best = (First: 0, Last: 0, Terms: 0, Count: 0);
        var first = 0;
        for (var last = 0; last < matches.Count; last++)
        {
            counts[matches[last].Term] = counts.GetValueOrDefault(matches[last].Term) + 1;
            while (first < last && matches[last].End - matches[first].Start > maxChars)
            {
                var term = matches[first++].Term;
                if (--counts[term] == 0) counts.Remove(term);
            }

            var count = last - first + 1;
            if (counts.Count > best.Terms || (counts.Count == best.Terms && count > best.Count))
                best = (first, last, counts.Count, count);
        }

        return (best.First, best.Last);
    }

    private static string Render(string text, int start, int end, List<HighlightMatch> matches)
    {
        var snippet = new StringBuilder(end - start + 64);
        if (start > 0) snippet.Append(Ellipsis);
        MarkedText.Append(snippet, text, start, end, CollectionsMarshal.AsSpan(matches), Marks.Emphasis);
        if (end < text.Length) snippet.Append(Ellipsis);
        return snippet.ToString();
    }
}
