using System.Numerics;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The matches and sums of some neighbouring documents, which clauses add to one after the other: no heap, no
/// comparison per document, and 32 KiB of sums that stay in the first-level cache. One thread; reused.
/// </summary>
internal sealed class DocumentWindow
{
    /// <summary>Most documents in a window.</summary>
    public const int Size = 4_096;

    private readonly ulong[] _bits = new ulong[Size / 64];
    private readonly double[] _scores = new double[Size];

    /// <summary>Its first document.</summary>
    public int Base { get; private set; }

    /// <summary>The document behind its last.</summary>
    public int End { get; private set; } = Size;

    /// <summary>Moves an empty window over [from, to), at most <see cref="Size"/> documents.</summary>
    public void Move(int from, int to)
    {
        Base = from;
        End = to;
    }

    /// <summary>Adds a match.</summary>
    public void Add(int document, double score)
    {
        var slot = document - Base;
        _bits[slot >> 6] |= 1UL << slot;
        _scores[slot] += score;
    }

    /// <summary>Adds matches, rising.</summary>
    public void Add(ReadOnlySpan<int> documents, ReadOnlySpan<double> scores)
    {
        // Neighbours share a word of bits, which is put together before it is stored.
        ulong word = 0;
        var at = 0;
        for (var i = 0; i < documents.Length; i++)
        {
            var slot = documents[i] - Base;
            _scores[slot] += scores[i];
            if (slot >> 6 != at)
            {
                _bits[at] |= word;
                at = slot >> 6;
                word = 0;
            }

            word |= 1UL << slot;
        }

        _bits[at] |= word;
    }

    /// <summary>Takes matches out from a document on, up to as many as fit whose sums reach the least.</summary>
    /// <returns>Where to go on; <see cref="End"/> when the window is empty.</returns>
    public int Take(int from, Candidates into)
    {
        into.Count = 0;
        var least = into.ScoreMin;
        var words = (End - Base + 63) >> 6;
        for (var i = (from - Base) >> 6; i < words; i++)
        {
            if (into.Count > Candidates.Size - 64) return Base + (i << 6);
            var word = _bits[i];
            if (word == 0) continue;
            _bits[i] = 0;
            var count = into.Count;
            for (; word != 0; word &= word - 1)
            {
                var slot = (i << 6) + BitOperations.TrailingZeroCount(word);
                into.Documents[count] = Base + slot;
                into.Scores[count] = _scores[slot];
                count += _scores[slot] >= least ? 1 : 0;
                _scores[slot] = 0;
            }

            into.Count = count;
        }

        return End;
    }
}
