using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// A query bound to a schema and to statistics: what a scorer of any segment is made from. Boosts are multiplied into
/// the leaves; a clause that does not score (filter, exclusion) gives zero. One search.
/// </summary>
internal abstract class Weight
{
    /// <summary>A scorer of one segment, before its first match; null when nothing in it can match.</summary>
    public abstract Scorer? Open(SegmentView view, SearchBudget budget);

    /// <summary>The same as clauses to be searched or counted together; null when nothing can match.</summary>
    public virtual ClauseSet? OpenClauses(SegmentView view, SearchBudget budget) =>
        Open(view, budget) is { } scorer ? ClauseSet.Of(scorer) : null;

    /// <summary>
    /// The same in parts, to be searched for the best hits one after another: none offers what another does. Null where
    /// the clauses are the only part.
    /// </summary>
    public virtual IReadOnlyList<ClauseSet>? OpenParts(SegmentView view, SearchBudget budget) => null;

    /// <summary>How a document's score comes about; null when it does not match.</summary>
    public virtual Explanation? Explain(SegmentView view, int document, SearchBudget budget) =>
        ScoreOf(view, document, budget) is { } score
            ? new Explanation((float)score, "it matches, which is worth the boost", [])
            : null;

    /// <summary>The document's score; null when it does not match.</summary>
    protected double? ScoreOf(SegmentView view, int document, SearchBudget budget) =>
        Open(view, budget) is { } scorer && scorer.Advance(document) == document ? scorer.Score() : null;
}

/// <summary>Nothing.</summary>
internal sealed class NothingWeight : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget) => null;
}

/// <summary>Everything.</summary>
internal sealed class AllWeight(double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget) =>
        view.Segment.DocumentCount == 0 ? null : new AllScorer(view.Segment.DocumentCount, score);
}

/// <summary>A clause that BM25 scores: it needs statistics of its terms before it is opened.</summary>
internal abstract class ScoredWeight : Weight, IBoundWeight
{
    protected ScoredWeight(string field, IReadOnlyList<string> terms, float boost)
    {
        Field = field;
        Terms = terms;
        Boost = boost;
    }

    /// <summary>A text field.</summary>
    public string Field { get; }

    /// <summary>Its analysed terms, repeated where the query repeats them.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>Product of the boosts down to here.</summary>
    protected float Boost { get; }

    /// <summary>Set by <see cref="Bind"/>.</summary>
    protected Bm25 Similarity { get; private set; } = null!;

    private QueryStatistics? Statistics { get; set; }

    /// <inheritdoc/>
    public virtual void Count(StatisticsRows rows)
    {
        rows.Add(Field);
        foreach (var term in Terms) rows.Add(Field, term);
    }

    /// <summary>Takes the statistics. The idf of a phrase is the sum of those of its terms, as in Lucene.</summary>
    public virtual void Bind(QueryStatistics statistics)
    {
        Statistics = statistics;
        double idf = 0;
        foreach (var term in Terms) idf += Idf(statistics, term);
        Similarity = new Bm25(Boost * (float)idf, statistics.Inverses(Field));
    }

    /// <summary>Documents that one of its terms counts as being in.</summary>
    protected virtual long DocumentsOf(QueryStatistics statistics, string term) => statistics.Documents(Field, term);

    private float Idf(QueryStatistics statistics, string term) =>
        Bm25.Idf(statistics.Field(Field).Documents, DocumentsOf(statistics, term));

    /// <summary>Finds one of its terms in a segment.</summary>
    protected bool TryFind(SegmentField field, int term, byte[] utf8, out TermEntry entry)
    {
        if (Statistics is { } statistics) return statistics.TryFind(field, Terms[term], utf8, out entry);
        entry = default;
        return field.Terms is { } terms && terms.TryFind(utf8, out entry);
    }

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (ScoreOf(view, document, budget) is not { } score) return null;
        var what = string.Join(' ', Terms);
        if (Statistics is not { } statistics)
            return new Explanation((float)score, $"{Field}:{what} matches and does not score", []);
        var field = statistics.Field(Field);
        var norm = view.Segment.Field(Field, FieldType.Text)!.Norms[document];
        var rare = Terms.Select(term => new Explanation(
            Idf(statistics, term),
            string.Create(
                CultureInfo.InvariantCulture,
                $"idf of '{term}': ln(1 + (N - n + 0.5) / (n + 0.5)), N = {field.Documents}, "
                + $"n = {DocumentsOf(statistics, term)}"),
            []));
        var average = field.Documents == 0 ? 1 : (double)field.Tokens / field.Documents;
        Explanation[] parts =
        [
            new(Boost, "boost", []), .. rare,
            new(
                (float)(score / Similarity.Weight),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"tf / (tf + k1 (1 - b + b length / average)), k1 = 1.2, b = 0.75, length = "
                    + $"{FieldNorm.ByByte[norm]}, average = {average:0.###}"),
                []),
        ];
        return new Explanation((float)score, $"BM25 of {Field}:{what}, boost * idf * tf part", parts);
    }
}

