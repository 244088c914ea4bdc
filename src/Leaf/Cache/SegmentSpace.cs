using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// One run of address space for all segments of a store, reserved when the store is made and unmapped when it goes:
/// an address is an offset from its start, and a reader without a lock may follow an address that has just become
/// void. It finds other bytes or zeros there, never a fault.
/// </summary>
/// <remarks>
/// On Linux only pages that are touched are memory, and dropped ones (MADV_DONTNEED) are none again. Elsewhere it is
/// the aligned allocator of the runtime: the system backs pages when they are touched, and keeps them.
/// </remarks>
internal sealed unsafe partial class SegmentSpace : IDisposable
{
    /// <summary>Readable bytes beyond the end, for a torn record at the very last address.</summary>
    private const int TailBytes = 256 * 1024;

    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int AdviceDontNeed = 4;
    private readonly nuint _mappedBytes;

    /// <exception cref="InsufficientMemoryException">The system has no such run of address space.</exception>
    public SegmentSpace(long bytes)
    {
        Bytes = bytes;
        _mappedBytes = (nuint)PageArena.RoundToPages(bytes + TailBytes);
        if (!OperatingSystem.IsLinux())
        {
            Start = (byte*)NativeMemory.AlignedAlloc(_mappedBytes, PageArena.PageBytes);
            return;
        }

        Start = Map(null, _mappedBytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)Start == -1)
            throw new InsufficientMemoryException($"No address space for {_mappedBytes} bytes of cache memory.");
    }

    public byte* Start { get; private set; }

    public long Bytes { get; }

    /// <summary>Gives pages back to the system; they read as zeros or as what they held.</summary>
    public static void Drop(byte* start, int bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        if (Advise(start, (nuint)bytes, AdviceDontNeed) != 0)
            throw new InvalidOperationException($"madvise failed with error {Marshal.GetLastPInvokeError()}.");
    }

    public void Dispose()
    {
        if (Start == null) return;
        if (OperatingSystem.IsLinux()) _ = Unmap(Start, _mappedBytes);
        else NativeMemory.AlignedFree(Start);
        Start = null;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(void* address, nuint length, int advice);
}
