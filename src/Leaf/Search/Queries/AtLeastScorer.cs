using System.Numerics;
using System.Runtime.Intrinsics;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Documents that at least so many of some clauses match.</summary>
/// <remarks>
/// <para>A document that m of n clauses match is matched by one of the n - m + 1 rarest. Those, and more as long as
/// they are not far more frequent, are read whole, an array at a time, into counts and sums of neighbouring documents;
/// a document whose count may still become m is a candidate, of which the frequent clauses are asked one by one, if its
/// sum with their ceilings is worth it. (Counting in windows is how disjunctions are searched, see
/// <see cref="DocumentWindow"/>; leaving the m - 1 longest lists out is from Li, Lu, Lu: Efficient merging and
/// filtering algorithms for approximate string searches, 2008.)</para>
/// <para>Who leaps far ahead gets a small window, so that one document does not cost thousands.</para>
/// </remarks>
internal sealed class AtLeastScorer : TwoPhaseScorer
{
    private const int SmallWindow = 128;

    /// <summary>A clause is read whole unless it is so much more frequent than all rarer ones.</summary>
    private const int FarMoreFrequent = 2;

    private readonly Scorer[] _byCost;
    private readonly int _minimum;
    private readonly int _whole;
    private readonly int _countMin;
    private readonly double _othersCeiling;
    private readonly int[] _next;
    private readonly Candidates _read = new();
    private ushort[] _counts = [];
    private double[] _sums = [];
    private int _from;
    private int _end;
    private int _count;
    private double _sum;

    /// <param name="clauses">As many as the minimum or more.</param>
    /// <param name="minimum">1 or more.</param>
    public AtLeastScorer(Scorer[] clauses, int minimum)
    {
        _byCost = [.. clauses.OrderBy(clause => clause.Cost)];
        _minimum = minimum;
        while (_whole < clauses.Length)
        {
            var cost = _byCost[_whole].Cost;
            if (_whole > clauses.Length - minimum && cost > Cost * FarMoreFrequent) break;
            Cost += cost;
            _whole++;
        }

        _countMin = Math.Max(1, minimum - (clauses.Length - _whole));
        _othersCeiling = ClauseSet.CeilingOf(_byCost.AsSpan(_whole));
        _next = new int[_whole];
        Ceiling = ClauseSet.CeilingOf(clauses);
    }

    public override long Cost { get; }

    public override double Ceiling { get; }

    public override int ZoneEnd(int document) => (document | (DocumentWindow.Size - 1)) + 1;

    public override double MaxScore(int from, int to)
    {
        double bound = 0;
        foreach (var clause in _byCost) bound += clause.MaxScore(from, to);
        return bound;
    }

    public override int NextCandidate() => AdvanceCandidate(Document + 1);

    public override int AdvanceCandidate(int target)
    {
        while (target < _end || Fill(target))
        {
            var slot = Find(Math.Max(0, target - _from));
            if (slot >= 0)
            {
                (_count, _sum) = (_counts[slot], _sums[slot]);
                return Document = _from + slot;
            }

            target = _end;
        }

        return Document = End;
    }

    public override bool MayReach(double score) => _sum + _othersCeiling >= score;

    public override bool Confirm()
    {
        for (var i = _whole; i < _byCost.Length; i++)
        {
            if (_count + _byCost.Length - i < _minimum) return false;
            var clause = _byCost[i];
            var found = clause.Document < Document ? clause.Advance(Document) : clause.Document;
            if (found != Document) continue;
            _count++;
            _sum += clause.Score();
        }

        return _count >= _minimum;
    }

    public override double Score() => _sum;

    /// <summary>Counts and sums from a document on; false where there is no match any more.</summary>
    private bool Fill(int from)
    {
        var size = from - (long)_end <= SmallWindow ? DocumentWindow.Size : SmallWindow;
        // What is not matched from there on need not be gone through.
        var first = End;
        foreach (var next in _next) first = Math.Min(first, next);
        if (first == End) return false;
        _from = Math.Max(from, first);
        _end = (int)Math.Min(End, _from + (long)size);
        if (_counts.Length < size) (_counts, _sums) = (new ushort[size], new double[size]);
        Array.Clear(_counts, 0, size);
        Array.Clear(_sums, 0, size);
        for (var i = 0; i < _whole; i++)
        {
            var at = Math.Max(_from, _next[i]);
            while (at < _end)
            {
                at = _byCost[i].Take(at, _end, _read);
                Count(_read);
            }

            _next[i] = at;
        }

        return true;
    }

    private void Count(Candidates matches)
    {
        for (var i = 0; i < matches.Count; i++)
        {
            var slot = matches.Documents[i] - _from;
            _counts[slot]++;
            _sums[slot] += matches.Scores[i];
        }
    }

    /// <summary>The first slot of the window from one on that has enough matches; below zero where there is none.
    /// </summary>
    private int Find(int slot)
    {
        var counts = _counts.AsSpan(0, _end - _from);
        var enough = Vector256.Create((ushort)_countMin);
        for (; slot + Vector256<ushort>.Count <= counts.Length; slot += Vector256<ushort>.Count)
        {
            var bits = Vector256.GreaterThanOrEqual(Vector256.Create<ushort>(counts[slot..]), enough)
                .ExtractMostSignificantBits();
            if (bits != 0) return slot + BitOperations.TrailingZeroCount(bits);
        }

        for (; slot < counts.Length; slot++)
            if (counts[slot] >= _countMin) return slot;
        return -1;
    }
}
