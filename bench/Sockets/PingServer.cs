using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Server.FrontEnds.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Sockets.Unofficial;

namespace Hedgerow.Bench.Sockets;

/// <summary>
/// Servers that do nothing but answer, one for each way to stand on sockets: what a way costs without a protocol and a
/// store. Every <see cref="RequestBytes"/> that come are answered with a bulk string of 100 bytes, as
/// bench/peers/ping.c does.
/// </summary>
internal static class PingServer
{
    private const int RequestBytes = 35;
    private const int InputBytes = 64 * 1024;

    private static readonly byte[] Answer = [.. "$100\r\n"u8, .. new byte[100], .. "\r\n"u8];

    /// <summary>Serves until the process is ended: epoll, portable, events (SocketAsyncEventArgs), pipelines.</summary>
    public static async Task<int> RunAsync(string way, int port)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, port);
        if (way is "epoll" or "portable")
        {
            var kind = way == "epoll" ? SessionLoopKind.Epoll : SessionLoopKind.Portable;
            var loops = SessionLoops.Start(1, kind, TimeProvider.System);
            var options = new SessionListenerOptions { EndPoint = endPoint, Name = "ping" };
            SessionListener.Bind(options, loops, TimeProvider.System, NullLogger.Instance).Start(new PingSessions());
            await Task.Delay(Timeout.Infinite);
        }

        if (way is not ("events" or "pipelines")) return 2;
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(endPoint);
        listener.Listen(512);
        while (true)
        {
            var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            if (way == "events") new EventConnection(socket).Start();
            else _ = ServePipeAsync(socket);
        }
    }

    private static async Task ServePipeAsync(Socket socket)
    {
        var inline = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline);
        var pipe = SocketConnection.Create(
            socket, inline, inline, SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites);
        while (true)
        {
            var read = await pipe.Input.ReadAsync();
            var requests = read.Buffer.Length / RequestBytes;
            for (var i = 0; i < requests; i++) pipe.Output.Write(Answer);
            pipe.Input.AdvanceTo(read.Buffer.GetPosition(requests * RequestBytes), read.Buffer.End);
            if (read.IsCompleted) return;
            await pipe.Output.FlushAsync();
        }
    }

    private sealed class PingSessions : ISessionFactory
    {
        public ClientSession Create(SessionContext context) => new PingSession(context);
    }

    private sealed class PingSession(SessionContext context) : ClientSession(context)
    {
        public override int Consume(ReadOnlySpan<byte> input)
        {
            var requests = input.Length / RequestBytes;
            for (var i = 0; i < requests; i++) Output.Write(Answer);
            return requests * RequestBytes;
        }

        public override void OnClosed()
        {
        }
    }

    /// <summary>The usual loop over events: receive, answer in the completion, receive again.</summary>
    private sealed class EventConnection : IDisposable
    {
        private readonly Socket _socket;
        private readonly SocketAsyncEventArgs _receive = new(true);
        private readonly byte[] _output = new byte[(InputBytes / RequestBytes + 1) * Answer.Length];
        private int _rest;

        public EventConnection(Socket socket)
        {
            _socket = socket;
            _receive.SetBuffer(new byte[InputBytes]);
            _receive.Completed += (_, _) => Run();
            for (var at = 0; at < _output.Length; at += Answer.Length) Answer.CopyTo(_output, at);
        }

        public void Start()
        {
            if (!_socket.ReceiveAsync(_receive)) Run();
        }

        public void Dispose()
        {
            _socket.Dispose();
            _receive.Dispose();
        }

        private void Run()
        {
            do
            {
                if (_receive.BytesTransferred == 0)
                {
                    Dispose();
                    return;
                }

                var requests = (_rest + _receive.BytesTransferred) / RequestBytes;
                _rest = (_rest + _receive.BytesTransferred) % RequestBytes;
                if (requests > 0) _socket.Send(_output.AsSpan(0, requests * Answer.Length));
            }
            while (!_socket.ReceiveAsync(_receive));
        }
    }
}
