using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Remembers a sample of the paths that were lately evicted, and from which queue: what comes back soon would have
/// been a hit, had that queue been a little longer.
/// </summary>
/// <remarks>
/// A table of sets of 16, each one cache line, of 19 bits of hash, one of queue and 12 of time; a new ghost takes the
/// place of the oldest of its set. Only one hash in 2^<see cref="SampleShift"/> is remembered, as few as make the
/// table last for half a turnover of the entries. Time is counted in evictions, in units that make 12 bits last four
/// turnovers of the table. Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class GhostTable : IDisposable
{
    private const int SetSlots = 16;
    private const int StampBits = 12;
    private const uint StampMask = (1 << StampBits) - 1;
    private readonly uint* _slots;
    private readonly long _slotCount;
    private readonly uint _setMask;
    private long _evictions;

    /// <param name="bytes">A power of two, at least 64.</param>
    public GhostTable(long bytes)
    {
        Bytes = bytes;
        _slotCount = bytes / sizeof(uint);
        _setMask = (uint)(_slotCount / SetSlots) - 1;
        _slots = (uint*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(_slots, (nuint)bytes);
    }

    public long Bytes { get; }

    /// <summary>Binary logarithm of the hashes for each one that is remembered.</summary>
    public int SampleShift { get; private set; }

    /// <summary>Samples as this many entries need it. A change forgets everything.</summary>
    public void Fit(long entries)
    {
        var capacity = _slotCount << SampleShift;
        if (entries <= capacity * 2 && (SampleShift == 0 || entries > capacity / 4)) return;
        var shift = 0;
        while (_slotCount << shift < entries) shift++;
        if (shift == SampleShift) return;
        SampleShift = shift;
        NativeMemory.Clear(_slots, (nuint)Bytes);
    }

    public void Add(ulong hash, bool fromMain)
    {
        _evictions++;
        if (!IsSampled(hash)) return;
        var set = Set(hash);
        var mark = Mark(hash, fromMain);
        var victim = 0;
        long oldest = -1;
        for (var i = 0; i < SetSlots; i++)
        {
            var replaces = set[i] == 0 || (set[i] ^ mark) >> (StampBits + 1) == 0;
            var age = replaces ? long.MaxValue : Age(set[i]);
            if (age <= oldest) continue;
            oldest = age;
            victim = i;
        }

        set[victim] = mark | Stamp;
    }

    /// <summary>Forgets a path that has come back. <paramref name="age"/> is in evictions since its own.</summary>
    public bool TryTake(ulong hash, out bool fromMain, out long age)
    {
        fromMain = false;
        age = 0;
        if (_evictions == 0 || !IsSampled(hash)) return false;
        var set = Set(hash);
        var mark = Mark(hash, false);
        for (var i = 0; i < SetSlots; i++)
        {
            if (set[i] == 0 || (set[i] ^ mark) >> (StampBits + 1) != 0) continue;
            fromMain = (set[i] >> StampBits & 1) != 0;
            age = Age(set[i]) * Unit;
            set[i] = 0;
            return true;
        }

        return false;
    }

    public void Dispose() => NativeMemory.AlignedFree(_slots);

    private long Unit => Math.Max(1, _slotCount / 1024) << SampleShift;

    private uint Stamp => (uint)(_evictions / Unit) & StampMask;

    private static uint Mark(ulong hash, bool fromMain) =>
        ((((uint)(hash >> 45) & 0x7FFFF) | 1) << (StampBits + 1)) | (fromMain ? 1u << StampBits : 0);

    private bool IsSampled(ulong hash) => (hash * 0x9E3779B97F4A7C15 >> 44 & ((1UL << SampleShift) - 1)) == 0;

    private long Age(uint slot) => (Stamp - slot) & StampMask;

    private uint* Set(ulong hash) => _slots + (((uint)(hash >> 6) & _setMask) * SetSlots);
}
