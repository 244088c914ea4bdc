using System.Runtime.CompilerServices;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>The documents of one term: scored by BM25, or all the same.</summary>
internal sealed class TermScorer : Scorer
{
    private readonly PostingsCursor _postings;
    private readonly SegmentField _field;
    private readonly Bm25? _similarity;
    private readonly double _constant;
    private ImpactBounds? _bounds;

    /// <summary>A term of a text field, scored.</summary>
    public TermScorer(PostingsCursor postings, SegmentField field, Bm25 similarity)
    {
        _postings = postings;
        _field = field;
        _similarity = similarity;
    }

    /// <summary>A term whose documents all score the same: keywords, and what only filters.</summary>
    public TermScorer(PostingsCursor postings, SegmentField field, double score)
    {
        _postings = postings;
        _field = field;
        _constant = score;
    }

    public override long Cost => _postings.DocumentCount;

    public override int KnownCount => _postings.DocumentCount;

    public override bool IsDear => false;

    public override double Ceiling => _similarity is null ? _constant : Bounds.Ceiling;

    private ImpactBounds Bounds => _bounds ??= new ImpactBounds(_postings, _field, _similarity!);

    public override int Next() => Document = _postings.Next();

    public override int Advance(int target) => Document = _postings.Advance(target);

    public override double Score() => _similarity?.Score(_postings.Frequency, _field.Norms[Document]) ?? _constant;

    public override int ZoneEnd(int document) => _similarity is null ? End : Bounds.ZoneEnd(document);

    public override double MaxScore(int from, int to) => _similarity is null ? _constant : Bounds.Max(from, to);

    public override int NextZone(int from, double score) =>
        _similarity is null ? base.NextZone(from, score) : Bounds.Next(from, score);

    public override bool TryRewind()
    {
        _postings.Rewind();
        _bounds?.Rewind();
        Document = -1;
        return true;
    }

    public override int Take(int from, int to, Candidates into)
    {
        into.Count = 0;
        if (!_postings.Enter(from)) return End;
        var documents = _postings.DocumentsFrom(from);
        var next = _postings.BlockLast + 1;
        if (next > to)
        {
            documents = documents[..CountBelow(documents, to)];
            next = to;
        }

        documents.CopyTo(into.Documents);
        into.Count = documents.Length;
        if (into.IsScoring) ScoreInto(documents, into.Scores);
        into.Filter();
        return next;
    }

    public override void Keep(Candidates candidates)
    {
        var documents = candidates.Documents;
        var scores = candidates.Scores;
        var norms = _field.Norms;
        int count = candidates.Count, kept = 0;
        var least = candidates.ScoreMin;
        for (var i = 0; i < count; i++)
        {
            var document = documents[i];
            if (!_postings.Enter(document)) break;
            if (!_postings.Has(document)) continue;
            var score = scores[i];
            if (candidates.IsScoring) score += Score(document, norms);
            documents[kept] = document;
            scores[kept] = score;
            kept += score >= least ? 1 : 0;
        }

        candidates.Count = kept;
    }

    public override void Add(Candidates candidates)
    {
        var documents = candidates.Documents;
        var scores = candidates.Scores;
        var norms = _field.Norms;
        for (var i = 0; i < candidates.Count; i++)
        {
            var document = documents[i];
            if (!_postings.Enter(document)) return;
            if (_postings.Has(document)) scores[i] += Score(document, norms);
        }
    }

    public override void Remove(Candidates candidates)
    {
        var documents = candidates.Documents;
        var scores = candidates.Scores;
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var document = documents[i];
            documents[kept] = document;
            scores[kept] = scores[i];
            if (!_postings.Enter(document) || !_postings.Has(document)) kept++;
        }

        candidates.Count = kept;
    }

    public override void Mark(Span<ulong> words, int first, int from, int to) => _postings.Mark(words, first, from, to);

    [SkipLocalsInit]
    public override void Fill(DocumentWindow window)
    {
        Span<double> room = stackalloc double[IntPacking.Count];
        for (var from = window.Base; from < window.End && _postings.Enter(from); from = _postings.BlockLast + 1)
        {
            var documents = _postings.DocumentsFrom(from);
            var isLast = _postings.BlockLast >= window.End;
            if (isLast) documents = documents[..CountBelow(documents, window.End)];
            var scores = room[..documents.Length];
            ScoreInto(documents, scores);
            window.Add(documents, scores);
            if (isLast) return;
        }
    }

    private double Score(int document, ReadOnlySpan<byte> norms) =>
        _similarity?.Score(_postings.FrequencyOf(document), norms[document]) ?? _constant;

    /// <summary>Scores of the first documents that are left of the block.</summary>
    private void ScoreInto(ReadOnlySpan<int> documents, Span<double> scores)
    {
        if (_similarity is null) scores[..documents.Length].Fill(_constant);
        else _similarity.Score(documents, _postings.BlockFrequenciesLeft, _field.Norms, scores);
    }

    private static int CountBelow(ReadOnlySpan<int> documents, int to)
    {
        var at = documents.BinarySearch(to);
        return at < 0 ? ~at : at;
    }
}
