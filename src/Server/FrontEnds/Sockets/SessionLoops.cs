using System.Runtime.InteropServices;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>The loops of the process, shared by its listeners. Thread-safe.</summary>
internal sealed class SessionLoops : IDisposable
{
    private const string KindVariable = "HEDGEROW_SOCKETS";

    private readonly SessionLoop[] _loops;

    private SessionLoops(SessionLoop[] loops)
    {
        _loops = loops;
    }

    /// <summary>How many there are.</summary>
    public int Count => _loops.Length;

    /// <summary>Connections on all of them.</summary>
    public int Connections => _loops.Sum(loop => loop.Count);

    /// <summary>Bytes received by all since the start.</summary>
    public long BytesReceived => _loops.Sum(loop => loop.BytesReceived);

    /// <summary>Bytes sent by all since the start.</summary>
    public long BytesSent => _loops.Sum(loop => loop.BytesSent);

    /// <summary>Starts loops.</summary>
    /// <param name="count">How many; 0 takes one for each processor that this process may use.</param>
    /// <param name="kind">What they stand on.</param>
    /// <param name="time">For ages.</param>
    public static SessionLoops Start(int count, SessionLoopKind kind, TimeProvider time)
    {
        // Affinity and a container's quota are counted in by the runtime.
        var loops = new SessionLoop[count > 0 ? count : Environment.ProcessorCount];
        for (var i = 0; i < loops.Length; i++) loops[i] = Create(Resolve(kind), i, time);
        foreach (var loop in loops) loop.Start();
        return new SessionLoops(loops);
    }

    /// <summary>The loop with the fewest connections.</summary>
    public SessionLoop Next() => _loops.MinBy(loop => loop.Count)!;

    /// <summary>Closes what is open and stops the threads.</summary>
    public void Dispose()
    {
        foreach (var loop in _loops) loop.Dispose();
    }

    private static SessionLoop Create(SessionLoopKind kind, int index, TimeProvider time) =>
        kind == SessionLoopKind.Epoll ? new EpollLoop(index, time) : new PortableLoop(index, time);

    // The variable is for finding out whether a fault is in the loop of this system; no setting of an operator.
    private static SessionLoopKind Resolve(SessionLoopKind kind)
    {
        if (kind != SessionLoopKind.BestOfSystem) return kind;
        var isPortable = !RuntimeInformation.IsOSPlatform(OSPlatform.Linux)
            || Environment.GetEnvironmentVariable(KindVariable) == "portable";
        return isPortable ? SessionLoopKind.Portable : SessionLoopKind.Epoll;
    }
}

/// <summary>What a loop stands on.</summary>
internal enum SessionLoopKind
{
    /// <summary>epoll on Linux, unless the environment variable HEDGEROW_SOCKETS is <c>portable</c>.</summary>
    BestOfSystem = 0,

    /// <summary><see cref="System.Net.Sockets.SocketAsyncEventArgs"/>.</summary>
    Portable = 1,

    /// <summary>epoll; Linux only.</summary>
    Epoll = 2,
}
