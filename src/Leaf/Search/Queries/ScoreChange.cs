namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// What becomes of the sum of a query's clauses before a document is a hit: a function of it, or of the scores of
/// other queries beside it. So what a search passes over by the bounds of its clauses, it still passes over where
/// scores are no sums. One search of one segment, one thread.
/// </summary>
internal abstract class ScoreChange
{
    /// <summary>Below it scores are so near to 0 that what their rounding amounts to is no share of them.</summary>
    private const double Tiny = 1e-30;

    /// <summary>What roundings of a score may amount to, with room to spare.</summary>
    private const double Rounding = 1e-6;

    /// <summary>No sum below becomes a score that reaches; minus infinity where any may.</summary>
    public double Least(double score) =>
        score > Tiny ? LeastOf(score * (1 - Rounding)) : double.NegativeInfinity;

    /// <summary>
    /// Makes scores of the sums of some documents, which rise but for where a search begins again; may leave out those
    /// that stay below the least score, and those that another part of the search finds.
    /// </summary>
    public abstract void Apply(Candidates candidates);

    /// <summary>The same where roundings are allowed for, of a score above 0.</summary>
    protected abstract double LeastOf(double score);
}
