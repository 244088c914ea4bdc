using System.Numerics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Integers of which a few are much larger than the rest: packed in the bits that suit most, the others patched with
/// their high bits afterwards (PFOR: Zukowski, Heman, Nes, Boncz: Super-Scalar RAM-CPU Cache Compression, 2006).
/// </summary>
/// <remarks>
/// <code>
///  bits u8, 64 added when there are patches | patches u8 if so | packed values | per patch: index u8, high bits u8
/// </code>
/// </remarks>
internal static unsafe class PatchedPacking
{
    private const int HasPatches = 64;
    private const int PatchBytes = 2;
    private const int HighBitsMax = 8;
    private const int WordBits = 32;

    /// <summary>What a patch costs when it is weighed against wider values: its bytes, and one for the time.</summary>
    private const int PatchCost = PatchBytes + 1;

    /// <summary>Appends 1 to 128 values.</summary>
    public static void Put(ByteSink sink, ReadOnlySpan<uint> values)
    {
        var bits = BestBits(values);
        var patches = 0;
        foreach (var value in values)
            if (bits < WordBits && value >> bits != 0) patches++;
        sink.PutByte((byte)(patches > 0 ? bits | HasPatches : bits));
        if (patches > 0) sink.PutByte((byte)patches);
        IntPacking.Put(sink, values, bits);
        if (patches == 0) return;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] >> bits == 0) continue;
            sink.PutByte((byte)i);
            sink.PutByte((byte)(values[i] >> bits));
        }
    }

    /// <summary>Bytes of so many values, from their first two bytes.</summary>
    public static int Bytes(byte* at, int count)
    {
        int bits = *at;
        return bits < HasPatches
            ? 1 + IntPacking.Bytes(bits, count)
            : 2 + IntPacking.Bytes(bits - HasPatches, count) + (PatchBytes * at[1]);
    }

    /// <summary>Unpacks so many values.</summary>
    /// <returns>The byte behind them.</returns>
    public static byte* Unpack(byte* at, int count, uint* values)
    {
        int bits = *at++;
        if (bits < HasPatches)
        {
            IntPacking.Unpack(at, bits, count, values);
            return at + IntPacking.Bytes(bits, count);
        }

        bits -= HasPatches;
        int patches = *at++;
        IntPacking.Unpack(at, bits, count, values);
        at += IntPacking.Bytes(bits, count);
        for (; patches > 0; patches--)
        {
            values[at[0]] |= (uint)at[1] << bits;
            at += PatchBytes;
        }

        return at;
    }

    /// <summary>Reads one of so many values.</summary>
    public static uint One(byte* at, int count, int index)
    {
        int bits = *at++;
        if (bits < HasPatches) return IntPacking.One(at, bits, index);
        bits -= HasPatches;
        int patches = *at++;
        var value = IntPacking.One(at, bits, index);
        at += IntPacking.Bytes(bits, count);
        for (; patches > 0 && *at <= index; patches--, at += PatchBytes)
            if (*at == index) return value | ((uint)at[1] << bits);
        return value;
    }

    private static int BestBits(ReadOnlySpan<uint> values)
    {
        Span<byte> widths = stackalloc byte[WordBits + 1];
        widths.Clear();
        foreach (var value in values) widths[WordBits - BitOperations.LeadingZeroCount(value)]++;
        var widest = WordBits;
        while (widest > 0 && widths[widest] == 0) widest--;
        int best = widest, bestCost = IntPacking.Bytes(widest, values.Length), patches = 0;
        for (var bits = widest - 1; bits >= 0 && widest - bits <= HighBitsMax; bits--)
        {
            patches += widths[bits + 1];
            var cost = 1 + IntPacking.Bytes(bits, values.Length) + (PatchCost * patches);
            if (cost >= bestCost) continue;
            best = bits;
            bestCost = cost;
        }

        return best;
    }
}
