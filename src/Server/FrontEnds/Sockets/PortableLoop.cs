using System.Net.Sockets;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// The loop for every system: a receive of no bytes by <see cref="SocketAsyncEventArgs"/> tells when a socket has
/// something, and its completion posts the connection to the loop's thread.
/// </summary>
internal sealed class PortableLoop : SessionLoop
{
    private readonly AutoResetEvent _signal = new(initialState: false);

    /// <inheritdoc cref="SessionLoop(int, TimeProvider)"/>
    public PortableLoop(int index, TimeProvider time)
        : base(index, time)
    {
    }

    /// <inheritdoc/>
    protected override SessionConnection Connect(Socket socket, long id, ISessionOwner owner) =>
        new PortableConnection(id, socket, this, owner);

    /// <inheritdoc/>
    protected override void Wait(bool mayBlock)
    {
        if (mayBlock) _signal.WaitOne();
        Awake();
    }

    /// <inheritdoc/>
    protected override void Signal() => _signal.Set();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _signal.Dispose();
    }
}

/// <summary>A connection of a <see cref="PortableLoop"/>.</summary>
internal sealed class PortableConnection : SessionConnection, IDisposable
{
    private readonly SocketAsyncEventArgs _receive;
    private readonly SocketAsyncEventArgs _send;
    private bool _isReceiveArmed;
    private bool _isSendArmed;

    /// <inheritdoc cref="SessionConnection(long, Socket, SessionLoop, ISessionOwner)"/>
    public PortableConnection(long id, Socket socket, SessionLoop loop, ISessionOwner owner)
        : base(id, socket, loop, owner)
    {
        _receive = new SocketAsyncEventArgs(true);
        _receive.SetBuffer(Memory<byte>.Empty);
        _receive.Completed += (_, _) => OnReceive();
        _send = new SocketAsyncEventArgs(true);
        _send.Completed += (_, _) => OnSent();
    }

    /// <inheritdoc/>
    protected override bool IsSending => Volatile.Read(ref _isSendArmed);

    /// <inheritdoc/>
    protected override int TryReceive(Span<byte> buffer)
    {
        // The arguments are in use until the completion was told; it is not worth a try before.
        if (Volatile.Read(ref _isReceiveArmed)) return WouldBlock;
        var count = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.Success) return ArmIfShort(count, buffer.Length);
        if (error != SocketError.WouldBlock) return Broken;
        Arm();
        return WouldBlock;
    }

    /// <inheritdoc/>
    protected override int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (IsSending) return WouldBlock;
        var sent = Socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not SocketError.Success and not SocketError.WouldBlock) return Broken;
        if (error == SocketError.WouldBlock) sent = 0;
        if (sent == bytes.Length) return sent;
        // The first byte of the rest goes by a send that waits; when it went, the others are tried.
        _send.SetBuffer(bytes.Slice(sent, 1).ToArray());
        Volatile.Write(ref _isSendArmed, true);
        if (!Socket.SendAsync(_send)) OnSent();
        return sent + 1;
    }

    /// <summary>What is under way ends when the socket is closed; their memory is held until then.</summary>
    public void Dispose()
    {
        _receive.Dispose();
        _send.Dispose();
    }

    /// <inheritdoc/>
    protected override void Release() => Dispose();

    private int ArmIfShort(int count, int asked)
    {
        if (count > 0 && count < asked) Arm();
        return count;
    }

    private void Arm()
    {
        Volatile.Write(ref _isReceiveArmed, true);
        if (!Socket.ReceiveAsync(_receive)) OnReceive();
    }

    private void OnReceive()
    {
        Volatile.Write(ref _isReceiveArmed, false);
        Tell(Events.Readable);
    }

    private void OnSent()
    {
        Volatile.Write(ref _isSendArmed, false);
        Tell(Events.Writable);
    }
}
