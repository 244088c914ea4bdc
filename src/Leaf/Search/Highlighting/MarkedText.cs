using System.Text;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>Writes a part of a text with marks around its matches.</summary>
internal static class MarkedText
{
    /// <summary>Characters after which a text is cut off, marks and escapes counted.</summary>
    public const int CharsMax = 1_000_000;

    /// <summary>Appends a part of a text. Matches that overlap, such as pairs of ideographs, are one mark.</summary>
    /// <param name="output">Gets it.</param>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="end">Where it ends, exclusive.</param>
    /// <param name="matches">In order of place; those that end behind the part are not marked.</param>
    /// <param name="marks">What stands before and behind a match, and whether text is escaped.</param>
    public static void Append(
        StringBuilder output, string text, int start, int end, ReadOnlySpan<HighlightMatch> matches, Marks marks)
    {
        var at = start;
        for (var i = 0; i < matches.Length && matches[i].Start < end && output.Length < CharsMax; i++)
        {
            var (from, to, _) = matches[i];
            if (from < at || to > end) continue;
            for (; i + 1 < matches.Length && matches[i + 1].Start < to && matches[i + 1].End <= end; i++)
                to = Math.Max(to, matches[i + 1].End);
            Append(output, text.AsSpan(at..from), marks.IsHtml);
            output.Append(marks.Before);
            Append(output, text.AsSpan(from..to), marks.IsHtml);
            output.Append(marks.Behind);
            at = to;
        }

        Append(output, text.AsSpan(at..end), marks.IsHtml);
    }

    private static void Append(StringBuilder output, ReadOnlySpan<char> text, bool isHtml)
    {
        text = text[..Math.Min(text.Length, Math.Max(0, CharsMax - output.Length))];
        if (!isHtml)
        {
            output.Append(text);
            return;
        }

        foreach (var c in text)
        {
            switch (c)
            {
                case '&': output.Append("&amp;"); break;
                case '<': output.Append("&lt;"); break;
                case '>': output.Append("&gt;"); break;
                case '"': output.Append("&quot;"); break;
                case '\'': output.Append("&#39;"); break;
                case < ' ': output.Append(' '); break;
                default: output.Append(c); break;
            }
        }
    }
}

/// <summary>What stands before and behind a match, and whether text is escaped for a web page.</summary>
internal readonly record struct Marks(string Before, string Behind, bool IsHtml)
{
    /// <summary>Those of snippets.</summary>
    public static readonly Marks Emphasis = new("<em>", "</em>", true);
}
