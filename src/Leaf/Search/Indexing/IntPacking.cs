using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Integers in as few bits each as the largest needs: value i lies in bits i * bits and up of a little-endian stream,
/// so any count of them can be packed, and one byte permutation and one shift per lane unpack a vector of them without
/// a branch.
/// </summary>
/// <remarks>
/// <para>With byte permutations over 512 bits 16 values are unpacked at a time, with AVX2 8, elsewhere one;
/// <see cref="UnpackScalar"/> is the definition that the others are held to. A vector reaches over at most 25 bits and
/// the 7 before them; wider values, which only gaps of more than 33 million make, are unpacked one by one.</para>
/// <para>Reading is in whole vectors: up to <see cref="ReadPast"/> bytes behind the packed ones are read, and up to
/// 15 values behind the last are written.</para>
/// </remarks>
internal static unsafe class IntPacking
{
    /// <summary>Most integers in a block.</summary>
    public const int Count = 128;

    /// <summary>Values that an array needs beyond those asked for.</summary>
    public const int Slack = 16;

    /// <summary>Bytes behind the packed ones that have to be readable.</summary>
    public const int ReadPast = 64;

    private const int WordBits = 32;
    private const int VectorBitsMax = 25;

    private static readonly byte* Bytes512 = Table(64, (bits, i) => (byte)(((i / 4 * bits) >> 3) + (i % 4)));
    private static readonly byte* Shifts512 = Table(64, (bits, i) => (byte)(i % 4 == 0 ? (i / 4 * bits) & 7 : 0));
    private static readonly byte* Bytes256 = Table(32, (bits, i) => (byte)((HalfBit(bits, i) >> 3) + (i % 4)));
    private static readonly byte* Shifts256 = Table(32, (bits, i) => (byte)(i % 4 == 0 ? HalfBit(bits, i) & 7 : 0));

    /// <summary>Bytes of so many values of so many bits each.</summary>
    public static int Bytes(int bits, int count) => ((bits * count) + 7) >> 3;

    /// <summary>Bits that the largest of the values needs: 0 to 32.</summary>
    public static int BitsFor(ReadOnlySpan<uint> values)
    {
        uint all = 0;
        foreach (var value in values) all |= value;
        return WordBits - BitOperations.LeadingZeroCount(all);
    }

    /// <summary>Appends the low bits of the values.</summary>
    public static void Put(ByteSink sink, ReadOnlySpan<uint> values, int bits)
    {
        if (bits == 0) return;
        var room = sink.Reserve(Bytes(bits, values.Length) + sizeof(ulong));
        var mask = bits == WordBits ? uint.MaxValue : (1u << bits) - 1;
        ulong pending = 0;
        int filled = 0, at = 0;
        foreach (var value in values)
        {
            pending |= (ulong)(value & mask) << filled;
            filled += bits;
            if (filled < WordBits) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(room[at..], (uint)pending);
            at += sizeof(uint);
            pending >>= WordBits;
            filled -= WordBits;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(room[at..], pending);
        sink.Advance(Bytes(bits, values.Length));
    }

    /// <summary>Unpacks.</summary>
    /// <param name="packed">The bytes.</param>
    /// <param name="bits">0 to 32.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Room for so many, rounded up to a multiple of 16.</param>
    public static void Unpack(byte* packed, int bits, int count, uint* values)
    {
        if (bits > VectorBitsMax) UnpackScalar(packed, bits, count, values);
        else if (Avx512Vbmi.IsSupported) Unpack512(packed, bits, count, values);
        else if (Avx2.IsSupported) Unpack256(packed, bits, count, values);
        else UnpackScalar(packed, bits, count, values);
    }

    /// <summary>16 at a time.</summary>
    public static void Unpack512(byte* packed, int bits, int count, uint* values)
    {
        var bytes = Vector512.Load(Bytes512 + (bits * 64));
        var shifts = Vector512.Load((uint*)(Shifts512 + (bits * 64)));
        var mask = Vector512.Create((1u << bits) - 1);
        for (var i = 0; i < count; i += 16)
        {
            var words = Avx512Vbmi.PermuteVar64x8(Vector512.Load(packed), bytes).AsUInt32();
            (Avx512F.ShiftRightLogicalVariable(words, shifts) & mask).Store(values + i);
            packed += 2 * bits;
        }
    }

    /// <summary>8 at a time, of which the upper four are loaded on their own.</summary>
    public static void Unpack256(byte* packed, int bits, int count, uint* values)
    {
        var bytes = Vector256.Load(Bytes256 + (bits * 32));
        var shifts = Vector256.Load((uint*)(Shifts256 + (bits * 32)));
        var mask = Vector256.Create((1u << bits) - 1);
        var upper = (4 * bits) >> 3;
        for (var i = 0; i < count; i += 8)
        {
            var words = Vector256.Create(Vector128.Load(packed), Vector128.Load(packed + upper));
            var moved = Avx2.Shuffle(words, bytes).AsUInt32();
            (Avx2.ShiftRightLogicalVariable(moved, shifts) & mask).Store(values + i);
            packed += bits;
        }
    }

    /// <summary>One at a time.</summary>
    public static void UnpackScalar(byte* packed, int bits, int count, uint* values)
    {
        for (var i = 0; i < count; i++) values[i] = One(packed, bits, i);
    }

    /// <summary>Reads one value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint One(byte* packed, int bits, int index)
    {
        var bit = index * bits;
        return (uint)(Unsafe.ReadUnaligned<ulong>(packed + (bit >> 3)) >> (bit & 7) & ((1UL << bits) - 1));
    }

    /// <summary>Turns steps less one into what they lead to from a number on: document numbers.</summary>
    /// <param name="values">Steps; room rounded up to a multiple of 16.</param>
    /// <param name="count">How many.</param>
    /// <param name="before">Where the first step begins.</param>
    public static void Sum(int* values, int count, int before)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) Sum512(values, count, before);
        else SumScalar(values, count, before);
    }

    /// <summary>16 at a time: each lane takes in those one, two, four and eight before it.</summary>
    public static void Sum512(int* values, int count, int before)
    {
        var last = Vector512.Create(15);
        var total = Vector512.Create(before);
        for (var i = 0; i < count; i += 16)
        {
            var sums = Vector512.Load(values + i) + Vector512<int>.One;
            sums += Avx512F.AlignRight32(sums, Vector512<int>.Zero, 15);
            sums += Avx512F.AlignRight32(sums, Vector512<int>.Zero, 14);
            sums += Avx512F.AlignRight32(sums, Vector512<int>.Zero, 12);
            sums += Avx512F.AlignRight32(sums, Vector512<int>.Zero, 8);
            sums += total;
            sums.Store(values + i);
            total = Avx512F.PermuteVar16x32(sums, last);
        }
    }

    /// <summary>One at a time.</summary>
    public static void SumScalar(int* values, int count, int before)
    {
        for (var i = 0; i < count; i++) values[i] = before += values[i] + 1;
    }

    /// <summary>First bit of a byte's value, counted from the first byte that its half of a vector loads.</summary>
    private static int HalfBit(int bits, int i) => i < 16 ? i / 4 * bits : (((i / 4) - 4) * bits) + ((4 * bits) & 7);

    private static byte* Table(int bytes, Func<int, int, byte> value)
    {
        // Never freed: as long-lived as the process.
        var table = (byte*)NativeMemory.AlignedAlloc((nuint)((VectorBitsMax + 1) * bytes), 64);
        for (var bits = 0; bits <= VectorBitsMax; bits++)
            for (var i = 0; i < bytes; i++) table[(bits * bytes) + i] = value(bits, i);
        return table;
    }
}
