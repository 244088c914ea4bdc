using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Remembers the paths that were lately evicted after one use, as 20 bits of hash and 12 of time each: one of them that
/// comes back goes straight into the main queue (S3-FIFO's ghost queue, Yang et al., SOSP 2023).
/// </summary>
/// <remarks>
/// A table of sets of 16, each one cache line; a new ghost takes the place of the oldest of its set. Time is counted
/// in evictions, in units that make 12 bits last four turnovers of the table. A false memory (about 1 in 65,000
/// lookups) costs one entry a place in the main queue. Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class GhostTable : IDisposable
{
    private const int SetSlots = 16;
    private const int StampBits = 12;
    private const uint StampMask = (1 << StampBits) - 1;
    private readonly uint* _slots;
    private readonly uint _setMask;
    private readonly long _unit;
    private long _evictions;

    /// <param name="bytes">A power of two, at least 64.</param>
    public GhostTable(long bytes)
    {
        Bytes = bytes;
        var slots = bytes / sizeof(uint);
        _setMask = (uint)(slots / SetSlots) - 1;
        _unit = Math.Max(1, slots / 1024);
        _slots = (uint*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(_slots, (nuint)bytes);
    }

    public long Bytes { get; }

    public void Add(ulong hash)
    {
        _evictions++;
        var set = Set(hash);
        var mark = Mark(hash);
        var victim = 0;
        long oldest = -1;
        for (var i = 0; i < SetSlots; i++)
        {
            var replaces = set[i] == 0 || set[i] >> StampBits == mark;
            var age = replaces ? long.MaxValue : Age(set[i]);
            if (age <= oldest) continue;
            oldest = age;
            victim = i;
        }

        set[victim] = (mark << StampBits) | Stamp;
    }

    /// <summary>Whether it was evicted within the last <paramref name="window"/> evictions.</summary>
    public bool Remembers(ulong hash, long window)
    {
        var set = Set(hash);
        var mark = Mark(hash);
        for (var i = 0; i < SetSlots; i++)
        {
            if (set[i] >> StampBits == mark) return Age(set[i]) * _unit <= window;
        }

        return false;
    }

    public void Dispose() => NativeMemory.AlignedFree(_slots);

    private uint Stamp => (uint)(_evictions / _unit) & StampMask;

    private static uint Mark(ulong hash) => ((uint)(hash >> 44) & 0xFFFFF) | 1;

    private long Age(uint slot) => (Stamp - slot) & StampMask;

    private uint* Set(ulong hash) => _slots + ((((uint)(hash >> 6)) & _setMask) * SetSlots);
}
