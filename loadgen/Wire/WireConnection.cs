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
    /// <summary>Requests in flight at most.</summary>
    public const int InFlightMax = 1 << 14;

    private const int BufferBytes = 256 * 1024;
    private const int TryAgain = LinuxSockets.TryAgain;

    private readonly WireDialect _dialect;
    private readonly Socket _socket;
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly long[] _due = new long[InFlightMax];
    private int _inputEnd;
    private int _outputStart;
    private int _outputEnd;
    private uint _nextSent;
    private uint _nextAnswered;

    public WireConnection(WireDialect dialect, IPEndPoint server)
    {
        _dialect = dialect;
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        Greet();
        _socket.Blocking = false;
        Descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    /// <summary>For epoll.</summary>
    public int Descriptor { get; }

    /// <summary>Requests written and not answered.</summary>
    public int InFlight { get; private set; }

    /// <summary>Whether one more request can be written now.</summary>
    public bool HasRoom => InFlight < InFlightMax && BufferBytes - _outputEnd >= _dialect.RequestBytesMax;

    /// <summary>Writes a request, to be sent by <see cref="Flush"/>.</summary>
    public void Write(OperationKind kind, long key, long dueNanos)
    {
        var room = _output.AsSpan(_outputEnd);
        _outputEnd += kind == OperationKind.Get
            ? _dialect.WriteGet(room, key, _nextSent)
            : _dialect.WriteSet(room, key, _nextSent);
        _due[_nextSent++ & (InFlightMax - 1)] = dueNanos;
        InFlight++;
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
    }

    /// <summary>Receives once and tells of each answer.</summary>
    public void Receive<TSink>(ref TSink sink)
        where TSink : struct, IAnswerSink
    {
        nint count;
        fixed (byte* start = &_input[_inputEnd])
        {
            const int Flags = LinuxSockets.DoNotWait;
            count = LinuxSockets.Receive(Descriptor, start, (nuint)(BufferBytes - _inputEnd), Flags);
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
            var id = _nextAnswered;
            var used = _dialect.Read(_input.AsSpan(consumed, _inputEnd - consumed), ref id, out var outcome);
            if (used == 0) break;
            consumed += used;
            _nextAnswered++;
            InFlight--;
            sink.Answered(_due[id & (InFlightMax - 1)], outcome);
        }

        _input.AsSpan(consumed, _inputEnd - consumed).CopyTo(_input);
        _inputEnd -= consumed;
    }

    public void Dispose() => _socket.Dispose();

    private static IOException Lost(int error) =>
        new($"A connection was lost: {Marshal.GetPInvokeErrorMessage(error)}.");

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
            uint id = 0;
            if (_dialect.Read(_input.AsSpan(0, have), ref id, out var outcome) == 0) continue;
            if (outcome != Outcome.Ok) throw new IOException("The server refused a hello.");
            return;
        }
    }
}

/// <summary>Hears of answers. A struct, so that nothing is called through an interface.</summary>
internal interface IAnswerSink
{
    /// <summary>Answers that came together follow.</summary>
    void Begin();

    /// <summary>One answer, to a request that was due then.</summary>
    void Answered(long dueNanos, Outcome outcome);
}
