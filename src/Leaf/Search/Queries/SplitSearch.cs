using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Finds the best documents of a union in parts: those of its highest clause, with what the others add; then those of
/// the next that the first does not match; and so on. The last part, of clauses that are rarer together than the one
/// above them, is searched at once. One search, one thread.
/// </summary>
/// <remarks>
/// The best documents of a union mostly have its rarest clause, which also scores highest. Where documents are gone
/// through in order, most of them are behind the reader before the worst hit is so good that the frequent clauses alone
/// no longer reach it. In parts it is so after the first, which costs what <c>+a b</c> costs; the second,
/// <c>b -a</c>, is then mostly passed over.
/// </remarks>
internal static class SplitSearch
{
    /// <summary>Most clauses: each part asks all that are left for their bounds.</summary>
    private const int ClausesMax = 16;

    /// <summary>Offers the collector every document that may be a hit, whatever the query.</summary>
    public static void Find(
        SegmentView view, ClauseSet clauses, TopHits top, SearchScratch scratch, SearchBudget budget)
    {
        if (IsUnion(clauses)) FindInParts(view, clauses, top, scratch, budget);
        else TopSearch.Find(view, clauses, top, scratch, budget);
    }

    /// <summary>Whether it is a union of clauses that can be asked again.</summary>
    private static bool IsUnion(ClauseSet clauses) =>
        clauses.Required.Length == 0
        && clauses.Optional.Length is > 1 and <= ClausesMax
        && clauses.Excluded.Length <= ClausesMax
        && clauses.TryRewind();

    private static void FindInParts(
        SegmentView view, ClauseSet clauses, TopHits top, SearchScratch scratch, SearchBudget budget)
    {
        var left = clauses.Optional.AsSpan();
        left.Sort((a, b) => b.Ceiling.CompareTo(a.Ceiling));
        var excluded = clauses.Excluded;
        while (left.Length > 1 && left[0].Cost <= CostOf(left[1..]))
        {
            var part = clauses with { Required = [left[0]], Optional = left[1..].ToArray(), Excluded = excluded };
            TopSearch.Find(view, part, top, scratch, budget);
            if (budget.Status != StatusCode.Ok)
            {
                // No document was searched for all clauses.
                scratch.Reached = 0;
                return;
            }

            top.BeginAgain();
            if (ClauseSet.CeilingOf(left[1..]) < clauses.Least(top.ScoreMin)) return;
            Rewind(left);
            Rewind(excluded);
            excluded = [.. excluded, left[0]];
            left = left[1..];
        }

        var rest = clauses with { Optional = left.ToArray(), Excluded = excluded };
        TopSearch.Find(view, rest, top, scratch, budget);
    }

    private static long CostOf(ReadOnlySpan<Scorer> clauses)
    {
        long cost = 0;
        foreach (var clause in clauses) cost += clause.Cost;
        return cost;
    }

    private static void Rewind(ReadOnlySpan<Scorer> clauses)
    {
        foreach (var clause in clauses) clause.TryRewind();
    }
}
