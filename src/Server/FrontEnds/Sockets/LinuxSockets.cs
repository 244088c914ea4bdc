using System.Runtime.InteropServices;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// The calls of Linux that the event loop makes. Failures are -1 with the reason in
/// <see cref="Marshal.GetLastSystemError"/>, to be read straight after the call: the generated code of SetLastError
/// would do that on every call, and almost every call succeeds.
/// </summary>
internal static unsafe partial class LinuxSockets
{
    /// <summary>EPOLL_CLOEXEC, EFD_CLOEXEC.</summary>
    public const int CloseOnExec = 0x80000;

    /// <summary>EFD_NONBLOCK.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>EPOLL_CTL_ADD.</summary>
    public const int ControlAdd = 1;

    /// <summary>MSG_DONTWAIT.</summary>
    public const int DoNotWait = 0x40;

    /// <summary>MSG_NOSIGNAL.</summary>
    public const int NoPipeSignal = 0x4000;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>PR_SET_TIMERSLACK.</summary>
    public const int SetTimerSlack = 29;

    /// <summary>EAGAIN.</summary>
    public const int TryAgain = 11;

    private const string Library = "libc";

    /// <summary>epoll_create1(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_create1")]
    public static partial int EpollCreate(int flags);

    /// <summary>epoll_ctl(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_ctl")]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* registration);

    /// <summary>epoll_wait(2).</summary>
    [LibraryImport(Library, EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, byte* events, int eventsMax, int timeoutMs);

    /// <summary>usleep(3).</summary>
    [LibraryImport(Library, EntryPoint = "usleep")]
    public static partial int Sleep(uint micros);

    /// <summary>prctl(2).</summary>
    [LibraryImport(Library, EntryPoint = "prctl")]
    public static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    /// <summary>eventfd(2).</summary>
    [LibraryImport(Library, EntryPoint = "eventfd")]
    public static partial int EventDescriptor(uint value, int flags);

    /// <summary>recv(2).</summary>
    [LibraryImport(Library, EntryPoint = "recv")]
    public static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    /// <summary>send(2).</summary>
    [LibraryImport(Library, EntryPoint = "send")]
    public static partial nint Send(int descriptor, byte* buffer, nuint length, int flags);

    /// <summary>write(2).</summary>
    [LibraryImport(Library, EntryPoint = "write")]
    public static partial nint Write(int descriptor, void* buffer, nuint length);

    /// <summary>close(2).</summary>
    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);
}

/// <summary>EPOLLIN and so on.</summary>
[Flags]
internal enum EpollEvents : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>EPOLLIN.</summary>
    In = 0x1,

    /// <summary>EPOLLOUT.</summary>
    Out = 0x4,

    /// <summary>EPOLLERR.</summary>
    Error = 0x8,

    /// <summary>EPOLLHUP.</summary>
    HangUp = 0x10,

    /// <summary>EPOLLRDHUP.</summary>
    PeerShutdown = 0x2000,

    /// <summary>EPOLLET.</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>
/// Some struct epoll_event in a row: events and a tag of our own. Packed on x86-64 and aligned elsewhere, so no
/// struct of C# has its layout everywhere.
/// </summary>
internal readonly unsafe struct EpollBatch
{
    private readonly byte* _events;

    private EpollBatch(byte* events)
    {
        _events = events;
    }

    /// <summary>Where the calls find it.</summary>
    public byte* Address => _events;

    private static int TagOffset => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private static int Stride => TagOffset + sizeof(ulong);

    /// <summary>Makes one; <see cref="Free"/> ends it.</summary>
    public static EpollBatch Allocate(int count) => new((byte*)NativeMemory.AllocZeroed((nuint)(count * Stride)));

    /// <summary>Gives its memory back.</summary>
    public void Free() => NativeMemory.Free(_events);

    /// <summary>The events at an index.</summary>
    public EpollEvents EventsAt(int index) => (EpollEvents)(*(uint*)(_events + index * Stride));

    /// <summary>The tag at an index.</summary>
    public ulong TagAt(int index) => *(ulong*)(_events + index * Stride + TagOffset);

    /// <summary>Fills one in.</summary>
    public void Set(int index, EpollEvents events, ulong tag)
    {
        *(uint*)(_events + index * Stride) = (uint)events;
        *(ulong*)(_events + index * Stride + TagOffset) = tag;
    }
}
