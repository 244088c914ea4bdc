using System.Buffers.Binary;
using System.Numerics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Builds a <see cref="PathTable"/> from paths in rising order.</summary>
internal sealed class PathTableWriter
{
    /// <summary>Paths put into the table between two looks at the pace.</summary>
    private const int PathsPerLook = 2_048;

    private readonly ByteSink _text = new();
    private readonly ByteSink _starts = new();
    private readonly ByteSink _last = new();
    private readonly List<ulong> _hashes = [];

    /// <summary>Paths so far.</summary>
    public int Count => _hashes.Count;

    /// <summary>Adds a path above the one before; its number is the count before.</summary>
    public void Add(ReadOnlySpan<byte> path)
    {
        var shared = 0;
        if (Count % PathTable.BlockPaths == 0) _starts.PutU32((uint)_text.Length);
        else shared = _last.Written.CommonPrefixLength(path);
        _text.PutVarint((uint)shared);
        _text.PutVarint((uint)(path.Length - shared));
        _text.Put(path[shared..]);
        _last.Clear();
        _last.Put(path);
        _hashes.Add(PathTable.Hash(path));
    }

    /// <summary>Starts over, with little memory if it had grown beyond so many bytes.</summary>
    public void Trim(int bytesKept)
    {
        _text.Trim(bytesKept);
        _starts.Trim(bytesKept);
        _hashes.Clear();
        if (_hashes.Capacity > bytesKept / sizeof(ulong)) _hashes.Capacity = 0;
    }

    /// <summary>Appends the section.</summary>
    public void Write(IndexOutput output)
    {
        var slotCount = (int)BitOperations.RoundUpToPowerOf2((uint)(((long)Count * 3 / 2) + 1));
        var slots = new byte[slotCount * sizeof(uint)];
        var fingerprints = new byte[slotCount];
        for (var number = 0; number < Count; number++)
        {
            var hash = _hashes[number];
            var slot = (int)hash & (slotCount - 1);
            while (BinaryPrimitives.ReadUInt32LittleEndian(slots.AsSpan(slot * sizeof(uint))) != 0)
                slot = (slot + 1) & (slotCount - 1);
            BinaryPrimitives.WriteUInt32LittleEndian(slots.AsSpan(slot * sizeof(uint)), (uint)number + 1);
            fingerprints[slot] = (byte)(hash >> 56);
            if (number % PathsPerLook == 0) output.Breathe();
        }

        output.WriteU32((uint)Count);
        output.WriteU32((uint)BitOperations.Log2((uint)slotCount));
        output.Write(_starts.Written);
        output.Write(slots);
        output.Write(fingerprints);
        output.Write(_text.Written);
    }
}
