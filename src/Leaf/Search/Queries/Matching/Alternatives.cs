using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Terms of a text field that mean the same, as if they were one: their occurrences in a document are added, and they
/// are as rare as the most frequent of them, which is summed over shards. As Lucene's SynonymQuery.
/// </summary>
/// <param name="field">The field.</param>
/// <param name="terms">Different analysed terms.</param>
/// <param name="boost">Product of boosts.</param>
internal sealed class AlternativesWeight(string field, IReadOnlyList<string> terms, float boost)
    : Weight, IBoundWeight
{
    private readonly byte[][] _terms = [.. terms.Select(Encoding.UTF8.GetBytes)];
    private Bm25 _similarity = null!;
    private long _all;
    private long _having;

    /// <inheritdoc/>
    public void Count(StatisticsRows rows)
    {
        rows.Add(field);
        foreach (var term in terms) rows.Add(field, term);
    }

    /// <inheritdoc/>
    public void Bind(QueryStatistics statistics)
    {
        _all = statistics.Field(field).Documents;
        foreach (var term in terms) _having = Math.Max(_having, statistics.Documents(field, term));
        _similarity = new Bm25(boost * Bm25.Idf(_all, _having), statistics.Inverses(field));
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (view.Segment.Field(field, FieldType.Text) is not { Terms: { } dictionary } found) return null;
        var postings = new List<PostingsCursor>();
        foreach (var term in _terms)
            if (dictionary.TryFind(term, out var entry)) postings.Add(found.Postings(entry, budget));
        return postings.Count switch
        {
            0 => null,
            1 => new TermScorer(postings[0], found, _similarity),
            _ => new AlternativesScorer([.. postings], found, _similarity),
        };
    }

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (ScoreOf(view, document, budget) is not { } score) return null;
        var told = string.Create(
            CultureInfo.InvariantCulture,
            $"BM25 of {field}:({string.Join(" | ", terms)}) as one term, boost {boost} * idf * tf part; idf: N = "
            + $"{_all}, n = {_having}, of the most frequent; tf: occurrences of all");
        return new Explanation((float)score, told, []);
    }
}

/// <summary>Documents that have any of some terms, whose occurrences are added.</summary>
/// <remarks>
/// The score is concave in the occurrences and 0 without any, so the score of a sum is at most the sum of what each
/// term's own occurrences score, which the impacts of its blocks bound; roundings are covered by a small factor.
/// </remarks>
internal sealed class AlternativesScorer : Scorer
{
    private const double Rounding = 1 + 1e-6;

    private readonly PostingsCursor[] _terms;
    private readonly ImpactBounds[] _bounds;
    private readonly SegmentField _field;
    private readonly Bm25 _similarity;

    /// <param name="terms">Two at least, not moved yet.</param>
    /// <param name="field">The field.</param>
    /// <param name="similarity">What scores it.</param>
    public AlternativesScorer(PostingsCursor[] terms, SegmentField field, Bm25 similarity)
    {
        _terms = terms;
        _field = field;
        _similarity = similarity;
        _bounds = Array.ConvertAll(terms, term => new ImpactBounds(term, field, similarity));
        foreach (var term in terms) Cost += term.DocumentCount;
        Ceiling = Bound(_bounds.Sum(bound => (double)bound.Ceiling));
    }

    public override long Cost { get; }

    public override bool IsDear => false;

    public override double Ceiling { get; }

    public override int Next() => Advance(Document + 1);

    public override int Advance(int target)
    {
        var lowest = End;
        foreach (var term in _terms)
        {
            var document = term.Document < target ? term.Advance(target) : term.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override double Score()
    {
        var frequency = 0;
        foreach (var term in _terms)
            if (term.Document == Document) frequency += term.Frequency;
        return _similarity.Score(frequency, _field.Norms[Document]);
    }

    public override int ZoneEnd(int document)
    {
        var end = End;
        foreach (var bound in _bounds) end = Math.Min(end, bound.ZoneEnd(document));
        return end;
    }

    public override double MaxScore(int from, int to)
    {
        double sum = 0;
        foreach (var bound in _bounds) sum += bound.Max(from, to);
        return Bound(sum);
    }

    public override bool TryRewind()
    {
        foreach (var term in _terms) term.Rewind();
        foreach (var bound in _bounds) bound.Rewind();
        Document = -1;
        return true;
    }

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        foreach (var term in _terms) term.Mark(words, first, from, to);
    }

    private double Bound(double sum) => Math.Min(_similarity.Weight, sum * Rounding);
}
