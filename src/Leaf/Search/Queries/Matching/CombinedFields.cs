using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// One word in several text fields as if they were one, by BM25F: occurrences and lengths are added, each times its
/// field's weight. N and n are those of the field with most, as in Lucene's combined fields; the average length is that
/// of the added ones. All of it is made of what is summed over shards. One search.
/// </summary>
internal sealed class CombinedTermWeight(CombinedFields fields, string term, float boost) : Weight, IBoundWeight
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(term);
    private float _weight;
    private float _average;
    private long _all;
    private long _having;
    private Bm25[] _bounds = [];

    /// <inheritdoc/>
    public void Count(StatisticsRows rows)
    {
        foreach (var field in fields.Names)
        {
            rows.Add(field);
            rows.Add(field, term);
        }
    }

    /// <inheritdoc/>
    public void Bind(QueryStatistics statistics)
    {
        foreach (var field in fields.Names)
        {
            _all = Math.Max(_all, statistics.Field(field).Documents);
            _having = Math.Max(_having, statistics.Documents(field, term));
        }

        _average = fields.Average(statistics, _all);
        _weight = boost * Bm25.Idf(_all, _having);
        _bounds = fields.Bounds(_weight, _average);
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var found = new List<CombinedPostings>();
        var lengths = new List<(SegmentField Field, float Weight)>();
        for (var i = 0; i < fields.Names.Count; i++)
        {
            if (view.Segment.Field(fields.Names[i], FieldType.Text) is not { } field) continue;
            lengths.Add((field, fields.Weights[i]));
            if (field.Terms is not { } terms || !terms.TryFind(_utf8, out var entry)) continue;
            var postings = field.Postings(entry, budget);
            found.Add(new CombinedPostings(postings, fields.Weights[i], new ImpactBounds(postings, field, _bounds[i])));
        }

        return found.Count == 0 ? null : new CombinedScorer([.. found], [.. lengths], _weight, _average);
    }

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (ScoreOf(view, document, budget) is not { } score) return null;
        var told = string.Create(
            CultureInfo.InvariantCulture,
            $"BM25F of {fields}:{term}, boost {boost} * idf * tf part; idf: N = {_all}, n = {_having}; "
            + $"average = {_average:0.###}");
        return new Explanation((float)score, told, []);
    }
}

/// <summary>The fields that are taken as one. One search.</summary>
/// <param name="names">Text fields, in the order of the schema.</param>
/// <param name="weights">What an occurrence in each counts.</param>
internal sealed class CombinedFields(IReadOnlyList<string> names, IReadOnlyList<float> weights)
{
    private float[][]? _inverses;

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Their weights.</summary>
    public IReadOnlyList<float> Weights => weights;

    /// <summary>The mean of the added lengths.</summary>
    public float Average(QueryStatistics statistics, long documents)
    {
        if (documents == 0) return 1;
        double tokens = 0;
        for (var i = 0; i < names.Count; i++) tokens += weights[i] * (double)statistics.Field(names[i]).Tokens;
        return (float)(tokens / documents);
    }

    /// <summary>
    /// What bounds the part of each field: as if the document had no other. The others only add to the length.
    /// </summary>
    public Bm25[] Bounds(float weight, float average)
    {
        _inverses ??= [.. weights.Select(factor => Inverses(factor, average))];
        return Array.ConvertAll(_inverses, inverses => new Bm25(weight, inverses));
    }

    public override string ToString() => string.Join(
        ',', names.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name}^{weights[i]}")));

    private static float[] Inverses(float factor, float average)
    {
        var inverses = new float[256];
        for (var norm = 0; norm < inverses.Length; norm++)
            inverses[norm] = factor * Bm25.Inverse(factor * FieldNorm.ByByte[norm], average);
        return inverses;
    }
}

