using System.Globalization;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What any of some weights match, with the best score and a share of the others'.</summary>
internal sealed class DisMaxWeight(IReadOnlyList<Weight> weights, float tie) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var scorers = BooleanWeight.OpenAll(weights, view, budget);
        return scorers switch
        {
            [] => null,
            // The score of a term is in single precision; others have to be brought to it, as where there are several.
            [TermScorer only] => only,
            _ => new DisMaxScorer(scorers, tie),
        };
    }

    public override IReadOnlyList<ClauseSet>? OpenParts(SegmentView view, SearchBudget budget) =>
        weights.Count is > 1 and <= DisMaxPart.QueriesMax ? DisMaxPart.Of(weights, tie, view, budget) : null;

    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        var parts = new List<Explanation>();
        foreach (var weight in weights)
            if (weight.Explain(view, document, budget) is { } part) parts.Add(part);
        if (parts.Count == 0) return null;
        var score = DisMaxScorer.Joined(parts.Max(part => part.Value), parts.Sum(part => (double)part.Value), tie);
        var told = string.Create(CultureInfo.InvariantCulture, $"the best of what matches, and {tie} of the others");
        return new Explanation((float)score, told, parts);
    }
}

/// <summary>
/// Documents that any clause matches, with the best score and a share of the others'. One clause at least.
/// </summary>
/// <remarks>
/// <para>Rounded to single precision, so that sums it takes part in are exact whatever their order, as those of terms.
/// </para>
/// <para>Bounds: the score rises with each clause's, so what the clauses' bounds join to bounds it, one step of
/// rounding aside. Within a zone in which these bounds hold, clauses that together stay below the least score lead to
/// no document; they are only asked where another one matches (MAXSCORE, with this join instead of a sum).
/// </para>
/// </remarks>
internal sealed class DisMaxScorer : Scorer
{
    /// <summary>What roundings of a score may amount to, with room to spare.</summary>
    private const double Rounding = 1e-6;

    private readonly Scorer[] _clauses;
    private readonly double _tie;
    private readonly double[] _bounds;
    private readonly double[] _keys;
    private readonly int[] _order;

    public DisMaxScorer(Scorer[] clauses, float tie)
    {
        _clauses = clauses;
        _tie = tie;
        _bounds = new double[clauses.Length];
        _keys = new double[clauses.Length];
        _order = new int[clauses.Length];
        foreach (var clause in clauses) Cost += clause.Cost;
        for (var i = 0; i < clauses.Length; i++) _bounds[i] = clauses[i].Ceiling;
        Ceiling = BoundOf(_bounds);
    }

    public override long Cost { get; }

    public override bool IsDear => Array.Exists(_clauses, clause => clause.IsDear);

    public override double Ceiling { get; }

    /// <summary>The score of a document whose clauses' scores have this maximum and sum.</summary>
    public static double Joined(double best, double sum, double tie) => (float)(best + (tie * (sum - best)));

    public override int Next()
    {
        var lowest = End;
        foreach (var clause in _clauses)
        {
            var document = clause.Document <= Document ? clause.Advance(Document + 1) : clause.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override int Advance(int target)
    {
        var lowest = End;
        foreach (var clause in _clauses)
        {
            var document = clause.Document < target ? clause.Advance(target) : clause.Document;
            if (document < lowest) lowest = document;
        }

        return Document = lowest;
    }

    public override double Score() => ScoreOf(Document);

    public override int ZoneEnd(int document)
    {
        var end = End;
        foreach (var clause in _clauses) end = Math.Min(end, clause.ZoneEnd(document));
        return end;
    }

    public override double MaxScore(int from, int to)
    {
        for (var i = 0; i < _clauses.Length; i++) _bounds[i] = _clauses[i].MaxScore(from, to);
        return BoundOf(_bounds);
    }

    /// <summary>Some clause has to reach the score less what all others can add, which are no better than it.</summary>
    public override int NextZone(int from, double score)
    {
        if (score > Ceiling) return End;
        if (!(score > 0)) return from;
        var least = score / (1 + (_tie * (_clauses.Length - 1))) * (1 - Rounding);
        var next = End;
        foreach (var clause in _clauses)
        {
            next = Math.Min(next, clause.NextZone(from, least));
            if (next == from) break;
        }

        return next;
    }

    public override bool TryRewind()
    {
        Document = -1;
        return Array.TrueForAll(_clauses, clause => clause.TryRewind());
    }

    public override int Take(int from, int to, Candidates into)
    {
        into.Count = 0;
        var least = into.IsScoring ? into.ScoreMin : double.NegativeInfinity;
        var end = double.IsNegativeInfinity(least) ? to : Math.Min(to, ZoneEnd(from));
        var first = FirstEssential(from, end, least);
        var document = Lowest(first, from);
        while (document < end && into.Count < Candidates.Size)
        {
            for (var i = 0; i < first; i++)
            {
                var clause = _clauses[_order[i]];
                if (clause.Document < document) clause.Advance(document);
            }

            var score = into.IsScoring ? ScoreOf(document) : 0;
            if (score >= least || !into.IsScoring) into.Add(document, score);
            document = Lowest(first, document + 1);
        }

        var next = Math.Min(document, end);
        // Where it really stands differs by clause; whoever asks by documents from here on moves all of them.
        Document = next - 1;
        return next;
    }

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        foreach (var clause in _clauses) clause.Mark(words, first, from, to);
    }

    /// <summary>
    /// Orders the clauses by their bounds in a zone, the lowest first.
    /// </summary>
    /// <returns>The first with which, and with all before it, a document may reach the least.</returns>
    private int FirstEssential(int from, int end, double least)
    {
        for (var i = 0; i < _clauses.Length; i++)
        {
            _order[i] = i;
            _keys[i] = double.IsNegativeInfinity(least) ? 0 : _clauses[i].MaxScore(from, end);
        }

        if (double.IsNegativeInfinity(least)) return 0;
        _keys.AsSpan().Sort(_order.AsSpan());
        double sum = 0;
        for (var i = 0; i < _order.Length; i++)
        {
            sum += _keys[i];
            if (Bound(_keys[i], sum) >= least) return i;
        }

        return _order.Length;
    }

    private int Lowest(int first, int from)
    {
        var lowest = End;
        for (var i = first; i < _order.Length; i++)
        {
            var clause = _clauses[_order[i]];
            var document = clause.Document < from ? clause.Advance(from) : clause.Document;
            if (document < lowest) lowest = document;
        }

        return lowest;
    }

    private double ScoreOf(int document)
    {
        double best = double.NegativeInfinity, sum = 0;
        foreach (var clause in _clauses)
        {
            if (clause.Document != document) continue;
            var score = clause.Score();
            sum += score;
            best = Math.Max(best, score);
        }

        return Joined(best, sum, _tie);
    }

    private double BoundOf(ReadOnlySpan<double> bounds)
    {
        double best = 0, sum = 0;
        foreach (var bound in bounds)
        {
            best = Math.Max(best, bound);
            sum += bound;
        }

        return Bound(best, sum);
    }

    private double Bound(double best, double sum) =>
        double.IsFinite(sum) ? MathF.BitIncrement((float)Joined(best, sum, _tie)) : double.PositiveInfinity;
}
