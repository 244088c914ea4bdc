using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// How long the work of one queue takes: the mean of all, and the least of each kind. One caller at a time.
/// </summary>
internal sealed class ServiceTimes
{
    private const int MeanShift = 3;
    private const int LeastShift = 6;
    private const int Opcodes = 0x40;

    private readonly long[] _least = [.. Enumerable.Repeat(long.MaxValue, Opcodes)];

    /// <summary>Smoothed, an eighth of each new one; 0 before the first.</summary>
    public long Mean { get; private set; }

    /// <summary>
    /// What is certainly needed: the quickest of late, which rises by a 64th of what is above it. 0 before the first.
    /// </summary>
    public long Least(Opcode opcode) =>
        _least[(int)opcode & (Opcodes - 1)] is not long.MaxValue and var least ? least : 0;

    public void Add(Opcode opcode, long ticks)
    {
        Mean += (ticks - Mean) >> MeanShift;
        ref var least = ref _least[(int)opcode & (Opcodes - 1)];
        least = ticks < least ? ticks : least + ((ticks - least) >> LeastShift);
    }
}
