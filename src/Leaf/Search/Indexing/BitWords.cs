using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Sets of document numbers as 64-bit words.</summary>
internal static unsafe class BitWords
{
    /// <summary>Words for so many documents.</summary>
    public static int For(int documents) => (documents + 63) >> 6;

    public static bool Has(ulong[]? words, int document) =>
        words is not null && (words[document >> 6] & (1UL << document)) != 0;

    /// <summary>Adds one; false if it was in already.</summary>
    public static bool Add(ulong[] words, int document)
    {
        ref var word = ref words[document >> 6];
        var bit = 1UL << document;
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    /// <summary>The first one at or behind a document, or int.MaxValue.</summary>
    public static int Next(ReadOnlySpan<ulong> words, int from)
    {
        var i = from >> 6;
        if (i >= words.Length) return int.MaxValue;
        var word = words[i] & (ulong.MaxValue << from);
        while (word == 0)
        {
            if (++i == words.Length) return int.MaxValue;
            word = words[i];
        }

        return (i << 6) + BitOperations.TrailingZeroCount(word);
    }

    /// <summary>How many bits are set.</summary>
    public static int Count(ReadOnlySpan<ulong> words)
    {
        var count = 0;
        foreach (var word in words) count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>Keeps the bits that are set in both.</summary>
    public static void And(Span<ulong> words, ReadOnlySpan<ulong> others)
    {
        var i = 0;
        for (; i + 4 <= words.Length; i += 4)
            (Vector256.Create<ulong>(words[i..]) & Vector256.Create(others[i..])).CopyTo(words[i..]);
        for (; i < words.Length; i++) words[i] &= others[i];
    }

    /// <summary>Drops the bits that are set in the others.</summary>
    public static void AndNot(Span<ulong> words, ReadOnlySpan<ulong> others)
    {
        for (var i = 0; i < words.Length; i++) words[i] &= ~others[i];
    }

    /// <summary>Writes the numbers of the bits that are set.</summary>
    /// <param name="words">The words.</param>
    /// <param name="count">How many words.</param>
    /// <param name="first">Number of the first bit.</param>
    /// <param name="numbers">Room for as many as bits are set, and 16 more.</param>
    public static void Numbers(ulong* words, int count, int first, int* numbers)
    {
        if (Avx512F.IsSupported) Numbers512(words, count, first, numbers);
        else NumbersScalar(words, count, first, numbers);
    }

    /// <summary>16 bits at a time.</summary>
    public static void Numbers512(ulong* words, int count, int first, int* numbers)
    {
        var bits = Avx512F.ShiftLeftLogicalVariable(Vector512<int>.One, Vector512<uint>.Indices);
        var offsets = Vector512<int>.Indices + Vector512.Create(first);
        var step = Vector512.Create(16);
        for (var i = 0; i < count; i++)
        {
            for (var word = words[i]; word != 0; word >>= 16)
            {
                var part = (int)(word & 0xFFFF);
                var mask = Vector512.Equals(Vector512.Create(part) & bits, bits);
                Avx512F.Compress(Vector512<int>.Zero, mask, offsets).Store(numbers);
                numbers += BitOperations.PopCount((uint)part);
                offsets += step;
            }

            offsets = Vector512<int>.Indices + Vector512.Create(first + ((i + 1) << 6));
        }
    }

    /// <summary>Bit by bit.</summary>
    public static void NumbersScalar(ulong* words, int count, int first, int* numbers)
    {
        for (var i = 0; i < count; i++, first += 64)
            for (var word = words[i]; word != 0; word &= word - 1)
                *numbers++ = first + BitOperations.TrailingZeroCount(word);
    }
}
