using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A term of a text field, scored by BM25.</summary>
internal sealed class TermScorer : Scorer
{
    private readonly PostingsCursor _postings;
    private readonly SegmentField _field;
    private readonly Bm25 _similarity;

    public TermScorer(PostingsCursor postings, SegmentField field, Bm25 similarity)
    {
        _postings = postings;
        _field = field;
        _similarity = similarity;
    }

    public override long Cost => _postings.DocumentCount;

    public override int Next() => Document = _postings.Next();

    public override int Advance(int target) => Document = _postings.Advance(target);

    public override double Score() => _similarity.Score(_postings.Frequency, _field.Norms[Document]);

    public override void Fill(DocumentWindow window)
    {
        var norms = _field.Norms;
        while (Document < window.End)
        {
            var documents = _postings.BlockDocumentsLeft;
            var frequencies = _postings.BlockFrequenciesLeft;
            var i = 0;
            for (; i < documents.Length && documents[i] < window.End; i++)
                window.Add(documents[i], _similarity.Score(frequencies[i], norms[documents[i]]));
            Document = _postings.Skip(i);
        }
    }
}

/// <summary>A term whose documents all score the same.</summary>
internal sealed class ConstantTermScorer : Scorer
{
    private readonly PostingsCursor _postings;
    private readonly double _score;

    public ConstantTermScorer(PostingsCursor postings, double score)
    {
        _postings = postings;
        _score = score;
    }

    public override long Cost => _postings.DocumentCount;

    public override int Next() => Document = _postings.Next();

    public override int Advance(int target) => Document = _postings.Advance(target);

    public override double Score() => _score;

    public override void Fill(DocumentWindow window)
    {
        while (Document < window.End)
        {
            var documents = _postings.BlockDocumentsLeft;
            var i = 0;
            for (; i < documents.Length && documents[i] < window.End; i++) window.Add(documents[i], _score);
            Document = _postings.Skip(i);
        }
    }
}
