using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// The loop of Linux: one epoll descriptor, every socket registered once, edge-triggered, for reading and writing, so
/// that no connection ever changes its registration. docs/decisions/0006-event-loop.md has what was measured.
/// </summary>
/// <remarks>
/// An edge is told once: a connection keeps in mind that its socket may have more until a receive comes back short, and
/// that a send is blocked until the edge of writing. An event carries the connection's slot and the slot's generation,
/// since events of a connection that was closed in the same batch are still to come. The signal is an eventfd, also
/// edge-triggered: each write to it is an edge, so nobody needs to read it.
/// </remarks>
internal sealed unsafe class EpollLoop : SessionLoop
{
    private const int BatchMax = 256;
    private const uint SignalSlot = uint.MaxValue;

    private readonly int _epoll;
    private readonly int _signal;
    private readonly EpollBatch _batch = EpollBatch.Allocate(BatchMax);
    private readonly EpollBatch _registration = EpollBatch.Allocate(1);
    private readonly Stack<uint> _freeSlots = new();
    private Slot[] _slots = new Slot[64];
    private uint _slotsUsed;
    private bool _hasSlackSet;

    /// <inheritdoc cref="SessionLoop(int, TimeProvider)"/>
    public EpollLoop(int index, TimeProvider time)
        : base(index, time)
    {
        _epoll = LinuxSockets.EpollCreate(LinuxSockets.CloseOnExec);
        if (_epoll < 0) throw LastError("epoll_create1");
        _signal = LinuxSockets.EventDescriptor(0, LinuxSockets.CloseOnExec | LinuxSockets.NonBlocking);
        if (_signal < 0) throw LastError("eventfd");
        Register(_signal, EpollEvents.In | EpollEvents.EdgeTriggered, SignalSlot);
    }

    /// <summary>Watches a socket for a connection of this loop. On the loop.</summary>
    /// <returns>The slot, to be given back to <see cref="Unwatch"/>.</returns>
    public uint Watch(EpollConnection connection, int descriptor)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            if (_slotsUsed == _slots.Length) Array.Resize(ref _slots, 2 * _slots.Length);
            slot = _slotsUsed++;
        }

        ref var entry = ref _slots[slot];
        entry.Connection = connection;
        try
        {
            const EpollEvents All = EpollEvents.In | EpollEvents.Out | EpollEvents.PeerShutdown
                | EpollEvents.EdgeTriggered;
            Register(descriptor, All, slot | (ulong)entry.Generation << 32);
        }
        catch (IOException)
        {
            Unwatch(slot);
            throw;
        }

        return slot;
    }

    /// <summary>Forgets a connection; closing its socket ends the kernel's watch. On the loop.</summary>
    public void Unwatch(uint slot)
    {
        ref var entry = ref _slots[slot];
        entry.Connection = null;
        entry.Generation++;
        _freeSlots.Push(slot);
    }

    /// <summary>
    /// Begins to connect; epoll tells how it ended. The runtime must not wait for it, for it would go on watching the
    /// socket, and a thread of its own would wake for every answer that comes.
    /// </summary>
    public override ValueTask ConnectAsync(Socket socket, IPEndPoint endPoint, CancellationToken cancel)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // It is under way.
        }

        return default;
    }

    /// <inheritdoc/>
    protected override SessionConnection Connect(Socket socket, long id, ISessionOwner owner) =>
        new EpollConnection(id, socket, this, owner);

    /// <inheritdoc/>
    protected override void Wait(bool mayBlock)
    {
        var naps = Gathers && mayBlock && Gathering.IsCrowded && !Gathering.IsLong(TicksAwake);
        if (naps) Nap();
        var count = LinuxSockets.EpollWait(_epoll, _batch.Address, BatchMax, mayBlock ? -1 : 0);
        // Interrupted by a signal, at worst: the next time round waits again.
        if (count < 0 && Marshal.GetLastSystemError() is var error && error != LinuxSockets.Interrupted)
            throw new IOException($"epoll_wait failed: {new Win32Exception(error).Message}");
        Awake();
        if (naps) Gathering.Found(count);
        for (var i = 0; i < count; i++)
        {
            var tag = _batch.TagAt(i);
            var slot = (uint)tag;
            if (slot == SignalSlot) continue;
            ref var entry = ref _slots[slot];
            if (entry.Generation != (uint)(tag >> 32)) continue;
            entry.Connection!.Hear(Meaning(_batch.EventsAt(i)));
        }
    }

    /// <inheritdoc/>
    protected override void Signal()
    {
        ulong one = 1;
        // It can't block: that takes 2^64 - 1 signals.
        _ = LinuxSockets.Write(_signal, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _ = LinuxSockets.Close(_signal);
        _ = LinuxSockets.Close(_epoll);
        _batch.Free();
        _registration.Free();
    }

    // The kernel rounds a thread's sleeps up by its slack, 50 microseconds unless it is told otherwise.
    private void Nap()
    {
        if (!_hasSlackSet) _ = LinuxSockets.Control(LinuxSockets.SetTimerSlack, 1, 0, 0, 0);
        _hasSlackSet = true;
        _ = LinuxSockets.Sleep((uint)Gathering.NapMicros);
    }

    // An error or a hang-up shows in the next receive, so it counts as something to read.
    private static SessionConnection.Events Meaning(EpollEvents events)
    {
        const EpollEvents Ends = EpollEvents.PeerShutdown | EpollEvents.Error | EpollEvents.HangUp;
        const EpollEvents Reading = EpollEvents.In | Ends;
        var meaning = SessionConnection.Events.None;
        if ((events & Reading) != 0) meaning |= SessionConnection.Events.Readable;
        if ((events & Ends) != 0) meaning |= SessionConnection.Events.Ending;
        if ((events & (EpollEvents.Out | EpollEvents.Error | EpollEvents.HangUp)) != 0)
            meaning |= SessionConnection.Events.Writable;
        return meaning;
    }

    private static IOException LastError(string call) =>
        new($"{call} failed: {new Win32Exception(Marshal.GetLastSystemError()).Message}");

    private void Register(int descriptor, EpollEvents events, ulong tag)
    {
        _registration.Set(0, events, tag);
        if (LinuxSockets.EpollControl(_epoll, LinuxSockets.ControlAdd, descriptor, _registration.Address) < 0)
            throw LastError("epoll_ctl");
    }

    private struct Slot
    {
        public EpollConnection? Connection;
        public uint Generation;
    }
}

