using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Words of a text field in their order, two at least.</summary>
internal sealed class PhraseWeight : ScoredWeight
{
    private readonly byte[][] _terms;
    private readonly int[] _offsets;
    private readonly int _slop;
    private readonly bool _isScoring;

    /// <param name="field">The field.</param>
    /// <param name="terms">Analysed terms.</param>
    /// <param name="offsets">Their places, not falling; gaps where stop words were left out.</param>
    /// <param name="slop">Most moves.</param>
    /// <param name="boost">Product of boosts.</param>
    /// <param name="isScoring">Whether it scores, and is bound to statistics.</param>
    public PhraseWeight(
        string field, IReadOnlyList<string> terms, int[] offsets, int slop, float boost, bool isScoring)
        : base(field, terms, boost)
    {
        _terms = [.. terms.Select(Encoding.UTF8.GetBytes)];
        _offsets = offsets;
        _slop = slop;
        _isScoring = isScoring;
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var field = view.Segment.Field(Field, FieldType.Text);
        if (field is null) return null;
        var cursors = new PostingsCursor[_terms.Length];
        for (var i = 0; i < cursors.Length; i++)
        {
            if (!TryFind(field, i, _terms[i], out var entry)) return null;
            cursors[i] = field.Postings(entry, budget);
        }

        var matcher = new PhraseMatcher(cursors, _terms, _offsets, _slop);
        return new PhraseScorer(cursors, matcher, field, _isScoring ? Similarity : null);
    }
}
