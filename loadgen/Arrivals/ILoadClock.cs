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

/// <summary>
/// The machine's monotonic clock; waits by nanosleep and spins for the last microseconds. It never yields the core: a
/// thread that yields it to one with much to do gets it back when that has had its slice, milliseconds later, and what
/// it was to send on time is late by as much.
/// </summary>
internal sealed partial class MonotonicClock : ILoadClock
{
    /// <summary>Below this a wait spins instead of sleeping: a sleep would overshoot it.</summary>
    private const long SleepNanosMin = 20_000;

    private const int TimerSlack = 29;
    private const nint TimerSlackNanos = 1_000;

    [ThreadStatic]
    private static bool _isExact;

    private static readonly double NanosPerTick = 1e9 / Stopwatch.Frequency;
    private readonly long _start = Stopwatch.GetTimestamp();

    public long NowNanos => (long)((Stopwatch.GetTimestamp() - _start) * NanosPerTick);

    public void WaitUntil(long nanos)
    {
        while (true)
        {
            var left = nanos - NowNanos;
            if (left <= 0) return;
            if (left < SleepNanosMin) Thread.SpinWait(10);
            else if (OperatingSystem.IsLinux()) Sleep(left - (SleepNanosMin / 2));
            else Thread.Sleep(left < 2_000_000 ? 0 : 1);
        }
    }

    private static void Sleep(long nanos)
    {
        if (!_isExact)
        {
            // By custom the system may let a thread sleep 50 us longer, to wake several at once. A refusal costs that.
            _ = Prctl(TimerSlack, TimerSlackNanos, 0, 0, 0);
            _isExact = true;
        }

        var time = new TimeSpec { Seconds = nanos / 1_000_000_000, Nanos = nanos % 1_000_000_000 };
        // A signal may end it early; the caller looks at the clock again.
        _ = NanoSleep(in time, IntPtr.Zero);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec request, IntPtr remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nint first, nint second, nint third, nint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanos;
    }
}
