using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Paths in order of their bytes, by number and back. A segment numbers its documents in this order, so equal scores
/// are in path order by themselves, and a scan is a walk. Immutable; many threads may read.
/// </summary>
/// <remarks>
/// <code>
///  count u32 | log2 of slots u32 | start of each block of 16 paths in the text u32... | slot: number + 1, u32...
///  | fingerprint of the slot's path u8... | text
///  text:  per path: bytes shared with the one before (0 at a block's start), bytes of its own, those bytes (varints)
/// </code>
/// Slots are an open-addressed hash table at most two thirds full, by XXH3 of the path, so that a path that is not here
/// mostly costs one cache miss; the fingerprint is the hash's top byte.
/// </remarks>
internal sealed unsafe class PathTable
{
    /// <summary>Paths in a block.</summary>
    public const int BlockPaths = 16;

    private const int LineBytes = 64;

    private readonly uint* _starts;
    private readonly uint* _slots;
    private readonly byte* _fingerprints;
    private readonly byte* _text;
    private readonly int _slotMask;

    /// <summary>Reads from a segment's memory.</summary>
    public PathTable(byte* section)
    {
        var head = (uint*)section;
        Count = (int)head[0];
        var slots = 1 << (int)head[1];
        _slotMask = slots - 1;
        _starts = head + 2;
        _slots = _starts + ((Count + BlockPaths - 1) / BlockPaths);
        _fingerprints = (byte*)(_slots + slots);
        _text = _fingerprints + slots;
    }

    /// <summary>Paths.</summary>
    public int Count { get; }

    /// <summary>Hash that <see cref="Find"/> wants; computed once for all segments.</summary>
    public static ulong Hash(ReadOnlySpan<byte> path) => XxHash3.HashToUInt64(path);

    /// <summary>Number of a path, or -1.</summary>
    public int Find(ReadOnlySpan<byte> path, ulong hash)
    {
        for (var slot = (int)hash & _slotMask; _slots[slot] != 0; slot = (slot + 1) & _slotMask)
        {
            if (_fingerprints[slot] != (byte)(hash >> 56)) continue;
            var number = (int)_slots[slot] - 1;
            if (IsAt(number, path)) return number;
        }

        return -1;
    }

    /// <summary>Number of the first path at or above; Count when there is none.</summary>
    public int LowerBound(ReadOnlySpan<byte> path)
    {
        var blocks = (Count + BlockPaths - 1) / BlockPaths;
        int low = 0, high = blocks - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var at = _text + _starts[middle] + 1; // the first path shares nothing: one zero byte
            var length = (int)Varint.Read(ref at);
            if (new ReadOnlySpan<byte>(at, length).SequenceCompareTo(path) < 0) low = middle + 1;
            else high = middle - 1;
        }

        if (high < 0) return 0;
        var cursor = CursorAt(high * BlockPaths);
        while (cursor.MoveNext() && cursor.Number < (high + 1) * BlockPaths)
            if (cursor.Path.SequenceCompareTo(path) >= 0) return cursor.Number;
        return Math.Min((high + 1) * BlockPaths, Count);
    }

    /// <summary>Copies a path out.</summary>
    [SkipLocalsInit]
    public byte[] Read(int number)
    {
        Span<byte> path = stackalloc byte[ProtocolLimits.PathBytesMax];
        return path[..Read(number, path)].ToArray();
    }

    /// <summary>Reads a path as text.</summary>
    [SkipLocalsInit]
    public string ReadText(int number)
    {
        Span<byte> path = stackalloc byte[ProtocolLimits.PathBytesMax];
        return Encoding.UTF8.GetString(path[..Read(number, path)]);
    }

    /// <summary>Fetches what says where a path's block begins; <see cref="FetchBlock"/> fetches the block.</summary>
    public void FetchStart(int number)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_starts + (number / BlockPaths));
    }

    /// <summary>Fetches the first two lines of a path's block, which is mostly all of it.</summary>
    public void FetchBlock(int number)
    {
        if (!Sse.IsSupported) return;
        var at = _text + _starts[number / BlockPaths];
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + LineBytes);
    }

    /// <summary>A cursor before a number.</summary>
    public PathCursor CursorAt(int number)
    {
        var first = number - (number % BlockPaths);
        var cursor = new PathCursor(_text + (first < Count ? _starts[first / BlockPaths] : 0), first, Count);
        while (cursor.Number + 1 < number) cursor.MoveNext();
        return cursor;
    }

    /// <summary>Walks a path's block up to it.</summary>
    /// <returns>Its length.</returns>
    private int Read(int number, Span<byte> path)
    {
        var at = _text + _starts[number / BlockPaths];
        for (var i = number % BlockPaths; ; i--)
        {
            var shared = (int)Varint.Read(ref at);
            var own = (int)Varint.Read(ref at);
            new ReadOnlySpan<byte>(at, own).CopyTo(path[shared..]);
            if (i == 0) return shared + own;
            at += own;
        }
    }

    /// <summary>Whether the path of a number is this one, walking its block without copying.</summary>
    private bool IsAt(int number, ReadOnlySpan<byte> path)
    {
        var at = _text + _starts[number / BlockPaths];
        var matched = 0; // bytes in which the path walked over agrees with the target
        for (var i = number % BlockPaths; ; i--)
        {
            var shared = (int)Varint.Read(ref at);
            var own = (int)Varint.Read(ref at);
            if (shared < matched) matched = shared;
            var same = shared == matched ? new ReadOnlySpan<byte>(at, own).CommonPrefixLength(path[matched..]) : 0;
            matched += same;
            if (i == 0) return matched == path.Length && matched == shared + own;
            at += own;
        }
    }
}

/// <summary>Walks paths in order. One thread; the segment is held meanwhile.</summary>
internal sealed unsafe class PathCursor
{
    private readonly int _count;
    private byte[] _path = new byte[128];
    private byte* _at;
    private int _length;

    internal PathCursor(byte* at, int number, int count)
    {
        _at = at;
        _count = count;
        Number = number - 1;
    }

    /// <summary>Number of the path it stands on.</summary>
    public int Number { get; private set; }

    /// <summary>The path; valid until it moves.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _length);

    /// <summary>Goes one on; false behind the last.</summary>
    public bool MoveNext()
    {
        if (Number + 1 >= _count) return false;
        Number++;
        var shared = (int)Varint.Read(ref _at);
        var own = (int)Varint.Read(ref _at);
        if (_path.Length < shared + own) Array.Resize(ref _path, Math.Max(shared + own, _path.Length * 2));
        new ReadOnlySpan<byte>(_at, own).CopyTo(_path.AsSpan(shared));
        _at += own;
        _length = shared + own;
        return true;
    }
}
