using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// One connection of the generator: what is to be sent, what came, and when each request in flight was due. One
/// thread's.
/// </summary>
internal sealed unsafe class WireConnection : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Most bytes of a reply.</summary>
    private const int ReplyBytesMax = 64 << 20;

    private const int TryAgain = LinuxSockets.TryAgain;

    private readonly WireDialect _dialect;
    private readonly BlockedSends _blocked;
    private readonly Socket _socket;
    private readonly WireSlots _slots = new();
    private readonly byte[] _output;
    private byte[] _input = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private int _inputEnd;
    private int _outputStart;
    private int _outputEnd;

    public WireConnection(WireDialect dialect, IPEndPoint server, BlockedSends blocked)
    {
        _blocked = blocked;
        _dialect = dialect;
        _output = GC.AllocateUninitializedArray<byte>(
            Math.Max(BufferBytes, dialect.RequestBytesMax * 2), pinned: true);
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        Greet();
        _socket.Blocking = false;
        Descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    /// <summary>For epoll.</summary>
    public int Descriptor { get; }

    /// <summary>Whether an answer was given up that may still come.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Whether the socket did not take all that <see cref="Flush"/> had.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>Requests written and not answered.</summary>
    public int InFlight => _slots.Count;

    /// <summary>Whether one more request can be written now.</summary>
    public bool HasRoom => InFlight < _dialect.InFlightMax && !_slots.IsFull && HasBytes;

    private bool HasBytes => _output.Length - _outputEnd >= _dialect.RequestBytesMax;

    /// <summary>Writes a request, to be sent by <see cref="Flush"/>.</summary>
    public void Write(in Operation operation, long dueNanos, long nowNanos, bool isCounted)
    {
        var id = _slots.NextId;
        _outputEnd += _dialect.Write(_output.AsSpan(_outputEnd), operation, id);
        _slots.Add(new WireSlot
        {
            Operation = operation,
            DueNanos = dueNanos,
            SentNanos = nowNanos,
            RepliesLeft = _dialect.RepliesOf(operation),
            IsCounted = isCounted,
        });
    }

    /// <summary>Sends what the socket takes.</summary>
    public void Flush()
    {
        if (_outputStart == _outputEnd) return;
        nint sent;
        fixed (byte* start = &_output[_outputStart])
        {
            const int Flags = LinuxSockets.DoNotWait | LinuxSockets.NoPipeSignal;
            sent = LinuxSockets.Send(Descriptor, start, (nuint)(_outputEnd - _outputStart), Flags);
        }

        if (sent < 0 && Marshal.GetLastSystemError() is var error && error != TryAgain) throw Lost(error);
        _outputStart += (int)Math.Max(0, sent);
        if (_outputStart == _outputEnd) _outputStart = _outputEnd = 0;
        SetBlocked(_outputStart != _outputEnd);
    }

    /// <summary>Receives once and tells of each request that was answered whole.</summary>
    public void Receive<TSink>(ref TSink sink)
        where TSink : struct, IAnswerSink
    {
        if (_inputEnd == _input.Length) GrowInput();
        nint count;
        fixed (byte* start = &_input[_inputEnd])
        {
            const int Flags = LinuxSockets.DoNotWait;
            count = LinuxSockets.Receive(Descriptor, start, (nuint)(_input.Length - _inputEnd), Flags);
        }

        if (count < 0 && Marshal.GetLastSystemError() is var error)
        {
            if (error == TryAgain) return;
            throw Lost(error);
        }

        if (count == 0) throw new IOException("The server closed a connection.");
        _inputEnd += (int)count;
        sink.Begin();
        var consumed = 0;
        while (consumed < _inputEnd)
        {
            var reply = _dialect.Read(_input.AsSpan(consumed, _inputEnd - consumed));
            if (reply.Bytes == 0) break;
            consumed += reply.Bytes;
            if (!reply.IsPart) Answered(reply, ref sink);
        }

        _input.AsSpan(consumed, _inputEnd - consumed).CopyTo(_input);
        _inputEnd -= consumed;
    }

    /// <summary>Tells of requests that nothing answered as failed; the connection is of no more use then.</summary>
    public void GiveUp<TSink>(ref TSink sink)
        where TSink : struct, IAnswerSink
    {
        sink.Begin();
        for (var id = _slots.OldestId; id != _slots.NextId; id++)
        {
            if (!_slots.Has(id)) continue;
            var lost = _slots[id] with { Outcome = Outcome.Failed };
            _slots.Remove(id);
            IsSpent = true;
            sink.Answered(lost);
        }
    }

    public void Dispose()
    {
        SetBlocked(false);
        _socket.Dispose();
    }

    private static IOException Lost(int error) =>
        new($"A connection was lost: {Marshal.GetPInvokeErrorMessage(error)}.");

    private void SetBlocked(bool isBlocked)
    {
        if (isBlocked == IsBlocked) return;
        IsBlocked = isBlocked;
        _blocked.Count += isBlocked ? 1 : -1;
    }

    private void Answered<TSink>(in WireReply reply, ref TSink sink)
        where TSink : struct, IAnswerSink
    {
        var id = reply.Id ?? _slots.OldestId;
        if (!_slots.Has(id)) throw new IOException("The server answered a request that was not sent.");
        ref var slot = ref _slots[id];
        // A scan that found some is well; a modify may write what was missing.
        if (reply.Outcome == Outcome.Failed || !slot.IsSecondHalf) slot.Outcome = Worse(slot.Outcome, reply.Outcome);
        if (--slot.RepliesLeft > 0) return;
        var done = slot;
        _slots.Remove(id);
        var hasSecondHalf = done.Operation.Kind == OperationKind.Modify && !done.IsSecondHalf;
        if (!hasSecondHalf || reply.Outcome == Outcome.Failed) sink.Answered(done);
        else if (HasBytes && !_slots.IsFull) WriteSecondHalf(done);
        // A write that can't be sent now was not done.
        else sink.Answered(done with { Outcome = Outcome.Failed });
    }

    private void WriteSecondHalf(in WireSlot first)
    {
        var write = first.Operation with { Kind = OperationKind.Set };
        _outputEnd += _dialect.Write(_output.AsSpan(_outputEnd), write, _slots.NextId);
        _slots.Add(first with { RepliesLeft = 1, IsSecondHalf = true });
        Flush();
    }

    private static Outcome Worse(Outcome a, Outcome b) => a == Outcome.Failed || b == Outcome.Failed
        ? Outcome.Failed
        : (Outcome)Math.Max((int)a, (int)b);

    private void GrowInput()
    {
        if (_input.Length >= ReplyBytesMax) throw new IOException($"A reply has more than {ReplyBytesMax} bytes.");
        var larger = GC.AllocateUninitializedArray<byte>(_input.Length * 2, pinned: true);
        _input.CopyTo(larger, 0);
        _input = larger;
    }

    private void Greet()
    {
        var greeting = _dialect.Greeting;
        if (greeting.Length == 0) return;
        _socket.Send(greeting);
        for (var have = 0; ; )
        {
            var got = _socket.Receive(_input.AsSpan(have));
            if (got == 0) throw new IOException("The server closed a connection that said hello.");
            have += got;
            var reply = _dialect.Read(_input.AsSpan(0, have));
            if (reply.Bytes == 0) continue;
            if (reply.Outcome != Outcome.Ok) throw new IOException("The server refused a hello.");
            return;
        }
    }
}

/// <summary>How many connections of a thread have bytes that their socket did not take.</summary>
internal sealed class BlockedSends
{
    public int Count { get; set; }
}

/// <summary>Hears of answers. A struct, so that nothing is called through an interface.</summary>
internal interface IAnswerSink
{
    /// <summary>Answers that came together follow.</summary>
    void Begin();

    /// <summary>One request that was answered whole.</summary>
    void Answered(in WireSlot slot);
}
