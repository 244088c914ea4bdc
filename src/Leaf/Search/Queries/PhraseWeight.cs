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
        if (field?.Terms is not { } terms) return null;
        var cursors = new PostingsCursor[_terms.Length];
        for (var i = 0; i < cursors.Length; i++)
        {
            if (!terms.TryFind(_terms[i], out var entry)) return null;
            cursors[i] = field.Postings(entry, budget);
        }

        var matcher = new PhraseMatcher(cursors, _terms, _offsets, _slop);
        return new PhraseScorer(cursors, matcher, field, _isScoring ? Similarity : null);
    }
}

/// <summary>Documents that have all words of a phrase are candidates; their positions decide.</summary>
internal sealed class PhraseScorer : TwoPhaseScorer
{
    private readonly PostingsCursor[] _byCost;
    private readonly PhraseMatcher _matcher;
    private readonly SegmentField _field;
    private readonly Bm25? _similarity;
    private float _frequency;

    public PhraseScorer(PostingsCursor[] terms, PhraseMatcher matcher, SegmentField field, Bm25? similarity)
    {
        _byCost = [.. terms.OrderBy(term => term.DocumentCount)];
        _matcher = matcher;
        _field = field;
        _similarity = similarity;
    }

    public override long Cost => _byCost[0].DocumentCount;

    public override int NextCandidate() => Align(_byCost[0].Next());

    public override int AdvanceCandidate(int target) => Align(_byCost[0].Advance(target));

    public override bool Confirm()
    {
        _frequency = _matcher.Frequency();
        return _frequency > 0;
    }

    public override double Score() => _similarity?.Score(_frequency, _field.Norms[Document]) ?? 0;

    private int Align(int document)
    {
        for (var i = 1; i < _byCost.Length && document != End; i++)
        {
            var term = _byCost[i];
            var found = term.Document < document ? term.Advance(document) : term.Document;
            if (found == document) continue;
            document = found == End ? End : _byCost[0].Advance(found);
            i = 0;
        }

        return Document = document;
    }
}
