using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Segments in the order an index took them. With the arena's lists of free slots (8 bytes each) the only memory that
/// the budget leaves out: 12 bytes for a segment.
/// </summary>
internal sealed unsafe class ChunkList : IDisposable
{
    private uint[] _segments = new uint[16];
    private byte** _memory = (byte**)NativeMemory.Alloc(16, (nuint)sizeof(byte*));

    public int Count { get; private set; }

    public byte** Memory => _memory;

    public void Add(uint segment, byte* memory)
    {
        if (Count == _segments.Length)
        {
            Array.Resize(ref _segments, Count * 2);
            _memory = (byte**)NativeMemory.Realloc(_memory, (nuint)(Count * 2 * sizeof(byte*)));
        }

        _segments[Count] = segment;
        _memory[Count++] = memory;
    }

    public uint RemoveLast() => _segments[--Count];

    public void Dispose() => NativeMemory.Free(_memory);
}
