using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The bytes of one index file at a fixed address: a memory map, or a pinned array. Whoever reads through the pointer
/// holds a reference on the owner (its segment) meanwhile: after dispose the address means nothing.
/// </summary>
internal sealed unsafe class IndexRegion : IDisposable
{
    private readonly byte[]? _pinned;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;

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
