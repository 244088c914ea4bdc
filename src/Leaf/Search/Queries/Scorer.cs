namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The documents of one segment that match one clause, in rising order, deleted ones included. One thread.
/// </summary>
/// <remarks>
/// <para>It is asked in one of two ways, never in both. Document by document: Next, Advance, Score; Document is -1
/// before the first move and <see cref="End"/> behind the last. Or by arrays, over ranges that never fall: Take, Keep,
/// Add, Remove, Mark and Fill, which cost one virtual call for many documents. What is written here does the second by
/// the first, for clauses that are not worth more.</para>
/// <para>Two phases: a clause that is cheap to approximate and dear to check (a phrase, a range) moves by candidates,
/// and Confirm decides. Next and Advance do both. A conjunction moves all its clauses by candidates and confirms only
/// where all agree.</para>
/// <para>Bounds: MaxScore says what no document of a range can exceed, and may be asked for ranges ahead of where the
/// clause stands; ZoneEnd says how far the bound that holds at a document reaches. A clause without bounds is never
/// pruned.</para>
/// </remarks>
internal abstract class Scorer
{
    /// <summary>The document behind the last.</summary>
    public const int End = int.MaxValue;

    private Standing _standing = Standing.Match;

    /// <summary>A score as hits tell it: in single precision, and finite, or no answer could hold it.</summary>
    public static float Told(double score) => (float)Math.Min(score, float.MaxValue);

    /// <summary>What the document is that it stands on, when it is asked by arrays.</summary>
    private enum Standing
    {
        Match,
        Candidate,
        Failure,
    }

    /// <summary>Where it stands.</summary>
    public int Document { get; protected set; } = -1;

    /// <summary>About how many documents it visits when it leads.</summary>
    public abstract long Cost { get; }

    /// <summary>How many documents match, deleted ones included, where that is known beforehand; else -1.</summary>
    public virtual int KnownCount => -1;

    /// <summary>Whether it is dear to ask for matches twice.</summary>
    public virtual bool IsDear => true;

    /// <summary>No document scores more.</summary>
    public virtual double Ceiling => double.PositiveInfinity;

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

    /// <summary>Whether the candidate it stands on may score as much, as far as can be said before it is confirmed.
    /// </summary>
    public virtual bool MayReach(double score) => true;

    /// <summary>Where the zone of bounds that a document lies in ends; above the document.</summary>
    public virtual int ZoneEnd(int document) => End;

    /// <summary>No document in [from, to) scores more; from never falls.</summary>
    public virtual double MaxScore(int from, int to) => Ceiling;

    /// <summary>The first document from one on that may score as much, as far as bounds say; or End.</summary>
    public virtual int NextZone(int from, double score) => score > Ceiling ? End : from;

    /// <summary>Goes before its first document again; false where that is not to be had.</summary>
    public virtual bool TryRewind() => false;

    /// <summary>
    /// Replaces the candidates by matches in [from, to), which may be fewer than fit.
    /// </summary>
    /// <returns>Where to go on; to or above when all were taken.</returns>
    public virtual int Take(int from, int to, Candidates into)
    {
        into.Count = 0;
        for (GoTo(from); Document < to && into.Count < Candidates.Size; GoOn())
            if (IsMatch(into.ScoreMin)) into.Add(Document, into.IsScoring ? Score() : 0);
        return Document;
    }

    /// <summary>Keeps the candidates that match, adding its scores.</summary>
    public virtual void Keep(Candidates candidates)
    {
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var document = candidates.Documents[i];
            if (!Stands(document, candidates.ScoreMin - candidates.Scores[i])) continue;
            candidates.Documents[kept] = document;
            candidates.Scores[kept++] = candidates.Scores[i] + (candidates.IsScoring ? Score() : 0);
        }

        candidates.Count = kept;
    }

    /// <summary>Adds its scores to the candidates that match.</summary>
    public virtual void Add(Candidates candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (Stands(candidates.Documents[i], candidates.ScoreMin - candidates.Scores[i]))
                candidates.Scores[i] += Score();
    }

    /// <summary>Drops the candidates that match.</summary>
    public virtual void Remove(Candidates candidates)
    {
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var document = candidates.Documents[i];
            if (Stands(document, double.NegativeInfinity)) continue;
            candidates.Documents[kept] = document;
            candidates.Scores[kept++] = candidates.Scores[i];
        }

        candidates.Count = kept;
    }

    /// <summary>Sets the bits of its matches in [from, to).</summary>
    /// <param name="words">A bit set; its first document and its end are multiples of 64.</param>
    /// <param name="first">Its first document.</param>
    /// <param name="from">Not below the last range's end.</param>
    /// <param name="to">Not behind the bit set's end; a multiple of 64, or behind all documents.</param>
    public virtual void Mark(Span<ulong> words, int first, int from, int to)
    {
        for (GoTo(from); Document < to; GoOn())
            if (IsMatch(double.NegativeInfinity)) words[(Document - first) >> 6] |= 1UL << Document;
    }

    /// <summary>Adds its matches in the window, with their scores.</summary>
    public virtual void Fill(DocumentWindow window)
    {
        for (GoTo(window.Base); Document < window.End; GoOn())
            if (IsMatch(double.NegativeInfinity)) window.Add(Document, Score());
    }

    private void GoTo(int document)
    {
        if (Document >= document) return;
        AdvanceCandidate(document);
        _standing = Standing.Candidate;
    }

    private void GoOn()
    {
        NextCandidate();
        _standing = Standing.Candidate;
    }

    /// <summary>Goes to a document if that is a candidate, else behind it.</summary>
    /// <returns>Whether it matches, or true or false where it cannot score so much.</returns>
    private bool Stands(int document, double score)
    {
        GoTo(document);
        return Document == document && IsMatch(score);
    }

    private bool IsMatch(double score)
    {
        if (_standing == Standing.Candidate)
            _standing = MayReach(score) && Confirm() ? Standing.Match : Standing.Failure;
        return _standing == Standing.Match;
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
