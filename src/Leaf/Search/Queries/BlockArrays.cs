using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Arrays that the clauses of one search decode blocks into. Threads keep them between searches: two for each term and
/// segment would be most of what a search leaves to the collector of garbage. One search, one thread.
/// </summary>
internal sealed class BlockArrays
{
    /// <summary>Room in each: the documents of a block, and what reads a vector at a time reads behind them.</summary>
    public const int Length = PostingsWriter.BlockDocuments + IntPacking.Slack;

    /// <summary>Arrays of each kind that a thread keeps: 300 KiB together.</summary>
    private const int KeptMax = 256;

    /// <summary>
    /// Arrays of each kind that a search holds until it ends: some 3 MiB. Explanations and the like open clauses again
    /// for every hit: what they take beyond is left to the collector of garbage at once.
    /// </summary>
    private const int HeldMax = 4_096;

    [ThreadStatic]
    private static Stack<int[]>? t_integers;

    [ThreadStatic]
    private static Stack<float[]>? t_floats;

    private readonly List<int[]> _integers = [];
    private readonly List<float[]> _floats = [];

    /// <summary>Arrays that are held for threads to keep.</summary>
    public int Held => _integers.Count + _floats.Count;

    /// <summary>An array with whatever was in it, until <see cref="GiveBack"/>.</summary>
    public int[] TakeIntegers() => Take(t_integers ??= new Stack<int[]>(), _integers);

    /// <summary>The same for single-precision numbers.</summary>
    public float[] TakeFloats() => Take(t_floats ??= new Stack<float[]>(), _floats);

    /// <summary>Ends the search: nothing that took one may touch it any more.</summary>
    public void GiveBack()
    {
        GiveBack(t_integers, _integers);
        GiveBack(t_floats, _floats);
    }

    private static T[] Take<T>(Stack<T[]> kept, List<T[]> taken)
    {
        if (taken.Count >= HeldMax) return new T[Length];
        if (!kept.TryPop(out var array)) array = new T[Length];
        taken.Add(array);
        return array;
    }

    private static void GiveBack<T>(Stack<T[]>? kept, List<T[]> taken)
    {
        foreach (var array in taken)
            if (kept?.Count < KeptMax) kept.Push(array);
        taken.Clear();
    }
}
