namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Lets readers of several paths see each transaction whole or not at all, without a lock: a seqlock over all
/// transactions of a leaf. Thread-safe.
/// </summary>
/// <remarks>
/// A reader looks before and after: <see cref="Now"/> equal and not <see cref="UnderWay"/> means that no transaction
/// wrote in between. One that finds no such moment in some tries holds transactions up for the time of one more. A
/// transaction waits for that before it enters any gate, so that the reader, who may need a gate, gets it.
/// </remarks>
internal sealed class TransactionMarks
{
    /// <summary>What <see cref="Now"/> is while a transaction writes.</summary>
    public const long UnderWay = -1;

    private long _begun;
    private long _ended;
    private int _holders;

    /// <summary>Transactions so far; <see cref="UnderWay"/> while one writes.</summary>
    public long Now
    {
        get
        {
            // Behind whatever was read before this look; and the ended first: they can't overtake the begun.
            Volatile.ReadBarrier();
            var ended = Volatile.Read(ref _ended);
            var begun = Volatile.Read(ref _begun);
            return begun == ended ? begun : UnderWay;
        }
    }

    /// <summary>Whether nothing was written since an earlier <see cref="Now"/>.</summary>
    public bool StandsSince(long earlier) => earlier != UnderWay && Now == earlier;

    /// <summary>Before the first gate.</summary>
    public void Begin()
    {
        var spin = default(SpinWait);
        while (true)
        {
            Interlocked.Increment(ref _begun);
            if (Volatile.Read(ref _holders) == 0) return;
            Interlocked.Increment(ref _ended);
            while (Volatile.Read(ref _holders) != 0) spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Behind the last gate.</summary>
    public void End() => Interlocked.Increment(ref _ended);

    /// <summary>Holds up new transactions, and waits for those under way, until <see cref="LetGo"/>.</summary>
    public void Hold()
    {
        Interlocked.Increment(ref _holders);
        var spin = default(SpinWait);
        while (Now == UnderWay) spin.SpinOnce(sleep1Threshold: -1);
    }

    /// <summary>The end of a <see cref="Hold"/>.</summary>
    public void LetGo() => Interlocked.Decrement(ref _holders);
}
