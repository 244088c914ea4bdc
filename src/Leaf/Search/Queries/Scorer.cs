namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Walks the documents of one segment that match one clause, in rising order, deleted ones included. One thread.
/// </summary>
/// <remarks>
/// <para>Document is -1 before the first move and <see cref="End"/> behind the last; it never falls.</para>
/// <para>Two phases: a clause that is cheap to approximate and dear to check (a phrase, a range) moves by candidates,
/// and Confirm decides. Next and Advance do both. A conjunction moves all its clauses by candidates and confirms only
/// where all agree.</para>
/// <para>Seam for block-max pruning: postings carry impacts per block and per 32 blocks; an upper bound of the score up
/// to a document belongs here, and the collector's threshold into Fill.</para>
/// </remarks>
internal abstract class Scorer
{
    /// <summary>The document behind the last.</summary>
    public const int End = int.MaxValue;

    /// <summary>Where it stands.</summary>
    public int Document { get; protected set; } = -1;

    /// <summary>About how many documents it visits when it leads.</summary>
    public abstract long Cost { get; }

    /// <summary>Moves to the next match.</summary>
    public abstract int Next();

    /// <summary>Moves to the first match at or behind the target, which is behind the present document.</summary>
    public abstract int Advance(int target);

    /// <summary>The clause's part in the present match's score.</summary>
    public abstract double Score();

    /// <summary>Moves to the next candidate.</summary>
    public virtual int NextCandidate() => Next();

    /// <summary>Moves to the first candidate at or behind the target.</summary>
    public virtual int AdvanceCandidate(int target) => Advance(target);

    /// <summary>Whether the candidate it stands on is a match. Asked at most once per candidate.</summary>
    public virtual bool Confirm() => true;

    /// <summary>
    /// Adds the present match and all up to the window's end, with their scores, and stands behind it then. The clause
    /// stands on a match in the window when asked.
    /// </summary>
    public virtual void Fill(DocumentWindow window)
    {
        while (Document < window.End)
        {
            window.Add(Document, Score());
            Next();
        }
    }
}

/// <summary>A clause with two phases.</summary>
internal abstract class TwoPhaseScorer : Scorer
{
    public sealed override int Next() => Confirmed(NextCandidate());

    public sealed override int Advance(int target) => Confirmed(AdvanceCandidate(target));

    public abstract override int NextCandidate();

    public abstract override int AdvanceCandidate(int target);

    public abstract override bool Confirm();

    private int Confirmed(int candidate)
    {
        while (candidate != End && !Confirm()) candidate = NextCandidate();
        return candidate;
    }
}
