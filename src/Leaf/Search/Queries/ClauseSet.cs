namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The clauses of a query on one segment: what the loops that search and count work on. All of required must match;
/// where there are none, at least one of optional; none of excluded.
/// </summary>
/// <param name="Required">Their scores, zero for filters, are added.</param>
/// <param name="Optional">Their scores are added where they match.</param>
/// <param name="Excluded">Their scores do not matter.</param>
internal sealed record ClauseSet(Scorer[] Required, Scorer[] Optional, Scorer[] Excluded)
{
    /// <summary>What becomes of the sum; null leaves it. It changes no match.</summary>
    public ScoreChange? Change { get; init; }

    /// <summary>No document has a higher sum.</summary>
    public double Ceiling => CeilingOf(Required) + CeilingOf(Optional);

    /// <summary>Whether nothing can match.</summary>
    public bool IsEmpty => Required.Length + Optional.Length == 0;

    /// <summary>
    /// Whether matches are counted faster than gone through: no clause that each of them has to ask is dear to.
    /// </summary>
    public bool IsCountedAlone
    {
        get
        {
            foreach (var clause in Required.Length > 0 ? Required : Optional)
                if (clause.IsDear) return false;
            return true;
        }
    }

    /// <summary>Lets all clauses be asked from the beginning again; false where some have to be opened anew.</summary>
    public bool TryRewind() => AreRewound(Required) && AreRewound(Optional) && AreRewound(Excluded);

    /// <summary>No document has a higher sum of some clauses.</summary>
    public static double CeilingOf(ReadOnlySpan<Scorer> clauses)
    {
        double ceiling = 0;
        foreach (var clause in clauses) ceiling += clause.Ceiling;
        return ceiling;
    }

    /// <summary>What the sum has to reach, that the score reaches something.</summary>
    public double Least(double score) => Change?.Least(score) ?? score;

    private static bool AreRewound(Scorer[] clauses) => Array.TrueForAll(clauses, clause => clause.TryRewind());

    /// <summary>One clause.</summary>
    public static ClauseSet Of(Scorer scorer) => new([scorer], [], []);
}
