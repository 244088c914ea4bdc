using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>
/// Cuts the text around matches: from the beginning of the sentence of a match on, as many whole sentences as fit; of a
/// sentence that does not fit, the words around the match. Passages never overlap and never cross values.
/// </summary>
internal static class PassageCutter
{
    /// <summary>All passages of a value.</summary>
    /// <param name="value">Its number.</param>
    /// <param name="text">Its text, as far as it is looked at.</param>
    /// <param name="matches">In order of place.</param>
    /// <param name="size">Characters of a passage; 0 for a sentence each.</param>
    /// <param name="passages">Gets them.</param>
    public static void Cut(int value, string text, HighlightMatch[] matches, int size, List<Passage> passages)
    {
        int sentence = 0, sentenceEnd = 0, behind = 0;
        for (var first = 0; first < matches.Length;)
        {
            var match = matches[first];
            while (sentenceEnd <= match.Start)
                (sentence, sentenceEnd) = (sentenceEnd, SentenceBreaks.Next(text, sentenceEnd));
            var (start, end) = Bounds(text, Math.Max(sentence, behind), sentenceEnd, match, size);
            var last = first;
            for (; last < matches.Length && matches[last].Start < end; last++) end = Math.Max(end, matches[last].End);
            var within = new ArraySegment<HighlightMatch>(matches, first, last - first);
            passages.Add(new Passage(value, start, end, within));
            behind = end;
            first = last;
        }
    }

    /// <summary>The beginning of a text: whole sentences, or of a longer one words.</summary>
    public static int Beginning(string text, int size)
    {
        var end = Sentences(text, 0, size);
        return end > 0 ? end : WordEdges.End(text, 0, size);
    }

    private static (int Start, int End) Bounds(
        string text, int sentence, int sentenceEnd, in HighlightMatch match, int size)
    {
        if (size == 0) return (sentence, sentenceEnd);
        if (sentenceEnd - sentence <= size) return (sentence, Math.Max(sentenceEnd, Sentences(text, sentence, size)));
        var room = Math.Max(0, size - (match.End - match.Start));
        var start = Math.Max(sentence, match.Start - (room / 2));
        if (start > sentence) start = WordEdges.Start(text, start, match.Start);
        var end = WordEdges.End(text, match.End, Math.Min(sentenceEnd, Math.Max(match.End, start + size)));
        return (start, end);
    }

    /// <summary>The end of the last sentence from a place on that ends within so many characters.</summary>
    private static int Sentences(string text, int start, int size)
    {
        var end = start;
        while (end < text.Length)
        {
            var next = SentenceBreaks.Next(text, end);
            if (next - start > size) break;
            end = next;
        }

        return end;
    }
}
