using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The matches and sums of some neighbouring documents, which clauses add to one after the other: no heap, no
/// comparison per document, and 32 KiB of sums that stay in the first-level cache. One thread; reused.
/// </summary>
internal sealed class DocumentWindow
{
    /// <summary>Most documents in a window.</summary>
    public const int Size = 4_096;

    /// <summary>Bits of a word from which on taking eight at a time is faster.</summary>
    private const int VectorBits = 10;

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

    /// <summary>Leaves out all that is in it.</summary>
    public void Clear()
    {
        Array.Clear(_bits);
        Array.Clear(_scores);
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
        var words = (End - Base + 63) >> 6;
        for (var i = (from - Base) >> 6; i < words; i++)
        {
            if (into.Count > Candidates.Size - 64) return Base + (i << 6);
            var word = _bits[i];
            if (word == 0) continue;
            _bits[i] = 0;
            if (Avx512F.VL.IsSupported && BitOperations.PopCount(word) >= VectorBits) TakeWord512(i << 6, word, into);
            else TakeWord(i << 6, word, into);
        }

        return End;
    }

    private void TakeWord(int slot, ulong word, Candidates into)
    {
        var count = into.Count;
        for (; word != 0; word &= word - 1)
        {
            var at = slot + BitOperations.TrailingZeroCount(word);
            into.Documents[count] = Base + at;
            into.Scores[count] = _scores[at];
            count += _scores[at] >= into.ScoreMin ? 1 : 0;
            _scores[at] = 0;
        }

        into.Count = count;
    }

    /// <summary>The same eight documents at a time.</summary>
    private unsafe void TakeWord512(int slot, ulong word, Candidates into)
    {
        var bits = Avx512F.ShiftLeftLogicalVariable(Vector512<long>.One, Vector512<ulong>.Indices);
        var least = Vector512.Create(into.ScoreMin);
        var numbers = Vector512<long>.Indices + Vector512.Create((long)(Base + slot));
        var step = Vector512.Create(8L);
        fixed (double* scores = &_scores[slot])
        {
            for (var at = scores; word != 0; word >>= 8, at += 8, numbers += step)
            {
                var has = Vector512.Equals(Vector512.Create((long)(word & 0xFF)) & bits, bits).AsDouble();
                var sums = Vector512.Load(at);
                Vector512<double>.Zero.Store(at);
                into.Append512(numbers, sums, Vector512.GreaterThanOrEqual(sums, least) & has);
            }
        }
    }
}
