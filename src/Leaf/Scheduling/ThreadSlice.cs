using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// How long the threads of one kind of work may go on before the operating system looks at who else waits: what makes
/// them give way at once to threads that ask for less. Thread-safe.
/// </summary>
/// <remarks>
/// Linux gives the processor to whoever's slice ends first among those that have not had more than their part (EEVDF:
/// Stoica, Abdel-Wahab, "Earliest Eligible Virtual Deadline First", 1995). A thread that wakes takes the processor from
/// one with a longer slice at once, but for the end of that slice as long as its own; then it waits until that has had
/// it, which is looked at every 4 ms. So threads that read sockets ask for the shortest slice, those of searches for
/// one longer than the system's (1 to 3 ms), and those of indexing and merging for the longest: each gives way to the
/// ones before, and none loses any of its share of a busy processor.
///
/// A lower priority ("nice") would take that share away, and would be handed down: a thread that is added to the shared
/// pool by work that a low one queued would stay low for ever, whatever runs on it then. Slices are not handed down,
/// as that is asked for here. And a low thread that gets no processor holds up every collection of garbage, which waits
/// for it to stand still.
///
/// Systems that don't know slices (Linux before 6.12, and all others) leave threads as they were.
/// </remarks>
public sealed unsafe partial class ThreadSlice(TimeSpan length)
{
    private const uint ResetOnFork = 1;

    private int _taken;
    private int _refused;

    /// <summary>Of threads that serve sockets: the shortest there is. 0.1 ms.</summary>
    public static TimeSpan OfSockets { get; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>Of threads that search: longer than the system's, and than most searches take. 4 ms.</summary>
    public static TimeSpan OfSearches { get; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Of threads that index, flush and merge: the longest there is. 100 ms.</summary>
    public static TimeSpan OfIndexing { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Threads that have it.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Threads that the system left as they were.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>The calling thread works by it from now on, if the system can do that.</summary>
    public void Take()
    {
        if (TrySet() && Current() == length) Interlocked.Increment(ref _taken);
        else Interlocked.Increment(ref _refused);
    }

    /// <summary>The calling thread's slice; zero where the system doesn't say.</summary>
    public static TimeSpan Current() =>
        TryGet(out var now) ? TimeSpan.FromMicroseconds(now.SliceNanos / 1_000) : default;

    /// <summary>The number of sched_setattr among the system's calls, that of sched_getattr is the next; 0 where it is
    /// not known.</summary>
    private static nint SetCall => !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 => 274,
        _ => 0,
    };

    private bool TrySet()
    {
        // Whatever else was set for the process, such as a priority, stays.
        if (!TryGet(out var attributes)) return false;
        attributes.Flags = ResetOnFork;
        attributes.SliceNanos = (ulong)length.TotalNanoseconds;
        return Call(SetCall, 0, &attributes, 0, 0) == 0;
    }

    private static bool TryGet(out Attributes attributes)
    {
        attributes = default;
        attributes.Size = (uint)sizeof(Attributes);
        if (SetCall == 0) return false;
        fixed (Attributes* into = &attributes) return Call(SetCall + 1, 0, into, (nint)sizeof(Attributes), 0) == 0;
    }

    /// <summary>The C library has no function for these before glibc 2.41.</summary>
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint thread, Attributes* attributes, nint third, nint fourth);

    /// <summary>struct sched_attr, as it was first.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong SliceNanos;
        public ulong Deadline;
        public ulong Period;
    }
}
