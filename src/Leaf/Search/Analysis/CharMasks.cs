using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What the characters of a block of 64 are to the rules of word boundaries, one bit each.</summary>
/// <remarks>
/// Only characters that <see cref="WideClass"/> does not call hard may stand in a block; so the masks hold all that
/// UAX #29 has to say of it: letters and digits join each other (WB5, WB8 to WB10), an underscore joins what stands
/// beside it (WB13a, WB13b), and of the rest only five marks ever join, and only between letters or between digits
/// (WB6, WB7, WB11, WB12).
/// </remarks>
internal struct CharMasks
{
    /// <summary>Characters of a block.</summary>
    public const int BlockChars = 64;

    private const int HalfChars = 32;

    /// <summary>Letters.</summary>
    public ulong Letters;

    /// <summary>Digits.</summary>
    public ulong Digits;

    /// <summary>Underscores.</summary>
    public ulong Lines;

    /// <summary>Colon, full stop, apostrophe: they join two letters.</summary>
    public ulong LetterJoints;

    /// <summary>Comma, semicolon, full stop, apostrophe: they join two digits.</summary>
    public ulong DigitJoints;

    /// <summary>Characters beyond ASCII.</summary>
    public ulong Wide;

    /// <summary>Reads a block and writes it in lower case, one byte a character; wide ones as anything.</summary>
    /// <param name="block">64 characters.</param>
    /// <param name="lower">Takes 64 bytes.</param>
    public static CharMasks Of(ReadOnlySpan<char> block, Span<byte> lower)
    {
        var masks = Vector256.IsHardwareAccelerated ? OfVectors(block, lower) : OfScalars(block, lower);
        for (var wide = masks.Wide; wide != 0; wide &= wide - 1)
        {
            var bit = wide & (ulong)-(long)wide;
            if (WideClass.Of(block[System.Numerics.BitOperations.TrailingZeroCount(bit)]) == WideKind.Letter)
                masks.Letters |= bit;
        }

        return masks;
    }

    /// <summary>The vectors' twin; it knows no wide letters either.</summary>
    internal static CharMasks OfScalars(ReadOnlySpan<char> block, Span<byte> lower)
    {
        CharMasks masks = default;
        for (var i = 0; i < BlockChars; i++)
        {
            var c = block[i];
            var bit = 1UL << i;
            lower[i] = (byte)Math.Min((int)c, byte.MaxValue);
            if (char.IsAsciiLetter(c))
            {
                masks.Letters |= bit;
                lower[i] = (byte)(c | 0x20);
            }

            if (char.IsAsciiDigit(c)) masks.Digits |= bit;
            if (c == '_') masks.Lines |= bit;
            if (c is ':' or '.' or '\'') masks.LetterJoints |= bit;
            if (c is ',' or ';' or '.' or '\'') masks.DigitJoints |= bit;
            if (c > 0x7F) masks.Wide |= bit;
        }

        return masks;
    }

    internal static CharMasks OfVectors(ReadOnlySpan<char> block, Span<byte> lower)
    {
        ref var first = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(block[..BlockChars]));
        ref var output = ref MemoryMarshal.GetReference(lower[..BlockChars]);
        CharMasks masks = default;
        for (var half = 0; half < BlockChars; half += HalfChars)
        {
            var limit = Vector256.Create((ushort)byte.MaxValue);
            var bytes = Vector256.Narrow(
                Vector256.Min(Vector256.LoadUnsafe(ref first, (nuint)half), limit),
                Vector256.Min(Vector256.LoadUnsafe(ref first, (nuint)half + (HalfChars / 2)), limit));
            var folded = bytes | Vector256.Create((byte)0x20);
            var letters = Vector256.LessThan(folded - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            var digits = Vector256.LessThan(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)10));
            Vector256.ConditionalSelect(letters, folded, bytes).StoreUnsafe(ref output, (nuint)half);
            var stops = Is(bytes, '.') | Is(bytes, '\'');
            masks.Letters |= Bits(letters) << half;
            masks.Digits |= Bits(digits) << half;
            masks.Lines |= Bits(Is(bytes, '_')) << half;
            masks.LetterJoints |= Bits(stops | Is(bytes, ':')) << half;
            masks.DigitJoints |= Bits(stops | Is(bytes, ',') | Is(bytes, ';')) << half;
            masks.Wide |= Bits(bytes) << half;
        }

        return masks;

        static Vector256<byte> Is(Vector256<byte> bytes, char c) =>
            Vector256.Equals(bytes, Vector256.Create((byte)c));

        static ulong Bits(Vector256<byte> bytes) => bytes.ExtractMostSignificantBits();
    }
}
