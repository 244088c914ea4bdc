using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// How long the work of one queue takes: the mean of all, and the least of each kind. One caller at a time.
/// </summary>
internal sealed class ServiceTimes
{
    private const int MeanShift = 3;
    private const int LeastShift = 6;
    private const int LowerShift = 3;
    private const int Opcodes = 0x40;

    private readonly long[] _least = [.. Enumerable.Repeat(long.MaxValue, Opcodes)];

    /// <summary>What refusals since the last one that was served have taken from the least.</summary>
    private readonly long[] _lowered = new long[Opcodes];

    /// <summary>Smoothed, an eighth of each new one; 0 before the first.</summary>
    public long Mean { get; private set; }

    /// <summary>
    /// What is certainly needed: the quickest of late, which rises by a 64th of what is above it; less what
    /// <see cref="Lower"/> took. 0 before the first.
    /// </summary>
    public long Least(Opcode opcode) =>
        _least[Number(opcode)] is not long.MaxValue and var least ? least - _lowered[Number(opcode)] : 0;

    /// <summary>
    /// Takes an eighth off the least of a kind until the next of it is served: one that is refused says nothing of how
    /// long it would have taken, and if all were, a slow one would be the last word.
    /// </summary>
    public void Lower(Opcode opcode) => _lowered[Number(opcode)] += Least(opcode) >> LowerShift;

    public void Add(Opcode opcode, long ticks)
    {
        Mean += (ticks - Mean) >> MeanShift;
        ref var least = ref _least[Number(opcode)];
        least = ticks < least ? ticks : least + ((ticks - least) >> LeastShift);
        _lowered[Number(opcode)] = 0;
    }

    private static int Number(Opcode opcode) => (int)opcode & (Opcodes - 1);
}
