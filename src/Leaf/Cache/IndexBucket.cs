using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Hedgerow.Leaf.Cache;

/// <summary>Seven slots of the index and what a reader must know of them: one cache line.</summary>
/// <remarks>
/// <code>
///  +---------+------+----+---------+--------+--------+- - -+-------+     slot, u64
///  | version | away | -- | spilled | slot 0 | slot 1 |     | slot 6|     +---------+--------+---------+
///  | u32     | u8   | u8 | u16     | u64    | u64    |     | u64   |     | tag 20  | uses 2 | addr. 42|
///  +---------+------+----+---------+--------+--------+- - -+-------+     +---------+--------+---------+
/// </code>
/// A slot of 0 is empty; slots are filled in any order. The version is odd while the bucket or the bytes of a record
/// it points at are being changed: a reader's seqlock.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct IndexBucket
{
    public const int Bytes = 64;
    public const int SlotCount = 7;
    public const int AddressBits = 42;
    public const int UsesMax = 3;
    public const int TagShift = 44;
    public const ulong AddressMask = (1UL << AddressBits) - 1;
    public const ulong UseUnit = 1UL << AddressBits;

    public uint Version;

    /// <summary>Bit i: slot i is here because the bucket it belongs to first was full.</summary>
    public byte Away;

    /// <summary>How many slots belong here first and are elsewhere.</summary>
    public ushort Spilled;

    public fixed ulong Slots[SlotCount];

    /// <summary>Bit i: slot i has this tag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Match(IndexBucket* bucket, ulong tag)
    {
        var words = (ulong*)bucket;
        if (Vector512.IsHardwareAccelerated)
        {
            var tags = Vector512.Load(words) >> TagShift;
            return (uint)Vector512.Equals(tags, Vector512.Create(tag)).ExtractMostSignificantBits() >> 1;
        }

        if (Vector256.IsHardwareAccelerated)
        {
            var wanted = Vector256.Create(tag);
            var low = Vector256.Equals(Vector256.Load(words) >> TagShift, wanted).ExtractMostSignificantBits();
            var high = Vector256.Equals(Vector256.Load(words + 4) >> TagShift, wanted).ExtractMostSignificantBits();
            return (low | (high << 4)) >> 1;
        }

        uint mask = 0;
        for (var i = 0; i < SlotCount; i++)
        {
            if (bucket->Slots[i] >> TagShift == tag) mask |= 1u << i;
        }

        return mask;
    }

    /// <summary>The first empty slot's number, or -1.</summary>
    public static int FreeSlot(IndexBucket* bucket)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var empty = Vector512.Equals(Vector512.Load((ulong*)bucket), Vector512<ulong>.Zero);
            var free = (uint)empty.ExtractMostSignificantBits() >> 1;
            return free == 0 ? -1 : (int)uint.TrailingZeroCount(free);
        }

        for (var i = 0; i < SlotCount; i++)
        {
            if (bucket->Slots[i] == 0) return i;
        }

        return -1;
    }

    /// <summary>From here until <see cref="EndChange"/> readers of this bucket begin again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BeginChange(IndexBucket* bucket)
    {
        bucket->Version++;
        Volatile.WriteBarrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EndChange(IndexBucket* bucket) => Volatile.Write(ref bucket->Version, bucket->Version + 1);

    public static IndexBucket* Of(ulong* slot) => (IndexBucket*)((nuint)slot & ~(nuint)(Bytes - 1));
}
