using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Every document.</summary>
internal sealed class AllScorer : Scorer
{
    private readonly int _documents;
    private readonly double _score;

    public AllScorer(int documents, double score)
    {
        _documents = documents;
        _score = score;
    }

    public override long Cost => _documents;

    public override int KnownCount => _documents;

    public override bool IsDear => false;

    public override double Ceiling => _score;

    public override int Next() => Advance(Document + 1);

    public override int Advance(int target) => Document = target < _documents ? target : End;

    public override double Score() => _score;

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        var end = Math.Min(to, _documents);
        if (from >= end) return;
        // Ranges begin at words; the last one may be left before its end by the documents.
        var last = (end - first) >> 6;
        words[((from - first) >> 6)..last].Fill(ulong.MaxValue);
        if ((end & 63) != 0) words[last] |= (1UL << end) - 1;
    }
}

/// <summary>A set of documents found beforehand, such as those of all terms with a prefix.</summary>
internal sealed class BitSetScorer : Scorer
{
    private readonly ulong[] _words;
    private readonly double _score;

    public BitSetScorer(ulong[] words, double score)
    {
        _words = words;
        _score = score;
        Cost = BitWords.Count(words);
    }

    public override long Cost { get; }

    public override int KnownCount => (int)Cost;

    public override bool IsDear => false;

    public override double Ceiling => _score;

    public override bool TryRewind()
    {
        Document = -1;
        return true;
    }

    public override int Next() => Advance(Document + 1);

    public override int Advance(int target) => Document = BitWords.Next(_words, target);

    public override double Score() => _score;

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        // Ranges begin and end at words, but where the documents end.
        var end = Math.Min(_words.Length, (int)(((long)to + 63) >> 6));
        for (var i = from >> 6; i < end; i++) words[i - (first >> 6)] |= _words[i];
    }
}

/// <summary>
/// Documents with a value that passes a test, read from the field's column: blocks whose lowest and highest value say
/// that they have none are passed over.
/// </summary>
internal sealed class ColumnScorer<TTest> : TwoPhaseScorer
    where TTest : struct, IValueTest
{
    private readonly ValueColumn _column;
    private readonly TTest _test;
    private readonly int _documents;
    private readonly double _score;
    private readonly SearchBudget _budget;
    private int _blockEnd;
    private bool _isAllIn;

    public ColumnScorer(ValueColumn column, TTest test, int documents, double score, SearchBudget budget)
    {
        _column = column;
        _test = test;
        _documents = column.IsEmpty || test.IsEmpty ? 0 : documents;
        _score = score;
        _budget = budget;
    }

    public override long Cost => _documents;

    public override double Ceiling => _score;

    public override int NextCandidate() => AdvanceCandidate(Document + 1);

    public override int AdvanceCandidate(int target)
    {
        while (target < _documents)
        {
            if (target < _blockEnd) return Document = target;

            // A block without a match is work too.
            if (!_budget.Spend()) break;
            var (low, high) = _column.Bounds(target);
            var end = (target | (ValueColumn.BlockDocuments - 1)) + 1;
            if (low > high || !_test.Touches(low, high))
            {
                target = end;
                continue;
            }

            _isAllIn = _test.Covers(low, high);
            _blockEnd = end;
        }

        return Document = End;
    }

    public override bool Confirm()
    {
        var count = _column.Count(Document);
        if (_isAllIn) return count > 0;
        for (var i = 0; i < count; i++)
            if (_test.Has(_column[Document, i])) return true;
        return false;
    }

    public override double Score() => _score;
}

/// <summary>Documents that have any term in a text field.</summary>
internal sealed class TextExistsScorer(SegmentField field, int documents, double score) : Scorer
{
    public override long Cost => documents;

    public override double Ceiling => score;

    public override int Next() => Advance(Document + 1);

    public override int Advance(int target)
    {
        var norms = field.Norms;
        if (target >= norms.Length) return Document = End;
        var found = norms[target..].IndexOfAnyExcept((byte)0);
        return Document = found < 0 ? End : target + found;
    }

    public override double Score() => score;
}

/// <summary>Some documents by number.</summary>
internal sealed class ListScorer(int[] documents, double score) : Scorer
{
    private int _at = -1;

    public override long Cost => documents.Length;

    public override int KnownCount => documents.Length;

    public override double Ceiling => score;

    public override int Next() => Document = ++_at < documents.Length ? documents[_at] : End;

    public override int Advance(int target)
    {
        while (Next() < target)
        {
        }

        return Document;
    }

    public override double Score() => score;
}

/// <summary>The matches of another clause, all with one score.</summary>
internal sealed class SameScoreScorer(Scorer inner, double score) : Scorer
{
    public override long Cost => inner.Cost;

    public override int KnownCount => inner.KnownCount;

    public override bool IsDear => inner.IsDear;

    public override double Ceiling => score;

    public override bool TryRewind()
    {
        Document = -1;
        return inner.TryRewind();
    }

    public override void Mark(Span<ulong> words, int first, int from, int to) => inner.Mark(words, first, from, to);

    public override int Next() => Document = inner.Next();

    public override int Advance(int target) => Document = inner.Advance(target);

    public override int NextCandidate() => Document = inner.NextCandidate();

    public override int AdvanceCandidate(int target) => Document = inner.AdvanceCandidate(target);

    public override bool Confirm() => inner.Confirm();

    public override double Score() => score;
}

/// <summary>Bounds on a column's values, both included.</summary>
internal readonly record struct ValueRange(long From, long To) : IValueTest
{
    /// <summary>Every value.</summary>
    public static ValueRange All => new(long.MinValue, long.MaxValue);

    /// <summary>No value.</summary>
    public static ValueRange Nothing => new(1, 0);

    /// <inheritdoc/>
    public bool IsEmpty => From > To;

    /// <inheritdoc/>
    public bool Touches(long low, long high) => low <= To && high >= From;

    /// <inheritdoc/>
    public bool Covers(long low, long high) => low >= From && high <= To;

    /// <inheritdoc/>
    public bool Has(long value) => value >= From && value <= To;
}
