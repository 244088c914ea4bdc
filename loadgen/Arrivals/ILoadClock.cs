using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hedgerow.LoadGen.Arrivals;

/// <summary>The scheduler's time, so that a test can run it by a clock of its own.</summary>
internal interface ILoadClock
{
    /// <summary>Nanoseconds since some start; never goes back.</summary>
    long NowNanos { get; }

    /// <summary>Returns at, or as soon as possible after, the given time.</summary>
    void WaitUntil(long nanos);
}

/// <summary>The machine's monotonic clock; waits by nanosleep, which is exact to some tens of microseconds.</summary>
internal sealed partial class MonotonicClock : ILoadClock
{
    /// <summary>Below this a wait yields the core instead of sleeping: a sleep would overshoot it.</summary>
    private const long SleepNanosMin = 60_000;

    private static readonly double NanosPerTick = 1e9 / Stopwatch.Frequency;
    private readonly long _start = Stopwatch.GetTimestamp();

    public long NowNanos => (long)((Stopwatch.GetTimestamp() - _start) * NanosPerTick);

    public void WaitUntil(long nanos)
    {
        while (true)
        {
            var left = nanos - NowNanos;
            if (left <= 0) return;
            if (left < SleepNanosMin) Thread.Yield();
            else if (OperatingSystem.IsLinux()) Sleep(left - (SleepNanosMin / 2));
            else Thread.Sleep(left < 2_000_000 ? 0 : 1);
        }
    }

    private static void Sleep(long nanos)
    {
        var time = new TimeSpec { Seconds = nanos / 1_000_000_000, Nanos = nanos % 1_000_000_000 };
        // A signal may end it early; the caller looks at the clock again.
        _ = NanoSleep(in time, IntPtr.Zero);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec request, IntPtr remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanos;
    }
}