/// <summary>One term of a text field.</summary>
internal sealed class TermWeight : ScoredWeight
{
    private readonly byte[] _term;
    private readonly long? _documents;

    /// <param name="field">The field.</param>
    /// <param name="term">The analysed term.</param>
    /// <param name="boost">Product of boosts.</param>
    /// <param name="documents">How many documents it counts as being in; null: as many as it is in.</param>
    public TermWeight(string field, string term, float boost, long? documents = null)
        : base(field, [term], boost)
    {
        _term = Encoding.UTF8.GetBytes(term);
        _documents = documents;
    }

    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var field = view.Segment.Field(Field, FieldType.Text);
        return field is not null && TryFind(field, 0, _term, out var entry)
            ? new TermScorer(field.Postings(entry, budget), field, Similarity)
            : null;
    }

    protected override long DocumentsOf(QueryStatistics statistics, string term) =>
        _documents ?? base.DocumentsOf(statistics, term);
}

/// <summary>One term whose documents all score the same: keywords, and what only filters.</summary>
internal sealed class ConstantTermWeight(string field, FieldType type, byte[] term, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(field, type);
        return found?.Terms is { } terms && terms.TryFind(term, out var entry)
            ? new TermScorer(found.Postings(entry, budget), found, score)
            : null;
    }
}

/// <summary>
/// All terms between two bounds, or with a prefix: the union of their documents as a bit set. However many terms there
/// are, each block of their postings is paid from the budget, and none is left out.
/// </summary>
internal sealed class TermRangeWeight(string field, FieldType type, TermRange range, double score) : Weight
{
    private const int ByColumnFrom = 32;

    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(field, type);
        if (found?.Terms is not { } terms) return null;
        if (type == FieldType.Keyword)
        {
            // Many keywords are a range of ordinals, which the column answers without their postings.
            var (low, high) = range.Ordinals(terms);
            if (high - low >= ByColumnFrom)
            {
                var ordinals = new ValueRange(low, high - 1);
                return new ColumnScorer<ValueRange>(found.Column, ordinals, view.Segment.DocumentCount, score, budget);
            }
        }

        var union = new PostingsUnion(found, view.Segment.DocumentCount, budget);
        var cursor = terms.Cursor();
        for (var more = cursor.Seek(range.From); more && !range.IsBehind(cursor.Term); more = cursor.MoveNext())
            if (range.Has(cursor.Term) && !union.Add(cursor.Entry)) return null;
        return union.Scorer(score);
    }
}

/// <summary>Bounds on terms, by their bytes.</summary>
/// <param name="From">Lowest term; empty leaves the side open.</param>
/// <param name="IncludeFrom">Whether that term itself is in.</param>
/// <param name="To">Highest term; null leaves the side open.</param>
/// <param name="IncludeTo">Whether that term itself is in.</param>
/// <param name="Prefix">What all terms begin with.</param>
internal sealed record TermRange(byte[] From, bool IncludeFrom, byte[]? To, bool IncludeTo, byte[] Prefix)
{
    /// <summary>Terms that begin so.</summary>
    public static TermRange Of(byte[] prefix) => new(prefix, true, null, true, prefix);

    /// <summary>Whether a term from <see cref="From"/> on is in, unless it is behind the range.</summary>
    public bool Has(ReadOnlySpan<byte> term) => IncludeFrom || !term.SequenceEqual(From);

    /// <summary>The first ordinal in the range, and the one behind its last.</summary>
    public (int Low, int High) Ordinals(TermDictionary terms)
    {
        var low = terms.LowerBound(From);
        if (!IncludeFrom && terms.TryFind(From, out var first)) low = first.Ordinal + 1;
        if (Prefix.Length > 0) return (low, Successor(Prefix) is { } behind ? terms.LowerBound(behind) : terms.Count);
        if (To is null) return (low, terms.Count);
        var high = terms.LowerBound(To);
        return (low, IncludeTo && terms.TryFind(To, out _) ? high + 1 : high);
    }

    /// <summary>Whether a term, and with it all that follow, is behind the range.</summary>
    public bool IsBehind(ReadOnlySpan<byte> term)
    {
        if (!term.StartsWith(Prefix)) return true;
        if (To is null) return false;
        var order = term.SequenceCompareTo(To);
        return IncludeTo ? order > 0 : order >= 0;
    }

    /// <summary>The lowest bytes above all that begin with a prefix; null when there are none.</summary>
    private static byte[]? Successor(byte[] prefix)
    {
        var last = prefix.AsSpan().LastIndexOfAnyExcept(byte.MaxValue);
        if (last < 0) return null;
        var behind = prefix[..(last + 1)];
        behind[last]++;
        return behind;
    }
}

/// <summary>Values between two bounds.</summary>
internal sealed class ValueRangeWeight(string field, FieldType type, ValueRange range, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = view.Segment.Field(field, type);
        return found is null
            ? null
            : new ColumnScorer<ValueRange>(found.Column, range, view.Segment.DocumentCount, score, budget);
    }
}
