using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>
/// The completions of one field of a segment in order of their terms, and where the heaviest of any range of them is.
/// Immutable; many threads may read.
/// </summary>
/// <remarks>
/// <para>A prefix is a range of the sorted terms, and so of the entries (one for each term and document). The best k of
/// a range come by asking for its heaviest, which splits it in two, and so on: k answers cost about 2k questions,
/// however long the range is (B.-J. Hsu and G. Ottaviano, Space-Efficient Data Structures for Top-k Completion, 2013).
/// A question reads at most two parts of a block on each level.</para>
/// <code>
///  entries u32 | levels u32 | first entry of each term, and one more, u32... | document of each entry u32...
///  | weight of each u32... | level by level: of every 64 entries, or blocks of the level before, where the first of
///  the heaviest entries is, u32...
/// </code>
/// </remarks>
internal sealed unsafe class CompletionTable
{
    private const int Fan = 64;

    private readonly uint* _firsts;
    private readonly uint* _documents;
    private readonly uint* _weights;
    private readonly (nint At, int Count)[] _levels;

    /// <summary>Reads from a segment's memory.</summary>
    /// <param name="section">Aligned to 8.</param>
    /// <param name="terms">Terms of the field.</param>
    public CompletionTable(byte* section, int terms)
    {
        Count = *(int*)section;
        _levels = new (nint, int)[((int*)section)[1]];
        _firsts = (uint*)section + 2;
        _documents = _firsts + terms + 1;
        _weights = _documents + Count;
        var at = _weights + Count;
        var count = Count;
        for (var i = 0; i < _levels.Length; i++)
        {
            count = (count + Fan - 1) / Fan;
            _levels[i] = ((nint)at, count);
            at += count;
        }
    }

    /// <summary>Entries.</summary>
    public int Count { get; }

    /// <summary>The first entry of a term; of the number of terms, the number of entries.</summary>
    public int First(int ordinal) => (int)_firsts[ordinal];

    /// <summary>Document of an entry; rising within a term.</summary>
    public int Document(int entry) => (int)_documents[entry];

    /// <summary>Weight of an entry.</summary>
    public int Weight(int entry) => (int)_weights[entry];

    /// <summary>The first of the heaviest entries of a range that is not empty.</summary>
    public int Heaviest(int from, int to) => Best(0, from, to);

    private int Best(int level, int from, int to)
    {
        if (level == _levels.Length || to - from <= 2 * Fan) return Scan(level, from, to, -1);
        var first = (from + Fan - 1) / Fan;
        var last = to / Fan;
        var best = Scan(level, from, first * Fan, -1);
        best = Better(best, Best(level + 1, first, last));
        return Scan(level, last * Fan, to, best);
    }

    private int Scan(int level, int from, int to, int best)
    {
        for (var i = from; i < to; i++)
            best = Better(best, level == 0 ? i : (int)((uint*)_levels[level - 1].At)[i]);
        return best;
    }

    private int Better(int earlier, int later) =>
        earlier < 0 || _weights[later] > _weights[earlier] ? later : earlier;

    /// <summary>Writes the section.</summary>
    /// <param name="output">Aligned to 8.</param>
    /// <param name="terms">Terms of the field.</param>
    /// <param name="firsts">First completion of each document, and the count.</param>
    /// <param name="ordinals">Term of each completion.</param>
    /// <param name="weights">Weight of each.</param>
    public static void Write(
        IndexOutput output, int terms, ReadOnlySpan<int> firsts, ReadOnlySpan<long> ordinals,
        ReadOnlySpan<long> weights)
    {
        var rows = new List<(int Ordinal, int Document, uint Weight)>(ordinals.Length);
        for (var document = 0; document + 1 < firsts.Length; document++)
            for (var i = firsts[document]; i < firsts[document + 1]; i++)
                rows.Add(((int)ordinals[i], document, (uint)weights[i]));
        // The heaviest first, so that of a text that a document offers twice the lighter is dropped.
        rows.Sort(static (a, b) => a.Ordinal != b.Ordinal ? a.Ordinal - b.Ordinal
            : a.Document != b.Document ? a.Document - b.Document : b.Weight.CompareTo(a.Weight));
        var starts = new uint[terms + 1];
        var documents = new List<uint>(rows.Count);
        var heavy = new List<uint>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (i > 0 && rows[i - 1].Ordinal == row.Ordinal && rows[i - 1].Document == row.Document) continue;
            documents.Add((uint)row.Document);
            heavy.Add(row.Weight);
            starts[row.Ordinal + 1]++;
        }

        for (var t = 0; t < terms; t++) starts[t + 1] += starts[t];
        var levels = Levels(CollectionsMarshal.AsSpan(heavy));
        output.WriteU32((uint)heavy.Count);
        output.WriteU32((uint)levels.Count);
        output.Write(MemoryMarshal.AsBytes(starts.AsSpan()));
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(documents)));
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(heavy)));
        foreach (var level in levels) output.Write(MemoryMarshal.AsBytes(level.AsSpan()));
    }

    private static List<uint[]> Levels(ReadOnlySpan<uint> weights)
    {
        var levels = new List<uint[]>();
        for (var count = weights.Length; count > Fan;)
        {
            var below = levels.Count == 0 ? null : levels[^1];
            var level = new uint[(count + Fan - 1) / Fan];
            for (var block = 0; block < level.Length; block++)
            {
                var best = below is null ? (uint)(block * Fan) : below[block * Fan];
                for (var i = block * Fan; i < Math.Min(count, (block + 1) * Fan); i++)
                {
                    var entry = below is null ? (uint)i : below[i];
                    if (weights[(int)entry] > weights[(int)best]) best = entry;
                }

                level[block] = best;
            }

            levels.Add(level);
            count = level.Length;
        }

        return levels;
    }
}
