using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// All terms that an automaton accepts: the union of their documents as a bit set. Memory is one bit a document however
/// many terms there are; time is paid from the budget by blocks of terms and of postings.
/// </summary>
internal sealed class PatternWeight(string field, FieldType type, TermAutomaton automaton, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(field, type);
        if (found?.Terms is not { } terms) return null;
        var union = new PostingsUnion(found, view.Segment.DocumentCount, budget);
        var walk = new TermWalk(terms, automaton, budget);
        while (walk.MoveNext())
            if (!union.Add(walk.Entry)) return null;
        return union.Scorer(score);
    }
}

/// <summary>
/// Terms near a word. A document scores by its nearest one: the boost, divided by one more than its edits. So
/// its score depends on the document and the query alone, on any number of shards and segments, and no term is left out
/// for being one too many.
/// </summary>
internal sealed class FuzzyWeight : Weight
{
    private readonly string _field;
    private readonly FieldType _type;
    private readonly Rune[] _word;
    private readonly int _edits;
    private readonly double _score;
    private readonly TermAutomaton _automaton;

    public FuzzyWeight(string field, FieldType type, Rune[] word, int edits, int prefixLength, double score)
    {
        _field = field;
        _type = type;
        _word = word;
        _edits = edits;
        _score = score;
        _automaton = EditDistance.Automaton(word, edits, prefixLength);
    }

    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(_field, _type);
        if (found?.Terms is not { } terms) return null;
        var unions = new PostingsUnion[_edits + 1];
        for (var i = 0; i <= _edits; i++) unions[i] = new PostingsUnion(found, view.Segment.DocumentCount, budget);
        var walk = new TermWalk(terms, _automaton, budget);
        while (walk.MoveNext())
        {
            var distance = EditDistance.Between(_word, walk.Term);
            if (!unions[Math.Min(distance, _edits)].Add(walk.Entry)) return null;
        }

        var scorers = new List<Scorer>();
        for (var i = 0; i <= _edits; i++)
        {
            for (var nearer = 0; nearer < i; nearer++) unions[i].Remove(unions[nearer]);
            if (unions[i].Scorer(_score / (1 + i)) is { } scorer) scorers.Add(scorer);
        }

        return scorers.Count switch
        {
            0 => null,
            1 => scorers[0],
            _ => new DisjunctionScorer([.. scorers]),
        };
    }
}

/// <summary>The documents of many terms of a field, as a bit set that is there once the first term is.</summary>
internal sealed class PostingsUnion(SegmentField field, int documents, SearchBudget budget)
{
    private ulong[]? _words;
    private PostingsCursor? _postings;

    /// <summary>Adds the documents of a term; false when the budget has run out.</summary>
    public bool Add(in TermEntry entry)
    {
        _words ??= budget.TakeMarks(documents);
        if (_words is null) return false;
        if (_postings is null) _postings = field.Postings(entry, budget);
        else field.Reset(_postings, entry);
        _postings.Mark(_words, 0, 0, PostingsCursor.End);
        return budget.Status == StatusCode.Ok;
    }

    /// <summary>Takes out what another one has.</summary>
    public void Remove(PostingsUnion other)
    {
        if (_words is null || other._words is null) return;
        for (var i = 0; i < _words.Length; i++) _words[i] &= ~other._words[i];
    }

    /// <summary>Its bits; null when no term was added.</summary>
    public ulong[]? Words => _words;

    /// <summary>A scorer of what is in it; null when nothing is.</summary>
    public Scorer? Scorer(double score) =>
        _words is null || _words.AsSpan().IndexOfAnyExcept(0UL) < 0 ? null : new BitSetScorer(_words, score);
}
