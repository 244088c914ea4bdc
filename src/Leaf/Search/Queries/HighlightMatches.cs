using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>One word to mark.</summary>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Term">Its term, so that different ones count for more than one repeated.</param>
internal readonly record struct HighlightMatch(int Start, int End, string Term);

/// <summary>
/// Finds the words to mark in a text: single terms and prefixes at once, phrases when all is read. Keeps only words
/// that a query asks for.
/// </summary>
internal sealed class HighlightMatches : ITokenSink
{
    private readonly IHighlightTerms _terms;
    private readonly List<HighlightMatch> _single = [];
    private readonly Dictionary<string, List<Place>> _phraseWords = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Place>>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private HighlightMatches(IHighlightTerms terms)
    {
        _terms = terms;
        foreach (var (term, _) in terms.Phrases.SelectMany(phrase => phrase.Terms)) _phraseWords.TryAdd(term, []);
        _lookup = _phraseWords.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>All matches, in order of place, none twice.</summary>
    public static List<HighlightMatch> Find(IAnalyzer analyzer, ReadOnlySpan<char> text, IHighlightTerms terms)
    {
        var matches = new HighlightMatches(terms);
        analyzer.Analyze(text, matches);
        foreach (var phrase in terms.Phrases) matches.AddPhrase(phrase);
        if (terms.Phrases.Count == 0) return matches._single;
        return [.. matches._single.DistinctBy(match => match.Start).OrderBy(match => match.Start)];
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<char> term, int position, int start, int end)
    {
        if (_terms.Matches(term)) _single.Add(new HighlightMatch(start, end, term.ToString()));
        if (_lookup.TryGetValue(term, out var places)) places.Add(new Place(position, start, end));
    }

    /// <summary>
    /// Marks every place where the words stand together. With slop, each word may stand off its place, all of them
    /// together by no more than the slop: nearly what the query does, and enough for marking.
    /// </summary>
    private void AddPhrase(HighlightPhrase phrase)
    {
        var found = new List<HighlightMatch>();
        foreach (var first in _phraseWords[phrase.Terms[0].Term])
        {
            found.Clear();
            var moves = 0;
            foreach (var (term, offset) in phrase.Terms)
            {
                var place = Nearest(_phraseWords[term], first.Position + offset);
                if (place is null) return;
                moves += Math.Abs(place.Value.Position - first.Position - offset);
                if (moves > phrase.Slop) break;
                found.Add(new HighlightMatch(place.Value.Start, place.Value.End, term));
            }

            if (moves <= phrase.Slop) _single.AddRange(found);
        }
    }

    private static Place? Nearest(List<Place> places, int position)
    {
        if (places.Count == 0) return null;
        var at = places.BinarySearch(new Place(position, 0, 0), ByPosition.Instance);
        if (at >= 0) return places[at];
        at = ~at;
        if (at == places.Count) return places[^1];
        if (at == 0) return places[0];
        return position - places[at - 1].Position <= places[at].Position - position ? places[at - 1] : places[at];
    }

    private readonly record struct Place(int Position, int Start, int End);

    private sealed class ByPosition : IComparer<Place>
    {
        public static ByPosition Instance { get; } = new();

        public int Compare(Place x, Place y) => x.Position.CompareTo(y.Position);
    }
}
