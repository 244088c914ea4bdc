using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hedgerow.Bench.Snapshots;

/// <summary>What the disk itself gives: one thread, a megabyte at a time.</summary>
internal static partial class DiskSpeed
{
    private const int ChunkBytes = 1 << 20;
    private const int AdviceDontNeed = 4;

    /// <summary>Bytes a second of reading a file to its end.</summary>
    public static double Read(string path)
    {
        var buffer = new byte[ChunkBytes];
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var started = Stopwatch.GetTimestamp();
        long at = 0;
        for (int read; (read = RandomAccess.Read(file, buffer, at)) != 0;) at += read;
        return at / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Bytes a second of writing as many to a new file and forcing them to the disk.</summary>
    public static double Write(string path, long bytes)
    {
        var buffer = new byte[ChunkBytes];
        Random.Shared.NextBytes(buffer);
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var started = Stopwatch.GetTimestamp();
        for (long at = 0; at < bytes; at += buffer.Length) RandomAccess.Write(file, buffer, at);
        RandomAccess.FlushToDisk(file);
        return bytes / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Asks the system to forget what it has of a file in memory. False where it can't be asked.</summary>
    public static bool TryForget(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
        return Advise(file, 0, 0, AdviceDontNeed) == 0;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
