using System.Numerics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Sets of document numbers as 64-bit words.</summary>
internal static class BitWords
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

    public static int Count(ReadOnlySpan<ulong> words)
    {
        var count = 0;
        foreach (var word in words) count += BitOperations.PopCount(word);
        return count;
    }
}
