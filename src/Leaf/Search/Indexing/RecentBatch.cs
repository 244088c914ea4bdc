using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

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

    /// <summary>One more than the number of the entry that took its place; 0 while there is none.</summary>
    public int Successor;

    public readonly bool IsTombstone => Number < 0;
}

/// <summary>
/// What was written between two refreshes, by path: bytes in large pooled arrays, entries in a table without a
/// reference in it, so that a collection of garbage finds nothing to copy and nothing to follow, however much is
/// written. Whoever holds a reference may read; the last to give one back gives the arrays back.
/// </summary>
/// <remarks>
/// <code>
///  slots:    number of a path's last entry + 1, or 0; open addressing, at most half full
///  entries:  RecentEntry, as they came; a path written again gets another, which the one before names
///  chunks:   path and JSON of one state behind another; what was written over stays until all go
/// </code>
/// Chunks are 128 KiB at first and 1 MiB later. One writer and any number of readers, who never wait for it, wherever
/// it was stopped: nothing that they can reach changes but slots and successors, each by one store, after what it leads
/// to. What is outgrown stays until all go, too.
/// </remarks>
internal sealed class RecentBatch
{
    private const int ChunkBytesMin = 128 * 1024;
    private const int ChunkBytesMax = 1024 * 1024;
    private const int FirstEntries = 512;

    private readonly List<RecentEntry[]> _outgrown = [];
    private readonly List<SlotTable> _outgrownTables = [];
    private RecentEntry[] _entries = ArrayPool<RecentEntry>.Shared.Rent(FirstEntries);
    private SlotTable _table = SlotTable.Rent(FirstEntries * 2);
    private byte[][] _chunks = [];
    private int _chunkUsed;
    private long _filledBytes;
    private long _outgrownBytes;
    private int _length;
    private int _references = 1;

    /// <summary>Paths. Writer.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Memory held: all that was rented, but for the part of the first arrays that was never touched, as a batch is
    /// made for each refresh, be it of one document. Writer.
    /// </summary>
    public long Bytes
    {
        get
        {
            var chunks = _chunks.Length > 1 ? _filledBytes + _chunks[^1].Length : _chunkUsed;
            var entries = (_outgrown.Count > 0 ? _entries.Length : _length) * (long)Unsafe.SizeOf<RecentEntry>();
            var slots = (_outgrownTables.Count > 0 ? _table.Slots.Length : 2 * _length) * (long)sizeof(int);
            return chunks + entries + slots + _outgrownBytes;
        }
    }

    /// <summary>The entries so far; those whose successor is among them are no more.</summary>
    public ReadOnlySpan<RecentEntry> Entries
    {
        get
        {
            // In this order: the entries are at least as many.
            var length = Volatile.Read(ref _length);
            return Volatile.Read(ref _entries).AsSpan(0, length);
        }
    }

    /// <summary>The chunks so far; the array is replaced when there is one more.</summary>
    public byte[][] Chunks => Volatile.Read(ref _chunks);

    /// <summary>The last state of a path; false if there is none.</summary>
    public bool TryFind(ReadOnlySpan<byte> path, ulong hash, out RecentEntry entry)
    {
        var number = Find(path, hash, out _);
        entry = number < 0 ? default : Volatile.Read(ref _entries)[number];
        return number >= 0;
    }

    /// <summary>Takes a state in; the one before of the same path is no more. Writer.</summary>
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
        if (_length == _entries.Length) GrowEntries();
        if (Count * 2 > _table.Mask) GrowTable();
        var before = Find(path, entry.Hash, out var slot);
        var number = _length;
        _entries[number] = entry;
        if (before >= 0) _entries[before].Successor = number + 1;
        else Count++;
        Volatile.Write(ref _length, number + 1);
        Volatile.Write(ref _table.Slots[slot], number + 1);
    }

    /// <summary>Another holder; false when the last has gone.</summary>
    public bool TryAddReference()
    {
        for (var seen = Volatile.Read(ref _references); seen > 0;)
        {
            var now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen) return true;
            seen = now;
        }

        return false;
    }

    /// <summary>One holder less; nothing of it may be touched any more by whoever was it.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        Debug.Assert(left >= 0, "each holder gives its reference back once");
        if (left != 0) return;
        foreach (var chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        foreach (var entries in _outgrown) ArrayPool<RecentEntry>.Shared.Return(entries);
        foreach (var table in _outgrownTables) table.Return();
        ArrayPool<RecentEntry>.Shared.Return(_entries);
        _table.Return();
        (_chunks, _entries) = ([], []);
    }

    /// <summary>Number of a path's last entry, or -1 and the slot where it would be.</summary>
    private int Find(ReadOnlySpan<byte> path, ulong hash, out int slot)
    {
        var table = Volatile.Read(ref _table);
        for (slot = (int)hash & table.Mask; ; slot = (slot + 1) & table.Mask)
        {
            var number = Volatile.Read(ref table.Slots[slot]) - 1;
            if (number < 0) return -1;
            ref readonly var entry = ref Volatile.Read(ref _entries)[number];
            if (entry.Hash != hash) continue;
            var found = Chunks[entry.Chunk].AsSpan(entry.Offset, entry.PathLength);
            if (found.SequenceEqual(path)) return number;
        }
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_chunks.Length == 0 || _chunks[^1].Length - _chunkUsed < bytes)
        {
            var wanted = _chunks.Length == 0 ? ChunkBytesMin : Math.Min(ChunkBytesMax, _chunks[^1].Length * 2L);
            var chunk = ArrayPool<byte>.Shared.Rent((int)Math.Max(wanted, bytes));
            if (_chunks.Length > 0) _filledBytes += _chunks[^1].Length;
            Volatile.Write(ref _chunks, [.. _chunks, chunk]);
            _chunkUsed = 0;
        }

        var room = _chunks[^1].AsSpan(_chunkUsed, bytes);
        _chunkUsed += bytes;
        return room;
    }

    private void GrowEntries()
    {
        var entries = ArrayPool<RecentEntry>.Shared.Rent(_length * 2);
        _entries.AsSpan(0, _length).CopyTo(entries);
        _outgrown.Add(_entries);
        _outgrownBytes += _entries.Length * (long)Unsafe.SizeOf<RecentEntry>();
        Volatile.Write(ref _entries, entries);
    }

    private void GrowTable()
    {
        var table = SlotTable.Rent((_table.Mask + 1) * 2);
        for (var number = 0; number < _length; number++)
            if (_entries[number].Successor == 0) table.Insert(number, _entries[number].Hash);
        _outgrownTables.Add(_table);
        _outgrownBytes += _table.Slots.Length * (long)sizeof(int);
        Volatile.Write(ref _table, table);
    }

    /// <summary>Slots, as many as a power of two.</summary>
    private sealed class SlotTable
    {
        public required int[] Slots { get; init; }

        public required int Mask { get; init; }

        public static SlotTable Rent(int count)
        {
            var slots = ArrayPool<int>.Shared.Rent(count);
            slots.AsSpan(0, count).Clear();
            return new SlotTable { Slots = slots, Mask = count - 1 };
        }

        public void Insert(int number, ulong hash)
        {
            var at = (int)hash & Mask;
            while (Slots[at] != 0) at = (at + 1) & Mask;
            Slots[at] = number + 1;
        }

        public void Return() => ArrayPool<int>.Shared.Return(Slots);
    }
}
