using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>Cuts the fragments of one field that a request wants. One search, one thread.</summary>
internal sealed class FieldHighlighter(
    HighlightField wanted, IAnalyzer analyzer, IHighlightTerms terms, SearchBudget? budget = null)
{
    /// <summary>Values that are returned whole.</summary>
    private const int ValuesMax = 10_000;

    private readonly List<Passage> _passages = [];
    private readonly StringBuilder _text = new();

    /// <summary>The fragments of a field's values; none where nothing matches and no beginning is wanted.</summary>
    public IReadOnlyList<string> Fragments(IReadOnlyList<string> values)
    {
        var read = Cut(values);
        var matches = read.Select(Matches).ToArray();
        if (matches.All(of => of.Length == 0)) return Beginning(read);
        if (wanted.Fragments == 0)
        {
            return [.. read.Index().Where(row => matches[row.Index].Length > 0).Take(ValuesMax).Select(
                row => Render(row.Item, 0, row.Item.Length, matches[row.Index]))];
        }

        _passages.Clear();
        for (var i = 0; i < read.Count; i++) PassageCutter.Cut(i, read[i], matches[i], wanted.FragmentSize, _passages);
        return [.. Best(read, matches).Select(
            passage => Render(read[passage.Value], passage.Start, passage.End, passage.Matches))];
    }

    /// <summary>The values as far as they are looked at.</summary>
    private List<string> Cut(IReadOnlyList<string> values)
    {
        var left = wanted.AnalyzedChars;
        var read = new List<string>();
        foreach (var value in values)
        {
            if (left == 0) break;
            var length = Math.Min(left, value.Length);
            if (length < value.Length && char.IsHighSurrogate(value[length - 1])) length--;
            read.Add(length == value.Length ? value : value[..length]);
            left -= Math.Min(left, value.Length);
        }

        return read;
    }

    private HighlightMatch[] Matches(string text)
    {
        if (terms.IsEmpty) return [];
        return [.. HighlightMatches.Find(analyzer, text, terms, budget).OrderBy(match => match.Start)];
    }

    private string[] Beginning(List<string> read)
    {
        if (wanted.NoMatchSize == 0 || read.Count == 0 || read[0].Length == 0) return [];
        return [Render(read[0], 0, PassageCutter.Beginning(read[0], wanted.NoMatchSize), [])];
    }

    /// <summary>The best passages, in the order wanted.</summary>
    private IEnumerable<Passage> Best(List<string> read, HighlightMatch[][] matches)
    {
        var before = new int[read.Count];
        for (var i = 1; i < before.Length; i++) before[i] = before[i - 1] + read[i - 1].Length;
        var scorer = new PassageScorer(before[^1] + read[^1].Length, matches.SelectMany(of => of));
        var best = _passages.Select(
                (passage, place) =>
                    (passage, place, score: scorer.Score(passage, before[passage.Value] + passage.Start)))
            .OrderByDescending(row => row.score).ThenBy(row => row.place).Take(wanted.Fragments);
        return (wanted.BestFirst ? best : best.OrderBy(row => row.place)).Select(row => row.passage);
    }

    private string Render(string text, int start, int end, ReadOnlySpan<HighlightMatch> matches)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        _text.Clear();
        MarkedText.Append(_text, text, start, end, matches, new Marks(wanted.PreTag, wanted.PostTag, wanted.Html));
        return _text.ToString();
    }
}
