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

/// <summary>Documents with a value between two bounds, read from the field's column.</summary>
internal sealed class RangeScorer : TwoPhaseScorer
{
    private readonly ValueColumn _column;
    private readonly ValueRange _range;
    private readonly int _documents;
    private readonly double _score;
    private readonly SearchBudget _budget;

    public RangeScorer(ValueColumn column, ValueRange range, int documents, double score, SearchBudget budget)
    {
        _column = column;
        _range = range;
        _documents = documents;
        _score = score;
        _budget = budget;
    }

    public override long Cost => _documents;

    public override double Ceiling => _score;

    public override int NextCandidate() => AdvanceCandidate(Document + 1);

    public override int AdvanceCandidate(int target)
    {
        // A run of documents without a match is work too.
        if ((target & (PostingsWriter.BlockDocuments - 1)) == 0 && !_budget.Spend()) target = End;
        return Document = target < _documents ? target : End;
    }

    public override bool Confirm()
    {
        foreach (var value in _column[Document])
            if (_range.Has(value)) return true;
        return false;
    }

    public override double Score() => _score;
}

/// <summary>Bounds on a column's values, both included: bits of doubles, or integers.</summary>
internal readonly record struct ValueRange(bool IsNumber, double FromNumber, double ToNumber, long From, long To)
{
    /// <summary>Doubles, whose bits the column holds.</summary>
    public static ValueRange OfNumbers(double from, double to) => new(true, from, to, 0, 0);

    /// <summary>Milliseconds.</summary>
    public static ValueRange OfDates(long from, long to) => new(false, 0, 0, from, to);

    public bool Has(long bits)
    {
        if (!IsNumber) return bits >= From && bits <= To;
        var number = BitConverter.Int64BitsToDouble(bits);
        return number >= FromNumber && number <= ToNumber;
    }
}
