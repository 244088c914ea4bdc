using System.Buffers;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// States of recent documents as they were at a moment, in path order. It holds their bytes until it is disposed of,
/// once. One thread.
/// </summary>
internal sealed class RecentPage : IDisposable, IComparer<RecentEntry>
{
    /// <summary>Paths compared between two looks at the pace.</summary>
    private const int ComparedPerLook = 1_024;

    /// <summary>Of nothing.</summary>
    public static readonly RecentPage Empty = new();

    private readonly RecentBatch? _batch;
    private readonly byte[][] _chunks;
    private readonly RecentEntry[] _entries;
    private MergePace? _pace;
    private int _compared;

    /// <summary>Takes down a batch, with the caller's reference.</summary>
    public RecentPage(RecentBatch batch)
    {
        _batch = batch;
        var entries = batch.Entries;
        _chunks = batch.Chunks;
        _entries = ArrayPool<RecentEntry>.Shared.Rent(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            // Where its successor came later, it is what was there at this moment.
            var successor = entry.Successor;
            if (successor == 0 || successor > entries.Length) _entries[Count++] = entry;
        }
    }

    private RecentPage() => (_chunks, _entries) = ([], []);

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public RecentDocument this[int i] => new(_entries[i], _chunks[_entries[i].Chunk]);

    /// <summary>Keeps the paths behind one, in order.</summary>
    /// <param name="after">The path; empty for all.</param>
    /// <param name="pace">Breathes often, and does not end it; null where nobody waits.</param>
    public void SortAfter(ReadOnlySpan<byte> after, MergePace? pace = null)
    {
        _pace = pace;
        var kept = 0;
        var isSorted = true;
        for (var i = 0; i < Count; i++)
        {
            if (this[i].Path.SequenceCompareTo(after) <= 0) continue;
            _entries[kept] = _entries[i];
            isSorted &= kept == 0 || Compare(_entries[kept - 1], _entries[kept]) < 0;
            kept++;
        }

        // They come as they were written first: often in order already.
        Count = kept;
        if (!isSorted) _entries.AsSpan(0, kept).Sort(this);
    }

    public int Compare(RecentEntry x, RecentEntry y)
    {
        if (++_compared % ComparedPerLook == 0) _pace?.Breathe();
        return PathOf(x).SequenceCompareTo(PathOf(y));
    }

    public void Dispose()
    {
        if (_batch is null) return;
        ArrayPool<RecentEntry>.Shared.Return(_entries);
        _batch.Release();
    }

    private ReadOnlySpan<byte> PathOf(in RecentEntry entry) =>
        _chunks[entry.Chunk].AsSpan(entry.Offset, entry.PathLength);
}
