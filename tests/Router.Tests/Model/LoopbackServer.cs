using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Pipelines.Sockets.Unofficial;

namespace Hedgerow.Router.Tests;

/// <summary>A model leaf, or a router, behind a real socket on the loopback.</summary>
internal sealed class LoopbackServer : IRequestHandler, IHelloPolicy, IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly ConcurrentDictionary<(IReplySink, uint), byte> _unanswered = new();
    private readonly Func<RequestHeader, byte[], ValueTask<Reply>> _answer;
    private readonly ProtocolFeatures _features;
    private readonly Task _accepting;

    public LoopbackServer(
        Func<RequestHeader, byte[], ValueTask<Reply>> answer, ProtocolFeatures features, int port = 0)
    {
        _answer = answer;
        _features = features;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    public int Accepted { get; private set; }

    public List<uint> Cancelled { get; } = [];

    public static LoopbackServer Of(ModelLeaf leaf, int port = 0) => new(
        (header, body) => new ValueTask<Reply>(leaf.Handle(header, body)), ProtocolFeatures.Leaf, port);

    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        _unanswered[(replies, header.RequestId)] = 0;
        _ = AnswerAsync(header, body.ToArray(), replies);
    }

    public void OnCancel(uint requestId, IReplySink replies)
    {
        lock (Cancelled) Cancelled.Add(requestId);
        // One that comes after the answer is late: a request is answered once.
        if (!_unanswered.TryRemove((replies, requestId), out _)) return;
        replies.Reply(new ReplyHeader { RequestId = requestId, Status = StatusCode.Cancelled }, []);
    }

    public void OnClosed(IReplySink replies)
    {
    }

    public StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error)
    {
        reply = new HelloReply { Name = "loopback", Features = _features };
        error = request.Token == "wrong" ? "The token is wrong." : null;
        return error is null ? StatusCode.Ok : StatusCode.Unauthorized;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        lock (_sockets)
        {
            // As a killed process would: no goodbye.
            foreach (var socket in _sockets) socket.Close(timeout: 0);
        }

        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AnswerAsync(RequestHeader header, byte[] body, IReplySink replies)
    {
        using var reply = await _answer(header, body);
        if (!_unanswered.TryRemove((replies, header.RequestId), out _)) return;
        replies.Reply(
            reply.Header with { RequestId = header.RequestId, Opcode = header.Opcode }, reply.Body.Span);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Accepted++;
            lock (_sockets) _sockets.Add(socket);
            var connection = new ServerConnection(
                SocketConnection.Create(socket), this, this, ProtocolLimits.Default, TimeProvider.System);
            _ = connection.RunAsync(_stop.Token);
        }
    }
}
