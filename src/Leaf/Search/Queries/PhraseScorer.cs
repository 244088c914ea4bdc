using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Documents that have all words of a phrase are candidates; their positions decide, unless the document is out of
/// reach even if the phrase stands there as often as its rarest word. The last word may be any of several.
/// </summary>
internal sealed class PhraseScorer : TwoPhaseScorer
{
    private readonly PostingsCursor[] _byCost;
    private readonly AnyOfWords? _last;
    private readonly ImpactBounds[] _bounds;
    private readonly PhraseMatcher _matcher;
    private readonly SegmentField _field;
    private readonly Bm25? _similarity;
    private float _frequency;

    /// <param name="terms">Its words in their order, but for such a last one; not moved yet.</param>
    /// <param name="matcher">Of the same cursors, and of the last word.</param>
    /// <param name="field">The field.</param>
    /// <param name="similarity">What scores it; null when it only filters.</param>
    /// <param name="last">The last word where it is any of several; it sets no bound.</param>
    public PhraseScorer(
        PostingsCursor[] terms, PhraseMatcher matcher, SegmentField field, Bm25? similarity, AnyOfWords? last = null)
    {
        _byCost = [.. terms.OrderBy(term => term.DocumentCount)];
        _last = last;
        _matcher = matcher;
        _field = field;
        _similarity = similarity;
        _bounds = similarity is null ? [] : [.. _byCost.Select(term => new ImpactBounds(term, field, similarity))];
        foreach (var bound in _bounds) Ceiling = Ceiling == 0 ? bound.Ceiling : Math.Min(Ceiling, bound.Ceiling);
    }

    public override long Cost => Math.Min(_byCost[0].DocumentCount, _last?.DocumentCount ?? int.MaxValue);

    /// <summary>
    /// The phrase occurs at most as often as each of its words, so what any word allows bounds it.
    /// </summary>
    public override double Ceiling { get; }

    public override int NextCandidate() => Align(_byCost[0].Next());

    public override int AdvanceCandidate(int target) => Align(_byCost[0].Advance(target));

    public override bool Confirm()
    {
        _frequency = _matcher.Frequency();
        return _frequency > 0;
    }

    public override double Score() => _similarity?.Score(_frequency, _field.Norms[Document]) ?? 0;

    public override int ZoneEnd(int document) => _bounds.Length == 0 ? End : _bounds[0].ZoneEnd(document);

    public override int NextZone(int from, double score) =>
        _bounds.Length == 0 ? base.NextZone(from, score) : _bounds[0].Next(from, score);

    public override double MaxScore(int from, int to)
    {
        var least = Ceiling;
        foreach (var bound in _bounds) least = Math.Min(least, bound.Max(from, to));
        return least;
    }

    public override bool MayReach(double score)
    {
        if (_similarity is null || score <= 0) return true;
        var frequency = _last?.Frequency ?? int.MaxValue;
        foreach (var term in _byCost) frequency = Math.Min(frequency, term.Frequency);
        return _similarity.Score(frequency, _field.Norms[Document]) >= score;
    }

    private int Align(int document)
    {
        for (var i = 1; document != End; i++)
        {
            if (i >= _byCost.Length)
            {
                if (_last is null || _last.TryEnter(document)) break;
                document = _byCost[0].Next();
                i = 0;
                continue;
            }

            var term = _byCost[i];
            var found = term.Document < document ? term.Advance(document) : term.Document;
            if (found == document) continue;
            document = found == End ? End : _byCost[0].Advance(found);
            i = 0;
        }

        return Document = document;
    }
}
