using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedgerow.Leaf.Cache;
using Microsoft.Win32.SafeHandles;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The bytes of one index file at a fixed address: a memory map, pages of the process, or a pinned array. Whoever
/// reads through the pointer holds a reference on the owner (its segment) meanwhile: after dispose the address means
/// nothing.
/// </summary>
internal sealed unsafe class IndexRegion : IDisposable
{
    private static readonly PageArena Pages = new();

    private readonly byte[]? _pinned;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private bool _hasPages;

    private IndexRegion(string name, byte* start, long length)
    {
        Name = name;
        Start = start;
        Length = length;
    }

    private IndexRegion(string name, byte[] pinned, int length)
        : this(name, (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)), length) =>
        _pinned = pinned;

    private IndexRegion(string name, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, long length)
        : this(name, start, length)
    {
        _map = map;
        _view = view;
    }

    /// <summary>Name of the file, for messages.</summary>
    public string Name { get; }

    /// <summary>Its first byte.</summary>
    public byte* Start { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>The first <paramref name="length"/> bytes of an array on the pinned heap.</summary>
    public static IndexRegion OfPinned(string name, byte[] pinned, int length) => new(name, pinned, length);

    /// <summary>Copies bytes that lie in chunks into pages, which are given back when the region is disposed of.
    /// </summary>
    /// <param name="name">Of the file.</param>
    /// <param name="chunks">Arrays of which each but the last is full.</param>
    /// <param name="chunkBytes">Bytes in a full one.</param>
    /// <param name="length">Bytes in all.</param>
    public static IndexRegion OfChunks(string name, List<byte[]> chunks, int chunkBytes, long length)
    {
        var start = Pages.Allocate(length);
        for (var i = 0; i < chunks.Count; i++)
        {
            var at = (long)i * chunkBytes;
            var part = (int)Math.Min(chunkBytes, length - at);
            chunks[i].AsSpan(0, part).CopyTo(new Span<byte>(start + at, part));
        }

        return new IndexRegion(name, start, length) { _hasPages = true };
    }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="IndexCorruptException">It is empty, which no index file is.</exception>
    public static IndexRegion Map(string name, string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length == 0) throw new IndexCorruptException(name, "it is empty");
        return Map(name, handle, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_hasPages)
        {
            _hasPages = false;
            Pages.Free(Start, Length);
            return;
        }

        if (_view is null)
        {
            GC.KeepAlive(_pinned);
            return;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }

    private static IndexRegion Map(string name, SafeFileHandle handle, long length)
    {
        var map = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return new IndexRegion(name, map, view, start + view.PointerOffset, length);
    }
}
