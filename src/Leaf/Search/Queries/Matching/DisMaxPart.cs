using System.Runtime.CompilerServices;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// One part of the search for the best documents of a dis-max: those that one of its queries scores highest, the first
/// of several that score the same. One search of one segment, one thread.
/// </summary>
/// <remarks>
/// <para>A part is a search of that query alone, with all that makes such a search fast; the others are asked for the
/// documents only that are left. Whoever scores highest gives most of the score: of a score of s by n queries and a
/// share of t of all but the best, at least s / (1 + t (n - 1)), and at least what the ceilings of the others leave. So
/// the search passes over what stays below that.</para>
/// <para>Every match is of exactly one part. That a query does not match is told from a score of 0 by the sign: sums
/// begin with minus zero, which nothing but a sum without parts is.</para>
/// </remarks>
internal sealed class DisMaxPart : ScoreChange
{
    /// <summary>Most queries: each part asks all others.</summary>
    public const int QueriesMax = 8;

    private readonly int _own;
    private readonly OtherScores[] _all;
    private readonly double _tie;
    private readonly double _others;

    private DisMaxPart(int own, OtherScores[] all, double tie, double others)
    {
        _own = own;
        _all = all;
        _tie = tie;
        _others = others;
    }

    /// <summary>The parts, that of the query with the highest ceiling first; null where some score is no sum.</summary>
    public static IReadOnlyList<ClauseSet>? Of(
        IReadOnlyList<Weight> weights, float tie, SegmentView view, SearchBudget budget)
    {
        var sets = new List<ClauseSet>(weights.Count);
        var scores = new List<OtherScores>(weights.Count);
        foreach (var weight in weights)
        {
            if (weight.OpenClauses(view, budget) is not { } set) continue;
            if (set.Change is not null) return null;
            sets.Add(set);
            scores.Add(new OtherScores(weight, view, budget));
        }

        double[] ceilings = [.. sets.Select(set => set.Ceiling)];
        OtherScores[] all = [.. scores];
        var parts = Enumerable.Range(0, all.Length).Select(own => sets[own] with
        {
            Change = new DisMaxPart(own, all, tie, OthersOf(own, ceilings)),
        });
        return [.. parts.Zip(ceilings).OrderByDescending(pair => pair.Second).Select(pair => pair.First)];
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public override void Apply(Candidates candidates)
    {
        if (candidates.Count == 0) return;
        var documents = candidates.Documents.AsSpan(0, candidates.Count);
        var best = candidates.Scores.AsSpan(0, candidates.Count);
        Span<double> sums = stackalloc double[Candidates.Size];
        best.CopyTo(sums);
        for (var other = 0; other < _all.Length; other++)
            if (other != _own) Join(_all[other].Of(documents), isBefore: other < _own, best, sums);
        var kept = 0;
        for (var i = 0; i < documents.Length; i++)
        {
            if (double.IsNaN(sums[i])) continue;
            documents[kept] = documents[i];
            best[kept++] = DisMaxScorer.Joined(best[i], sums[i], _tie);
        }

        candidates.Count = kept;
        candidates.Filter();
    }

    /// <inheritdoc/>
    protected override double LeastOf(double score) => _tie == 0
        ? score
        : Math.Max(score / (1 + (_tie * (_all.Length - 1))), score - (_tie * _others));

    private static double OthersOf(int own, double[] ceilings)
    {
        double sum = 0;
        for (var i = 0; i < ceilings.Length; i++)
            if (i != own) sum += ceilings[i];
        return sum;
    }

    /// <summary>Adds another query's scores, and makes the sum no number where the best is the other's.</summary>
    private static void Join(ReadOnlySpan<double> scores, bool isBefore, ReadOnlySpan<double> best, Span<double> sums)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            var score = scores[i];
            if (double.IsNegative(score)) continue;
            sums[i] += score;
            if (score > best[i] || (isBefore && score == best[i])) sums[i] = double.NaN;
        }
    }
}

/// <summary>The scores of a query for documents that another one found. One thread.</summary>
internal sealed class OtherScores(Weight weight, SegmentView view, SearchBudget budget)
{
    private readonly Candidates _asked = new();
    private Scorer? _scorer;
    private bool _isOpen;
    private int _last = -1;

    /// <summary>Asks for documents, which rise, or begin again.</summary>
    /// <returns>One score for each; minus zero where it does not match. Valid until the next call.</returns>
    public ReadOnlySpan<double> Of(ReadOnlySpan<int> documents)
    {
        if (!_isOpen || (documents[0] <= _last && _scorer?.TryRewind() != true)) Open();
        _last = documents[^1];
        documents.CopyTo(_asked.Documents);
        _asked.Count = documents.Length;
        var scores = _asked.Scores.AsSpan(0, documents.Length);
        scores.Fill(-0.0);
        _scorer?.Add(_asked);
        return scores;
    }

    private void Open()
    {
        _scorer = weight.Open(view, budget);
        _isOpen = true;
    }
}