/// <summary>A connection of an <see cref="EpollLoop"/>.</summary>
internal sealed unsafe class EpollConnection : SessionConnection
{
    private readonly EpollLoop _loop;
    private readonly int _descriptor;
    private readonly uint _slot;

    /// <inheritdoc cref="SessionConnection(long, Socket, SessionLoop, ISessionOwner)"/>
    public EpollConnection(long id, Socket socket, EpollLoop loop, ISessionOwner owner)
        : base(id, socket, loop, owner)
    {
        _loop = loop;
        // The socket closes it, on this same loop, after which nothing here uses it.
        _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        _slot = loop.Watch(this, _descriptor);
    }

    /// <inheritdoc/>
    protected override int TryReceive(Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            fixed (byte* bytes = buffer)
                count = LinuxSockets.Receive(_descriptor, bytes, (nuint)buffer.Length, LinuxSockets.DoNotWait);
            if (count >= 0) return (int)count;
            var error = Marshal.GetLastSystemError();
            if (error == LinuxSockets.Interrupted) continue;
            return error == LinuxSockets.TryAgain ? WouldBlock : Broken;
        }
    }

    /// <inheritdoc/>
    protected override int TrySend(ReadOnlySpan<byte> bytes)
    {
        const int Flags = LinuxSockets.DoNotWait | LinuxSockets.NoPipeSignal;
        while (true)
        {
            nint count;
            fixed (byte* start = bytes)
                count = LinuxSockets.Send(_descriptor, start, (nuint)bytes.Length, Flags);
            if (count >= 0) return (int)count;
            var error = Marshal.GetLastSystemError();
            if (error == LinuxSockets.Interrupted) continue;
            return error == LinuxSockets.TryAgain ? WouldBlock : Broken;
        }
    }

    /// <inheritdoc/>
    protected override void Release() => _loop.Unwatch(_slot);
}
