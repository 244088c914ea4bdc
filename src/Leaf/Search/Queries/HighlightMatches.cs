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
    /// <summary>Comparisons that are worth a block of postings.</summary>
    private const int WorkPerBlock = 512;

    private readonly IHighlightTerms _terms;
    private readonly SearchBudget? _budget;
    private readonly int _cost;
    private readonly List<HighlightMatch> _single = [];
    private readonly HashSet<int> _inPhrases = [];
    private readonly Dictionary<string, List<Place>> _phraseWords = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Place>>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private int _work;
    private bool _isOver;

    private HighlightMatches(IHighlightTerms terms, SearchBudget? budget)
    {
        _terms = terms;
        _budget = budget;
        _cost = 1 + terms.Cost;
        foreach (var (term, _) in terms.Phrases.SelectMany(phrase => phrase.Terms))
            if (Goes(1)) _phraseWords.TryAdd(term, []);
        _lookup = _phraseWords.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>All matches, in order of place, none twice; of no use when the budget has run out.</summary>
    public static List<HighlightMatch> Find(
        IAnalyzer analyzer, ReadOnlySpan<char> text, IHighlightTerms terms, SearchBudget? budget = null)
    {
        var matches = new HighlightMatches(terms, budget);
        analyzer.Analyze(text, matches);
        foreach (var phrase in terms.Phrases)
            if (matches.Goes(phrase.Terms.Count)) matches.AddPhrase(phrase);
        if (terms.Phrases.Count == 0) return matches._single;
        return [.. matches._single.DistinctBy(match => match.Start).OrderBy(match => match.Start)];
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<char> term, int position, int start, int end)
    {
        if (!Goes(_cost)) return;
        if (_terms.Matches(term)) _single.Add(new HighlightMatch(start, end, term.ToString()));
        if (_lookup.TryGetValue(term, out var places)) places.Add(new Place(position, start, end));
    }

    /// <summary>
    /// Marks every place where the words stand together, as the query finds them: a choice of one place a word, none
    /// twice, whose places less those in the phrase span at most the slop, and which holds no narrower choice.
    /// </summary>
    private void AddPhrase(HighlightPhrase phrase)
    {
        var words = phrase.Terms.Select(term => _phraseWords[term.Term]).ToArray();
        if (Array.Exists(words, places => places.Count == 0)) return;
        var lines = new HashSet<int>();
        for (var w = 0; w < words.Length; w++)
        {
            foreach (var place in words[w])
            {
                if (!Goes(1)) return;
                lines.Add(place.Position - phrase.Terms[w].Offset);
            }
        }

        var next = new int[words.Length];
        var chosen = new int[words.Length];
        var same = new int[words.Length];
        for (var w = 0; w < words.Length; w++) same[w] = w == 0 ? -1 : Array.LastIndexOf(words, words[w], w - 1);
        var found = new List<HighlightMatch>();
        var foundEnd = int.MinValue;
        foreach (var line in lines.Order())
        {
            if (!Goes(words.Length)) return;
            if (!TryPlace(phrase, words, line, next, chosen, same, out var end)) break;
            if (end - line > phrase.Slop) continue;

            // Of choices with the same end the last is the narrowest.
            if (end != foundEnd) Mark(found);
            foundEnd = end;
            found.Clear();
            for (var w = 0; w < words.Length; w++)
            {
                var place = words[w][chosen[w]];
                found.Add(new HighlightMatch(place.Start, place.End, phrase.Terms[w].Term));
            }
        }

        Mark(found);
    }

    /// <summary>Pays for some comparisons; false when there is no time left.</summary>
    private bool Goes(int comparisons)
    {
        if (_isOver) return false;
        for (_work += comparisons; _work >= WorkPerBlock && !_isOver; _work -= WorkPerBlock)
            _isOver = _budget?.Spend() == false;
        return !_isOver;
    }

    /// <summary>Marks each place once, however many choices it is in.</summary>
    private void Mark(List<HighlightMatch> found)
    {
        foreach (var match in found)
            if (_inPhrases.Add(match.Start)) _single.Add(match);
    }

    /// <summary>
    /// Chooses for each word its first place at or behind the line that no same word before it took. Same words take
    /// places one behind the other, so the last of them is the one to pass.
    /// </summary>
    private static bool TryPlace(
        HighlightPhrase phrase, List<Place>[] words, int line, int[] next, int[] chosen, int[] same, out int end)
    {
        end = int.MinValue;
        for (var w = 0; w < words.Length; w++)
        {
            var offset = phrase.Terms[w].Offset;
            while (next[w] < words[w].Count && words[w][next[w]].Position < line + offset) next[w]++;
            var at = next[w];
            if (same[w] >= 0) at = Math.Max(at, chosen[same[w]] + 1);
            if (at >= words[w].Count) return false;
            chosen[w] = at;
            end = Math.Max(end, words[w][at].Position - offset);
        }

        return true;
    }

    private readonly record struct Place(int Position, int Start, int End);
}