/// <summary>The postings of the word in one of the fields.</summary>
/// <param name="Postings">Not moved yet.</param>
/// <param name="Weight">The field's.</param>
/// <param name="Bounds">What this field alone allows.</param>
internal readonly record struct CombinedPostings(PostingsCursor Postings, float Weight, ImpactBounds Bounds);

/// <summary>Documents that have a word in any of the fields.</summary>
/// <remarks>
/// With x = tf / (k1 (1 - b + b length / average)) the score is w x / (1 + x). A field's own x, its occurrences by its
/// own length, is not below its part of the sum, whose length is not shorter. So the score is at most that of the sum
/// of the fields' own x, and that is at most w (1 - (1 - s1 / w) (1 - s2 / w) ...), where s is what a field's own x
/// scores and the impacts of its blocks bound. Roundings are covered by <see cref="Rounding"/>.
/// </remarks>
internal sealed class CombinedScorer : Scorer
{
    /// <summary>What roundings of a score may amount to as a part of w, with room to spare.</summary>
    private const double Rounding = 8e-6;

    private readonly CombinedPostings[] _fields;
    private readonly (SegmentField Field, float Weight)[] _lengths;
    private readonly float _weight;
    private readonly float _average;

    public CombinedScorer(
        CombinedPostings[] fields, (SegmentField Field, float Weight)[] lengths, float weight, float average)
    {
        _fields = fields;
        _lengths = lengths;
        _weight = weight;
        _average = average;
        double left = 1;
        foreach (var field in fields)
        {
            Cost += field.Postings.DocumentCount;
            left *= Left(field.Bounds.Ceiling);
        }

        Ceiling = Bound(left);
    }

    public override long Cost { get; }

    public override int KnownCount => _fields.Length == 1 ? _fields[0].Postings.DocumentCount : -1;

    public override bool IsDear => false;

    public override double Ceiling { get; }

    public override int Next() => Advance(Document + 1);

    public override int Advance(int target)
    {
        var lowest = End;
        foreach (var field in _fields)
        {
            var postings = field.Postings;
            var document = postings.Document < target ? postings.Advance(target) : postings.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override double Score()
    {
        float frequency = 0, length = 0;
        foreach (var field in _fields)
            if (field.Postings.Document == Document) frequency += field.Weight * field.Postings.Frequency;
        foreach (var (field, weight) in _lengths) length += weight * FieldNorm.ByByte[field.Norms[Document]];
        return _weight - (_weight / (1f + (frequency * Bm25.Inverse(length, _average))));
    }

    public override int ZoneEnd(int document)
    {
        var end = End;
        foreach (var field in _fields) end = Math.Min(end, field.Bounds.ZoneEnd(document));
        return end;
    }

    public override double MaxScore(int from, int to)
    {
        double left = 1;
        foreach (var field in _fields) left *= Left(field.Bounds.Max(from, to));
        return Bound(left);
    }

    /// <summary>Of n fields one has to reach what, n times over, would make up the score.</summary>
    public override int NextZone(int from, double score)
    {
        if (score > Ceiling) return End;
        var left = 1 - (score / _weight) + (2 * Rounding);
        if (!(left < 1)) return from;
        var least = _weight * (1 - Rounding - Math.Pow(Math.Max(0, left), 1.0 / _fields.Length));
        var next = End;
        foreach (var field in _fields)
        {
            next = Math.Min(next, field.Bounds.Next(from, least));
            if (next == from) break;
        }

        return next;
    }

    public override bool TryRewind()
    {
        foreach (var field in _fields)
        {
            field.Postings.Rewind();
            field.Bounds.Rewind();
        }

        Document = -1;
        return true;
    }

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        foreach (var field in _fields) field.Postings.Mark(words, first, from, to);
    }

    /// <summary>The part of the weight that a field does not reach.</summary>
    private double Left(float score) => 1 - Math.Min(1, score / (double)_weight);

    private double Bound(double left) => _weight * (1 - left + Rounding);
}
