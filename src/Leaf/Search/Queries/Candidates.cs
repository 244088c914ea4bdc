using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Some documents that may be hits, rising, with the sums of the clauses that were asked so far: what clauses hand to
/// each other, so that none is asked document by document. One thread; reused.
/// </summary>
internal sealed unsafe class Candidates
{
    /// <summary>Most documents.</summary>
    public const int Size = 256;

    private const int Lanes = 8;

    /// <summary>Their numbers.</summary>
    public int[] Documents { get; } = new int[Size + Lanes];

    /// <summary>Their sums.</summary>
    public double[] Scores { get; } = new double[Size + Lanes];

    /// <summary>How many.</summary>
    public int Count { get; set; }

    /// <summary>Whether sums matter.</summary>
    public bool IsScoring { get; set; } = true;

    /// <summary>
    /// The clause that is asked may leave out documents whose sums, its own part included, stay below.
    /// </summary>
    public double ScoreMin { get; set; } = double.NegativeInfinity;

    /// <summary>Adds one, if there is room.</summary>
    public void Add(int document, double score)
    {
        Documents[Count] = document;
        Scores[Count++] = score;
    }

    /// <summary>Adds those of eight that are chosen; there is room for all.</summary>
    /// <param name="numbers">Documents.</param>
    /// <param name="sums">Their sums.</param>
    /// <param name="chosen">All bits set, or none.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append512(Vector512<long> numbers, Vector512<double> sums, Vector512<double> chosen)
    {
        fixed (int* documents = &Documents[Count])
        fixed (double* scores = &Scores[Count]) Count += Put512(documents, scores, numbers, sums, chosen);
    }

    /// <summary>Leaves out those whose sums stay below <see cref="ScoreMin"/>.</summary>
    public void Filter()
    {
        if (ScoreMin == double.NegativeInfinity || Count == 0) return;
        fixed (int* documents = Documents)
        fixed (double* scores = Scores)
        {
            Count = Avx512F.VL.IsSupported
                ? Filter512(documents, scores, Count, ScoreMin)
                : FilterScalar(documents, scores, Count, ScoreMin);
        }
    }

    /// <summary>How many are not deleted.</summary>
    public int CountLive(ulong[]? dead)
    {
        if (dead is null) return Count;
        var live = 0;
        for (var i = 0; i < Count; i++) live += BitWords.Has(dead, Documents[i]) ? 0 : 1;
        return live;
    }

    /// <summary>Leaves out those that are deleted.</summary>
    public void RemoveDead(ulong[]? dead)
    {
        if (dead is null) return;
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            Documents[kept] = Documents[i];
            Scores[kept] = Scores[i];
            kept += BitWords.Has(dead, Documents[i]) ? 0 : 1;
        }

        Count = kept;
    }

    /// <summary>Moves documents and scores that reach a score to the front, eight at a time.</summary>
    /// <returns>How many there are.</returns>
    public static int Filter512(int* documents, double* scores, int count, double least)
    {
        var kept = 0;
        var bound = Vector512.Create(least);
        for (var i = 0; i < count; i += Lanes)
        {
            var sums = Vector512.Load(scores + i);
            var reach = Vector512.GreaterThanOrEqual(sums, bound);
            if (i + Lanes > count)
                reach &= Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)(count - i))).AsDouble();
            var numbers = Vector512.WidenLower(Vector512.Create(Vector256.Load(documents + i), default));
            kept += Put512(documents + kept, scores + kept, numbers, sums, reach);
        }

        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Put512(
        int* documents, double* scores, Vector512<long> numbers, Vector512<double> sums, Vector512<double> chosen)
    {
        var bits = chosen.ExtractMostSignificantBits();
        if (bits == 0) return 0;
        Avx512F.Compress(Vector512<double>.Zero, chosen, sums).Store(scores);
        var packed = Avx512F.Compress(Vector512<long>.Zero, chosen.AsInt64(), numbers);
        Avx512F.ConvertToVector256Int32(packed).Store(documents);
        return BitOperations.PopCount(bits);
    }

    /// <summary>The same one at a time.</summary>
    public static int FilterScalar(int* documents, double* scores, int count, double least)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            documents[kept] = documents[i];
            scores[kept] = scores[i];
            kept += scores[i] >= least ? 1 : 0;
        }

        return kept;
    }
}
