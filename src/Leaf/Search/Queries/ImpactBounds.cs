using System.Runtime.CompilerServices;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// What a term can at most score between two documents, by the impacts of its blocks of 128 and of their groups of 32
/// under one query's statistics. Looks ahead of its cursor without moving it. Questions rise. One thread.
/// </summary>
internal sealed unsafe class ImpactBounds
{
    private readonly PostingsCursor _postings;
    private readonly Bm25 _similarity;
    private readonly float[] _groups;
    private readonly float[] _blocks = [];
    private readonly float[] _aheadBlocks = [];
    private int _group = -1;
    private int _aheadGroup = -1;
    private int _ahead;
    private double _aheadScore = double.NegativeInfinity;
    private readonly int _onlyLast = -1;
    private int _block;

    /// <summary>
    /// Reads the group bounds; of a term of one block, which has none, the block itself. The cursor has not moved yet.
    /// </summary>
    public ImpactBounds(PostingsCursor postings, SegmentField field, Bm25 similarity)
    {
        _postings = postings;
        _similarity = similarity;
        if (postings.BlockCount == 1)
        {
            _groups = [];
            Ceiling = BoundOfBlock(field, out _onlyLast);
            return;
        }

        _blocks = postings.Arrays.TakeFloats();
        _aheadBlocks = postings.Arrays.TakeFloats();
        _groups = new float[(postings.BlockCount + PostingsWriter.GroupBlocks - 1) / PostingsWriter.GroupBlocks];
        similarity.Bounds(postings.Impacts + ((long)postings.BlockCount * ImpactSet.Bytes), _groups);
        foreach (var bound in _groups) Ceiling = Math.Max(Ceiling, bound);
    }

    /// <summary>No document scores more.</summary>
    public float Ceiling { get; }

    /// <summary>The document behind the block that holds the first document from a number on.</summary>
    public int ZoneEnd(int from)
    {
        if (_groups.Length == 0) return from <= _onlyLast ? _onlyLast + 1 : Scorer.End;
        GoTo(from);
        return _block == _postings.BlockCount ? Scorer.End : _postings.LastDocument(_block) + 1;
    }

    /// <summary>Lets questions begin at the first document again.</summary>
    public void Rewind()
    {
        _block = 0;
        _ahead = 0;
        _aheadScore = double.NegativeInfinity;
    }

    /// <summary>No document in [from, to) scores more.</summary>
    public float Max(int from, int to)
    {
        if (_groups.Length == 0) return from <= _onlyLast ? Ceiling : 0;
        GoTo(from);
        if (_block == _postings.BlockCount) return 0;
        var group = _block / PostingsWriter.GroupBlocks;
        var last = Math.Min(_postings.BlockCount, (group + 1) * PostingsWriter.GroupBlocks) - 1;
        float bound = 0;
        if (_postings.LastDocument(last) < to - 1 && last < _postings.BlockCount - 1)
        {
            // The range goes on behind the group: whole groups will do.
            for (; group < _groups.Length; group++)
            {
                bound = Math.Max(bound, _groups[group]);
                last = Math.Min(_postings.BlockCount, (group + 1) * PostingsWriter.GroupBlocks) - 1;
                if (_postings.LastDocument(last) >= to - 1) break;
            }

            return bound;
        }

        if (group != _group) Read(_group = group, _blocks);
        for (var block = _block; block <= last; block++)
        {
            if (block > 0 && _postings.LastDocument(block - 1) >= to - 1) break;
            bound = Math.Max(bound, _blocks[block % PostingsWriter.GroupBlocks]);
        }

        return bound;
    }

    /// <summary>The first document from a number on that may score as much, as far as the bounds say; or End.</summary>
    public int Next(int from, double score)
    {
        if (score > Ceiling) return Scorer.End;
        if (_groups.Length == 0) return from <= _onlyLast ? from : Scorer.End;
        GoTo(from);
        // What was passed over for a lower score need not be looked at again.
        var block = score >= _aheadScore ? Math.Max(_block, _ahead) : _block;
        block = Find(block, score);
        _ahead = block;
        _aheadScore = score;
        if (block == _postings.BlockCount) return Scorer.End;
        return block == 0 ? from : Math.Max(from, _postings.LastDocument(block - 1) + 1);
    }

    /// <summary>The first block from one on whose bound reaches a score.</summary>
    private int Find(int block, double score)
    {
        while (block < _postings.BlockCount)
        {
            var group = block / PostingsWriter.GroupBlocks;
            var end = Math.Min(_postings.BlockCount, (group + 1) * PostingsWriter.GroupBlocks);
            if (_groups[group] < score)
            {
                block = end;
                continue;
            }

            if (group != _aheadGroup) Read(_aheadGroup = group, _aheadBlocks);
            for (; block < end; block++)
                if (_aheadBlocks[block % PostingsWriter.GroupBlocks] >= score) return block;
        }

        return block;
    }

    private void GoTo(int from)
    {
        if (_block < _postings.BlockCount && _postings.LastDocument(_block) < from)
            _block = _postings.FindBlock(_block + 1, from);
    }

    private void Read(int group, float[] blocks)
    {
        var first = group * PostingsWriter.GroupBlocks;
        var count = Math.Min(PostingsWriter.GroupBlocks, _postings.BlockCount - first);
        _similarity.Bounds(_postings.Impacts + ((long)first * ImpactSet.Bytes), blocks.AsSpan(0, count));
    }

    [SkipLocalsInit]
    private float BoundOfBlock(SegmentField field, out int last)
    {
        last = -1;
        if (!_postings.Enter(0)) return 0;
        Span<double> scores = stackalloc double[IntPacking.Count];
        var documents = _postings.BlockDocumentsLeft;
        scores = scores[..documents.Length];
        _similarity.Score(documents, _postings.BlockFrequenciesLeft, field.Norms, scores);
        last = documents[^1];
        _postings.Rewind();
        double bound = 0;
        foreach (var score in scores) bound = Math.Max(bound, score);
        return (float)bound;
    }
}
