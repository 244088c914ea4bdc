using System.Net;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Sockets;

/// <summary>What a session stands on without a socket: its output is looked at, its closing noted.</summary>
internal sealed class DetachedContext : SessionContext
{
    public DetachedContext(int softLimit = 256 * 1024, long id = 1)
        : base(id, new SessionOutput(new SessionBuffers(), softLimit))
    {
    }

    public override EndPoint Peer { get; } = new IPEndPoint(IPAddress.Loopback, 50_000);

    public override EndPoint Local { get; } = new IPEndPoint(IPAddress.Loopback, 7601);

    public override TimeSpan Age => TimeSpan.Zero;

    public override TimeSpan Idle => TimeSpan.Zero;

    /// <summary>How often it was woken, by any thread.</summary>
    public int Wakes => Volatile.Read(ref _wakes);

    public bool IsKilled { get; private set; }

    public bool IsClosingAfterFlush { get; private set; }

    public bool IsAborted { get; private set; }

    private int _wakes;

    public override void Wake() => Interlocked.Increment(ref _wakes);

    public override void Kill() => IsKilled = true;

    public override void CloseAfterFlush() => IsClosingAfterFlush = true;

    public override void Abort() => IsAborted = true;

    /// <summary>Takes what the session wrote, as the peer would.</summary>
    public byte[] TakeOutput()
    {
        var bytes = Output.Unsent.ToArray();
        Output.Clear();
        return bytes;
    }
}
