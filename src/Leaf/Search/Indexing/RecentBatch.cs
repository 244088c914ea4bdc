using System.Buffers;
using System.Diagnostics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Where the bytes of a path written lately are, and what else is known of it.</summary>
internal struct RecentEntry
{
    /// <summary>Of the path, in this process.</summary>
    public ulong Hash;

    /// <summary>Of the document or of its tombstone.</summary>
    public ulong Version;

    /// <summary>The chunk with the path and, right behind it, the JSON.</summary>
    public int Chunk;
    public int Offset;
    public int PathLength;

    /// <summary>0 for a tombstone.</summary>
    public int JsonLength;

    /// <summary>Its number in the live buffer; -1 for a tombstone.</summary>
    public int Number;

    /// <summary>Whether segments have a live document of the path, which this one takes the place of.</summary>
    public bool WasIndexed;

    public readonly bool IsTombstone => Number < 0;
}

/// <summary>
/// What was written between two refreshes, by path: bytes in large pooled arrays, entries in a table without a
/// reference in it, so that a collection of garbage finds nothing to copy and nothing to follow, however much is
/// written. Whoever holds a reference may read; the last to give one back gives the arrays back.
/// </summary>
/// <remarks>
/// <code>
///  slots:    number of an entry + 1, or 0; open addressing, at most half full
///  entries:  RecentEntry, as they came; a path written again keeps its own
///  chunks:   path and JSON of one state behind another; what was written over stays until all go
/// </code>
/// Chunks are 128 KiB at first and 1 MiB later, and bytes in them never change. Table and list of chunks are guarded by
/// the lock of <see cref="RecentDocuments"/>.
/// </remarks>
internal sealed class RecentBatch
{
    private const int ChunkBytesMin = 128 * 1024;
    private const int ChunkBytesMax = 1024 * 1024;
    private const int FirstEntries = 512;

    private RecentEntry[] _entries = ArrayPool<RecentEntry>.Shared.Rent(FirstEntries);
    private int[] _slots = RentSlots(FirstEntries * 2);
    private int _slotMask = (FirstEntries * 2) - 1;
    private byte[][] _chunks = [];
    private int _chunkUsed;
    private int _references = 1;

    /// <summary>Paths.</summary>
    public int Count { get; private set; }

    /// <summary>The entries.</summary>
    public ReadOnlySpan<RecentEntry> Entries => _entries.AsSpan(0, Count);

    /// <summary>The chunks so far; the array is replaced when there is one more.</summary>
    public byte[][] Chunks => _chunks;

    /// <summary>Number of a path's entry, or -1.</summary>
    public int Find(ReadOnlySpan<byte> path, ulong hash)
    {
        for (var at = (int)hash & _slotMask; _slots[at] != 0; at = (at + 1) & _slotMask)
        {
            var number = _slots[at] - 1;
            if (_entries[number].Hash == hash && PathOf(_entries[number]).SequenceEqual(path)) return number;
        }

        return -1;
    }

    /// <summary>Takes a state in; the one before of the same path is no more.</summary>
    /// <param name="entry">Without its place, which it gets here.</param>
    /// <param name="path">Copied.</param>
    /// <param name="json">Copied.</param>
    public void Put(RecentEntry entry, ReadOnlySpan<byte> path, ReadOnlySpan<byte> json)
    {
        var room = Reserve(path.Length + json.Length);
        entry.Chunk = _chunks.Length - 1;
        entry.Offset = _chunkUsed - room.Length;
        entry.PathLength = path.Length;
        entry.JsonLength = json.Length;
        path.CopyTo(room);
        json.CopyTo(room[path.Length..]);
        var number = Find(path, entry.Hash);
        if (number < 0)
        {
            if (Count == _entries.Length || Count * 2 > _slotMask) Grow();
            number = Count++;
            Insert(number, entry.Hash);
        }

        _entries[number] = entry;
    }

    /// <summary>Another holder; the caller has the lock, or a reference.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>One holder less; nothing of it may be touched any more by whoever was it.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        Debug.Assert(left >= 0, "each holder gives its reference back once");
        if (left != 0) return;
        foreach (var chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        ArrayPool<RecentEntry>.Shared.Return(_entries);
        ArrayPool<int>.Shared.Return(_slots);
        (_chunks, _entries, _slots) = ([], [], []);
    }

    private static int[] RentSlots(int count)
    {
        var slots = ArrayPool<int>.Shared.Rent(count);
        slots.AsSpan(0, count).Clear();
        return slots;
    }

    private ReadOnlySpan<byte> PathOf(in RecentEntry entry) =>
        _chunks[entry.Chunk].AsSpan(entry.Offset, entry.PathLength);

    private Span<byte> Reserve(int bytes)
    {
        if (_chunks.Length == 0 || _chunks[^1].Length - _chunkUsed < bytes)
        {
            var wanted = _chunks.Length == 0 ? ChunkBytesMin : Math.Min(ChunkBytesMax, _chunks[^1].Length * 2L);
            _chunks = [.. _chunks, ArrayPool<byte>.Shared.Rent((int)Math.Max(wanted, bytes))];
            _chunkUsed = 0;
        }

        var room = _chunks[^1].AsSpan(_chunkUsed, bytes);
        _chunkUsed += bytes;
        return room;
    }

    private void Grow()
    {
        var entries = ArrayPool<RecentEntry>.Shared.Rent(Count * 2);
        Entries.CopyTo(entries);
        ArrayPool<RecentEntry>.Shared.Return(_entries);
        _entries = entries;
        ArrayPool<int>.Shared.Return(_slots);
        _slots = RentSlots((_slotMask + 1) * 2);
        _slotMask = (_slotMask * 2) + 1;
        for (var number = 0; number < Count; number++) Insert(number, _entries[number].Hash);
    }

    private void Insert(int number, ulong hash)
    {
        var at = (int)hash & _slotMask;
        while (_slots[at] != 0) at = (at + 1) & _slotMask;
        _slots[at] = number + 1;
    }
}
