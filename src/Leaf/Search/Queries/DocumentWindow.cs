using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The matches and scores of 4,096 neighbouring documents, which clauses add to one after the other: no heap, no
/// comparison per document, and 32 KiB of scores that stay in the first-level cache. One thread; reused.
/// </summary>
internal sealed class DocumentWindow
{
    /// <summary>Documents in a window.</summary>
    public const int Size = 4_096;

    private int _base;

    /// <summary>Which documents match, from <see cref="Base"/> on.</summary>
    public ulong[] Bits { get; } = new ulong[Size / 64];

    /// <summary>Sums of their scores; zero where nothing matches.</summary>
    public double[] Scores { get; } = new double[Size];

    /// <summary>Its first document, a multiple of 64. The collector has emptied it before it moves.</summary>
    public int Base
    {
        get => _base;
        set
        {
            _base = value & ~63;
            End = (int)Math.Min((long)_base + Size, Scorer.End);
        }
    }

    /// <summary>The document behind its last.</summary>
    public int End { get; private set; } = Size;

    /// <summary>Adds a match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int document, double score)
    {
        var slot = document - _base;
        Bits[slot >> 6] |= 1UL << slot;
        Scores[slot] += score;
    }
}
