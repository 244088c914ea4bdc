using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>
/// Counts what corrections are made of: words near those of a text, and documents that have some words together. All
/// counts are of live documents. One request; one thread.
/// </summary>
internal sealed class SpellingSearch(CollectionFields here, IndexSnapshot snapshot, SearchBudget budget)
{
    /// <summary>Words near one that are kept while more are found.</summary>
    private const int KeptMax = 4 * SpellingRequest.NearMax;

    private CollectionFields _fields = null!;

    /// <summary>Answers; null when something is wrong with the request.</summary>
    public SpellingReply? Count(SpellingRequest request, out string? problem)
    {
        _fields = here.With(request.KnownFields);
        var unlike = here.Unlike(request.KnownFields);
        if (request.Field.Length == 0 && FirstText() is { } first) request = request with { Field = first };
        problem = Problem(request);
        if (problem is not null) return null;
        var number = _fields.Find(request.Field);
        if (number < 0)
            return new SpellingReply(snapshot.LiveCount, [], new long[request.Sets.Count]) { FieldsHere = unlike };
        var words = new List<SpellingWord>();
        foreach (var (term, start, length) in WordsOf(number, request.Text))
        {
            words.Add(new SpellingWord(start, length, term, Documents(request.Field, term), Near(request, term)));
        }

        var isAdjacent = request.Adjacent && _fields.Fields[number].Positions;
        var counts = new long[request.Sets.Count];
        for (var i = 0; i < counts.Length; i++) counts[i] = Together(request.Field, request.Sets[i], isAdjacent);
        return new SpellingReply(snapshot.LiveCount, words, counts) { FieldsHere = unlike };
    }

    private string? FirstText() => _fields.Fields.FirstOrDefault(field => field.Type == FieldType.Text)?.Name;

    private string? Problem(SpellingRequest request)
    {
        var number = _fields.Find(request.Field);
        if (number < 0 ? _fields.TakesUnknown : _fields.Fields[number].Type == FieldType.Text) return null;
        return $"words of '{request.Field}' cannot be corrected; the collection's text fields are " +
            _fields.Names(FieldType.Text);
    }

    private List<(string Term, int Start, int Length)> WordsOf(int field, string text)
    {
        var sink = new WordList();
        _fields.QueryAnalyzer(field).Analyze(text, sink);
        return sink.Words;
    }

    private NearTerm[] Near(SpellingRequest request, string term)
    {
        Rune[] word = [.. term.EnumerateRunes()];
        if (request.Edits == 0 || word.Length < request.LengthMin || word.Length > EditDistance.WordCharactersMax)
            return [];
        var found = new Dictionary<string, (int Edits, long Documents)>(StringComparer.Ordinal);
        var automaton = EditDistance.Automaton(word, request.Edits, request.PrefixLength);
        foreach (var view in snapshot.Views)
        {
            if (view.Segment.Field(request.Field, FieldType.Text) is not { Terms: { } terms } field) continue;
            var walk = new TermWalk(terms, automaton, budget);
            while (walk.MoveNext())
            {
                var documents = QueryStatistics.Live(view, field, walk.Entry, budget);
                var near = Encoding.UTF8.GetString(walk.Term);
                if (documents == 0 || near == term) continue;
                var edits = EditDistance.Within(word, walk.Term, request.PrefixLength);
                found[near] = (edits, found.GetValueOrDefault(near).Documents + documents);
                if (found.Count > KeptMax) Keep(found, SpellingRequest.NearMax);
            }
        }

        if (found.Count > SpellingRequest.NearMax) Keep(found, SpellingRequest.NearMax);
        return
        [
            .. found.Select(row => new NearTerm(row.Key, row.Value.Edits, row.Value.Documents))
                .OrderBy(row => row.Term, StringComparer.Ordinal),
        ];
    }

    private static void Keep(Dictionary<string, (int Edits, long Documents)> found, int most)
    {
        var dropped = found.OrderBy(row => row.Value.Edits).ThenByDescending(row => row.Value.Documents)
            .ThenBy(row => row.Key, StringComparer.Ordinal).Skip(most).Select(row => row.Key).ToArray();
        foreach (var term in dropped) found.Remove(term);
    }

    private long Documents(string field, string term)
    {
        long documents = 0;
        var utf8 = Encoding.UTF8.GetBytes(term);
        foreach (var view in snapshot.Views)
        {
            if (view.Segment.Field(field, FieldType.Text) is { Terms: { } terms } found
                && terms.TryFind(utf8, out var entry))
                documents += QueryStatistics.Live(view, found, entry, budget);
        }

        return documents;
    }

    private long Together(string field, IReadOnlyList<string> terms, bool isAdjacent)
    {
        if (terms.Count == 0) return 0;
        if (terms.Count == 1) return Documents(field, terms[0]);
        Weight weight = isAdjacent
            ? new PhraseWeight(field, terms, [.. Enumerable.Range(0, terms.Count)], 0, 1, isScoring: false)
            : new BooleanWeight([], [], [],
                [
                    .. terms.Select(term =>
                        new ConstantTermWeight(field, FieldType.Text, Encoding.UTF8.GetBytes(term), 0)),
                ]);
        long documents = 0;
        foreach (var view in snapshot.Views)
        {
            if (weight.Open(view, budget) is not { } scorer) continue;
            while (scorer.Next() != Scorer.End)
                if (!BitWords.Has(view.Dead, scorer.Document)) documents++;
        }

        return documents;
    }

    private sealed class WordList : ITokenSink
    {
        public List<(string Term, int Start, int Length)> Words { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end)
        {
            if (Words.Count < WordQuery.WordsMax) Words.Add((term.ToString(), start, end - start));
        }
    }
}
