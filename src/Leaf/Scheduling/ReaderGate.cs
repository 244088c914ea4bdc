using System.Runtime.InteropServices;
using Hedgerow.Leaf.Metrics;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Lets many threads read shared things without a lock, and lets one wait until all who may still hold the old ones
/// have left. Entering costs one uncontended atomic addition.
/// </summary>
/// <remarks>
/// Sleepable read-copy-update (McKenney, "Sleepable RCU", 2006): readers count themselves in one of two phases, striped
/// over threads; <see cref="WaitForReaders"/> turns the phase and waits for the old one to empty, twice, since a reader
/// may have read the phase before the first turn and counted itself after it.
/// </remarks>
internal sealed class ReaderGate
{
    private readonly Cell[] _cells = new Cell[Stripes.Count];
    private readonly Lock _turn = new();
    private int _phase;

    /// <summary>Begins to read. Dispose what is returned on the same thread.</summary>
    public Reader Enter()
    {
        var stripe = Stripes.Current;
        var phase = Volatile.Read(ref _phase) & 1;
        Interlocked.Increment(ref Count(stripe, phase));
        return new Reader(this, stripe, phase);
    }

    /// <summary>
    /// Returns when every reader that was inside at the call has left. Readers are short, so this spins.
    /// </summary>
    public void WaitForReaders()
    {
        lock (_turn)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                var old = Interlocked.Increment(ref _phase) - 1 & 1;
                var spin = default(SpinWait);
                while (Inside(old) != 0) spin.SpinOnce();
            }
        }
    }

    private long Inside(int phase)
    {
        long sum = 0;
        for (var stripe = 0; stripe < _cells.Length; stripe++) sum += Volatile.Read(ref Count(stripe, phase));
        return sum;
    }

    private ref long Count(int stripe, int phase)
    {
        ref var cell = ref _cells[stripe];
        return ref phase == 0 ? ref cell.Even : ref cell.Odd;
    }

    /// <summary>Someone inside.</summary>
    public readonly ref struct Reader(ReaderGate gate, int stripe, int phase)
    {
        public void Dispose() => Interlocked.Decrement(ref gate.Count(stripe, phase));
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(0)]
        public long Even;

        [FieldOffset(8)]
        public long Odd;
    }
}
