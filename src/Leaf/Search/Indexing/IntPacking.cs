using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// 128 integers in as few bits each as the largest needs. Value i lies in lane i mod 4; the 32 values of a lane follow
/// each other from the lowest bit of its words, and the words of the four lanes alternate, so that one 128-bit vector
/// moves four values (Lemire, Boytsov: Decoding billions of integers per second through vectorization, 2015:
/// SIMD-BP128).
/// </summary>
/// <remarks>
/// <code>
///  bits = 5:  word 0 of lanes 0 1 2 3 | word 1 of lanes 0 1 2 3 | ...          16 * bits bytes
///             values 0,4,8,12,16,20 and the low 2 bits of 24 are in word 0 of lane 0
/// </code>
/// </remarks>
internal static unsafe class IntPacking
{
    /// <summary>Integers in a block.</summary>
    public const int Count = 128;

    private const int Lanes = 4;
    private const int ValuesPerLane = Count / Lanes;
    private const int WordBits = 32;

    /// <summary>Bytes of a block of so many bits each.</summary>
    public static int Bytes(int bits) => bits * (Count / 8);

    /// <summary>Bits that the largest of the values needs: 0 to 32.</summary>
    public static int BitsFor(ReadOnlySpan<uint> values)
    {
        uint all = 0;
        foreach (var value in values) all |= value;
        return WordBits - BitOperations.LeadingZeroCount(all);
    }

    /// <summary>Appends the bits in one byte and the block.</summary>
    public static void Put(ByteSink sink, ReadOnlySpan<uint> values)
    {
        Debug.Assert(values.Length == Count);
        var bits = BitsFor(values);
        sink.PutByte((byte)bits);
        var words = MemoryMarshal.Cast<byte, uint>(sink.Reserve(Bytes(bits)));
        words.Clear();
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < ValuesPerLane && bits > 0; i++)
            {
                var value = values[(i * Lanes) + lane];
                var bit = i * bits;
                var word = bit / WordBits;
                var shift = bit % WordBits;
                words[(word * Lanes) + lane] |= value << shift;
                if (shift + bits > WordBits) words[((word + 1) * Lanes) + lane] |= value >> (WordBits - shift);
            }
        }

        sink.Advance(Bytes(bits));
    }

    /// <summary>Unpacks a block.</summary>
    /// <param name="packed">16 * bits bytes.</param>
    /// <param name="bits">0 to 32.</param>
    /// <param name="values">Room for 128.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte* packed, int bits, uint* values)
    {
        if (bits == 0)
        {
            new Span<uint>(values, Count).Clear();
            return;
        }

        var mask = Vector128.Create(bits == WordBits ? uint.MaxValue : (1u << bits) - 1);
        var end = packed + Bytes(bits);
        var current = Vector128.Load((uint*)packed);
        var shift = 0;
        for (var i = 0; i < Count; i += Lanes)
        {
            var value = Vector128.ShiftRightLogical(current, shift);
            shift += bits;
            if (shift >= WordBits)
            {
                shift -= WordBits;
                packed += Lanes * sizeof(uint);
                if (packed < end)
                {
                    current = Vector128.Load((uint*)packed);
                    if (shift > 0) value |= Vector128.ShiftLeft(current, bits - shift);
                }
            }

            (value & mask).Store(values + i);
        }
    }

    /// <summary>The same without vectors: the definition that the other is held to.</summary>
    public static void UnpackScalar(byte* packed, int bits, uint* values)
    {
        var words = (uint*)packed;
        var mask = bits == WordBits ? uint.MaxValue : (1u << bits) - 1;
        for (var i = 0; i < Count; i++)
        {
            var bit = i / Lanes * bits;
            var word = words + (bit / WordBits * Lanes) + (i % Lanes);
            var shift = bit % WordBits;
            var value = bits == 0 ? 0 : *word >> shift;
            if (shift + bits > WordBits) value |= word[Lanes] << (WordBits - shift);
            values[i] = value & mask;
        }
    }
}
