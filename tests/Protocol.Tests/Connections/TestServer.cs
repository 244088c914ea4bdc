namespace Hedgerow.Protocol.Tests;

/// <summary>A server's end of a connection with a handler that a test scripts.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public TestServer(
        MemoryDuplex duplex,
        ScriptedHandler handler,
        ProtocolLimits? limits = null,
        IHelloPolicy? policy = null,
        TimeProvider? time = null)
    {
        Handler = handler;
        Connection = new ServerConnection(
            duplex.Server,
            handler,
            policy ?? new Welcome(),
            limits ?? ProtocolLimits.Default,
            time ?? TimeProvider.System);
        Ended = Connection.RunAsync(_stop.Token);
    }

    public ScriptedHandler Handler { get; }

    public ServerConnection Connection { get; }

    public Task<ConnectionEnd> Ended { get; }

    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Ended;
        _stop.Dispose();
    }

    internal sealed class Welcome : IHelloPolicy
    {
        public StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error)
        {
            reply = new HelloReply { Name = "test", Features = ProtocolFeatures.Leaf, Epoch = 3 };
            error = null;
            return StatusCode.Ok;
        }
    }

    internal sealed class Refuse(StatusCode status, string message) : IHelloPolicy
    {
        public StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error)
        {
            reply = new HelloReply();
            error = message;
            return status;
        }
    }
}

/// <summary>Calls what the test gives it, and remembers the rest.</summary>
internal sealed class ScriptedHandler : IRequestHandler
{
    public delegate void RequestAction(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies);

    /// <summary>Answers at once with the request's own body and epoch as version.</summary>
    public static RequestAction Echo { get; } =
        static (in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
            replies.Reply(ReplyTo(header) with { Version = header.Epoch }, body);

    public RequestAction Request { get; set; } = Echo;

    public Action<uint, IReplySink> Cancel { get; set; } = static (_, _) => { };

    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static ReplyHeader ReplyTo(in RequestHeader header) =>
        new() { Opcode = header.Opcode, RequestId = header.RequestId };

    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
        Request(header, body, replies);

    public void OnCancel(uint requestId, IReplySink replies) => Cancel(requestId, replies);

    public void OnClosed(IReplySink replies) => Closed.TrySetResult();
}
