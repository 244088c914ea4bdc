using System.Runtime.InteropServices;

namespace Hedgerow.Bench.Expiry;

/// <summary>What the kernel knows of the calling thread. Linux.</summary>
internal static unsafe partial class ThreadClock
{
    private const int ThreadCpuTime = 3;
    private const int UsageOfThread = 1;

    /// <summary>Longs of a struct rusage, and where in it the involuntary context switches are.</summary>
    private const int UsageLongs = 18;
    private const int InvoluntarySwitches = 17;

    /// <summary>Nanoseconds that this thread has run.</summary>
    public static long CpuNanoseconds
    {
        get
        {
            var time = stackalloc long[2];
            return Clock(ThreadCpuTime, time) == 0 ? (time[0] * 1_000_000_000) + time[1] : 0;
        }
    }

    /// <summary>How often this thread lost its processor to another.</summary>
    public static long Preemptions
    {
        get
        {
            var usage = stackalloc long[UsageLongs];
            return Usage(UsageOfThread, usage) == 0 ? usage[InvoluntarySwitches] : 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Clock(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int Usage(int who, long* usage);
}
