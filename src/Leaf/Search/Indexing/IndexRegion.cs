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
internal sealed unsafe partial class IndexRegion : IDisposable
{
    /// <summary>Copied between two looks at the pace; chunks are a multiple of it.</summary>
    private const int CopyBytes = 128 * 1024;

    /// <summary>Of a mapping, handled with one call: as much as one table of the system's pages.</summary>
    private const int PartBytes = 2 << 20;

    private const int AdviceDontNeed = 4;
    private const int AdviceMapForReading = 22;
    private const int ForgetPages = 4;

    private static readonly PageArena Pages = new();

    private readonly byte[]? _pinned;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly SafeFileHandle? _file;
    private volatile bool _isRetired;
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

    private IndexRegion(
        string name, SafeFileHandle file, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, long length)
        : this(name, start, length)
    {
        _file = file;
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
    /// <param name="pace">Breathes; null where nobody waits.</param>
    public static IndexRegion OfChunks(
        string name, List<byte[]> chunks, int chunkBytes, long length, MergePace? pace = null)
    {
        var region = new IndexRegion(name, Pages.Allocate(length), length) { _hasPages = true };
        for (long at = 0; at < length; at += CopyBytes)
        {
            var part = (int)Math.Min(CopyBytes, length - at);
            chunks[(int)(at / chunkBytes)].AsSpan((int)(at % chunkBytes), part)
                .CopyTo(new Span<byte>(region.Start + at, part));
            pace?.Breathe();
        }

        return region;
    }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="IndexCorruptException">It is empty, which no index file is.</exception>
    public static IndexRegion Map(string name, string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            var length = RandomAccess.GetLength(file);
            if (length == 0) throw new IndexCorruptException(name, "it is empty");
            return Map(name, file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Maps the pages of a file that was just written, so that no search has to wait for each of them at its first
    /// touch. Only a hint.
    /// </summary>
    /// <param name="pace">Breathes.</param>
    public void MapAll(MergePace pace)
    {
        if (_file is null || !OperatingSystem.IsLinux()) return;
        for (long at = 0; at < Length && Advise(Start + at, Part(at), AdviceMapForReading) == 0; at += PartBytes)
            pace.Breathe();
    }

    /// <summary>What the file holds will never be read again: it need not stay in memory.</summary>
    public void Retire() => _isRetired = true;

    /// <inheritdoc/>
    /// <remarks>
    /// In parts, each a call of its own: within one the system may not let go of the processor, whoever waits for it.
    /// </remarks>
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

        var isInParts = OperatingSystem.IsLinux();
        for (long at = 0; isInParts && at < Length; at += PartBytes) _ = Advise(Start + at, Part(at), AdviceDontNeed);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
        if (isInParts && _isRetired)
            for (long at = 0; at < Length; at += PartBytes) _ = Forget(_file!, at, PartBytes, ForgetPages);
        _file!.Dispose();
    }

    private static IndexRegion Map(string name, SafeFileHandle file, long length)
    {
        var map = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return new IndexRegion(name, file, map, view, start + view.PointerOffset, length);
    }

    private nuint Part(long at) => (nuint)Math.Min(PartBytes, Length - at);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(byte* start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Forget(SafeFileHandle file, long from, long length, int advice);
}
