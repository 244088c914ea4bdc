using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Some thousand terms of a text or keyword field: the union of their documents as a bit set. Both the terms and the
/// dictionary are sorted, so they are merged where the terms are many for it, and looked up one by one where they are
/// few. Paid from the budget by blocks of terms and of postings.
/// </summary>
internal sealed class TermsWeight : Weight
{
    private const int TermsPerLook = 32;

    /// <summary>A look-up costs about as much as walking over so many terms.</summary>
    private const int LookUpTerms = 16;

    private readonly string _field;
    private readonly FieldType _type;
    private readonly byte[][] _terms;
    private readonly double _score;

    /// <param name="field">The field.</param>
    /// <param name="type">Text or keyword.</param>
    /// <param name="terms">In any order, also repeated; sorted here.</param>
    /// <param name="score">Of each match.</param>
    public TermsWeight(string field, FieldType type, byte[][] terms, double score)
    {
        _field = field;
        _type = type;
        _terms = terms;
        _score = score;
        _terms.AsSpan().Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
    }

    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(_field, _type);
        if (found?.Terms is not { } terms || _terms.Length == 0) return null;
        var union = new PostingsUnion(found, view.Segment.DocumentCount, budget);
        var isDone = (long)_terms.Length * LookUpTerms < terms.Count
            ? LookUp(terms, union, budget)
            : Merge(terms, union, budget);
        return isDone ? union.Scorer(_score) : null;
    }

    private bool LookUp(TermDictionary terms, PostingsUnion union, SearchBudget budget)
    {
        for (var i = 0; i < _terms.Length; i++)
        {
            if (i % TermsPerLook == 0 && !budget.Spend()) return false;
            if (terms.TryFind(_terms[i], out var entry) && !union.Add(entry)) return false;
        }

        return true;
    }

    private bool Merge(TermDictionary terms, PostingsUnion union, SearchBudget budget)
    {
        var cursor = terms.Cursor();
        var at = 0;
        for (var more = cursor.Seek(_terms[0]); more; more = cursor.MoveNext())
        {
            if (cursor.Entry.Ordinal % TermsPerLook == 0 && !budget.Spend()) return false;
            var order = 1;
            while (at < _terms.Length && (order = cursor.Term.SequenceCompareTo(_terms[at])) > 0) at++;
            if (at == _terms.Length) return true;
            if (order == 0 && !union.Add(cursor.Entry)) return false;
        }

        return true;
    }
}

/// <summary>Many values of a number, integer, date or boolean field.</summary>
internal sealed class ValueSetWeight(string field, FieldType type, ValueSet values, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget) =>
        view.Segment.Field(field, type) is { } found
            ? new ColumnScorer<ValueSet>(found.Column, values, view.Segment.DocumentCount, score, budget)
            : null;
}
