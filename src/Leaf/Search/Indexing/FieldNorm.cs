using System.Numerics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Lengths of fields in one byte: exact up to 40, then with three bits of mantissa, as Lucene's SmallFloat.intToByte4
/// does, so that scores agree with Lucene's. Larger bytes are longer fields.
/// </summary>
internal static class FieldNorm
{
    /// <summary>Bytes left over by the float part are added to its low end: 255 - (27 + 1) * 8 - 7.</summary>
    private const int ExactExtra = 24;
    private const int MantissaBits = 3;

    private static readonly int[] Lengths = [.. Enumerable.Range(0, 256).Select(b => Decode((byte)b))];

    /// <summary>The length that each byte stands for.</summary>
    public static ReadOnlySpan<int> ByByte => Lengths;

    /// <summary>The byte of the largest length not above this one.</summary>
    /// <param name="length">Tokens, 0 or more.</param>
    public static byte Encode(int length)
    {
        if (length < ExactExtra) return (byte)length;
        var rest = (uint)(length - ExactExtra);
        var bits = 32 - BitOperations.LeadingZeroCount(rest);
        if (bits <= MantissaBits) return (byte)(ExactExtra + rest);
        var shift = bits - MantissaBits - 1;
        var mantissa = (rest >> shift) & ((1 << MantissaBits) - 1);
        return (byte)(ExactExtra + (mantissa | (uint)((shift + 1) << MantissaBits)));
    }

    private static int Decode(byte norm)
    {
        if (norm < ExactExtra) return norm;
        var rest = norm - ExactExtra;
        var mantissa = rest & ((1 << MantissaBits) - 1);
        var shift = (rest >> MantissaBits) - 1;
        return ExactExtra + (shift < 0 ? mantissa : (mantissa | (1 << MantissaBits)) << shift);
    }
}
