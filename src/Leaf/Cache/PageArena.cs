using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Whole pages from the operating system, given back the moment they are freed. malloc would not do: with blocks of
/// many sizes glibc held 217 MB for a store of 134 MB, because its heap can't shrink around what is still in use.
/// </summary>
/// <remarks>
/// Address space is handed out in slots of a power of two from regions that stay reserved; only the pages that the
/// caller touches are memory, and freeing a slot drops them (MADV_DONTNEED). So address space is rounded up and memory
/// is not, and there are a few mappings whatever is stored (the kernel allows 65,530). Huge pages are declined where
/// slots are not filled to their end. On other systems than Linux it is the aligned allocator of the runtime, and the
/// budget counts what was asked for. Thread safe; the system calls are made outside the gate.
/// </remarks>
internal sealed unsafe partial class PageArena : IDisposable
{
    public const int PageBytes = 4096;

    private const int Classes = 48;
    private const int DroppedBytes = 2 << 20;
    private const long RegionBytesMin = 32L << 20;
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int AdviceDontNeed = 4;
    private const int AdviceNoHugePage = 15;

    private readonly Stack<nint>[] _free = new Stack<nint>[Classes];
    private readonly List<(nint Start, long Bytes)> _regions = [];
    private SpinGate _gate;

    public PageArena()
    {
        for (var i = 0; i < Classes; i++) _free[i] = new Stack<nint>();
    }

    public static long RoundToPages(long bytes) => (bytes + PageBytes - 1) & -PageBytes;

    /// <summary>Bytes at a page boundary, their content undefined. Freed with the same count.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no address space left.</exception>
    public byte* Allocate(long bytes)
    {
        if (!OperatingSystem.IsLinux()) return (byte*)NativeMemory.AlignedAlloc((nuint)bytes, PageBytes);
        var slotClass = ClassOf(bytes);
        while (true)
        {
            _gate.Enter();
            var found = _free[slotClass].TryPop(out var slot);
            _gate.Exit();
            if (found) return (byte*)slot;
            AddRegion(slotClass, fillsSlots: 1L << slotClass == bytes);
        }
    }

    public void Free(byte* start, long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            NativeMemory.AlignedFree(start);
            return;
        }

        // In parts: within one call the system may not let go of the processor, whoever waits for it.
        var rounded = RoundToPages(bytes);
        for (long at = 0; at < rounded; at += DroppedBytes)
        {
            if (Advise(start + at, (nuint)Math.Min(DroppedBytes, rounded - at), AdviceDontNeed) != 0)
                throw new InvalidOperationException($"madvise failed with error {Marshal.GetLastPInvokeError()}.");
        }

        _gate.Enter();
        _free[ClassOf(bytes)].Push((nint)start);
        _gate.Exit();
    }

    public void Dispose()
    {
        foreach (var (start, bytes) in _regions) Unmap((void*)start, (nuint)bytes);
        _regions.Clear();
    }

    private static int ClassOf(long bytes) => int.Max(12, 64 - (int)long.LeadingZeroCount(bytes - 1));

    private void AddRegion(int slotClass, bool fillsSlots)
    {
        var slotBytes = 1L << slotClass;
        var regionBytes = Math.Max(RegionBytesMin, slotBytes);
        var start = Map(null, (nuint)regionBytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)start == -1)
            throw new InsufficientMemoryException($"No address space for {regionBytes} bytes of cache memory.");
        if (!fillsSlots) _ = Advise(start, (nuint)regionBytes, AdviceNoHugePage);
        _gate.Enter();
        _regions.Add(((nint)start, regionBytes));
        for (var offset = regionBytes - slotBytes; offset >= 0; offset -= slotBytes)
            _free[slotClass].Push((nint)start + (nint)offset);
        _gate.Exit();
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(void* address, nuint length, int advice);
}
