using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>
/// How well a passage shows why its document was found: BM25 with the field as the collection and the passage as the
/// document, so that rare terms, several of them, and short passages count for more; those near the beginning a little
/// more. One field of one document.
/// </summary>
/// <remarks>
/// As the scorer of Lucene's unified highlighter is described (PassageScorer in its documentation): k1 1.2, b 0.75, and
/// a passage of 87 characters as the average one.
/// </remarks>
internal sealed class PassageScorer
{
    private const double K1 = 1.2;
    private const double B = 0.75;
    private const double Pivot = 87;

    private readonly Dictionary<string, double> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <param name="characters">Of the field.</param>
    /// <param name="matches">All of the field.</param>
    public PassageScorer(int characters, IEnumerable<HighlightMatch> matches)
    {
        foreach (var match in matches) _weights[match.Term] = _weights.GetValueOrDefault(match.Term) + 1;
        var passages = 1 + (characters / Pivot);
        foreach (var (term, count) in _weights)
            _weights[term] = (K1 + 1) * Math.Log(1 + ((passages + 0.5) / (count + 0.5)));
    }

    /// <summary>The score of a passage.</summary>
    /// <param name="passage">The passage.</param>
    /// <param name="before">Characters of the field before it.</param>
    public double Score(in Passage passage, int before)
    {
        _counts.Clear();
        foreach (var match in passage.Matches) _counts[match.Term] = _counts.GetValueOrDefault(match.Term) + 1;
        var length = K1 * ((1 - B) + (B * ((passage.End - passage.Start) / Pivot)));
        double sum = 0;
        foreach (var (term, count) in _counts) sum += _weights[term] * (count / (count + length));
        return sum * (1 + (1 / Math.Log(Pivot + before)));
    }
}
