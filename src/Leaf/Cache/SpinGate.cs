namespace Hedgerow.Leaf.Cache;

/// <summary>
/// A lock for critical sections of well under 100 µs: one interlocked instruction in, one store out. Not re-entrant.
/// A waiter spins, then yields its processor; it never sleeps a millisecond, which a cache read could not afford.
/// </summary>
internal struct SpinGate
{
    private int _held;

    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0) Wait();
    }

    public void Exit() => Volatile.Write(ref _held, 0);

    private void Wait()
    {
        var spin = default(SpinWait);
        do
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
        while (Volatile.Read(ref _held) != 0 || Interlocked.CompareExchange(ref _held, 1, 0) != 0);
    }
}
