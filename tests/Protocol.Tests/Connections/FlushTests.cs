using System.IO.Pipelines;

namespace Hedgerow.Protocol.Tests;

/// <summary>A flush is a system call: there is one for a batch, whatever the batch writes to.</summary>
public class FlushTests
{
    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1 };

    [Fact]
    public async Task The_answers_to_a_batch_leave_in_one_flush()
    {
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        var output = new CountingWriter(duplex.ToClient.Writer);
        await using var server = Serve(new End(duplex.ToServer.Reader, output), new ScriptedHandler());
        var running = server.RunAsync(CancellationToken.None);
        var peer = new RawPeer(duplex.Client);
        await peer.WriteAsync(RawPeer.Hello);
        var before = output.Flushes;

        await peer.WriteAsync([.. Enumerable.Range(0, 16).Select(i => Request((uint)i))]);

        Assert.Equal(1, output.Flushes - before);
        await peer.CloseAsync();
        await running;
    }

    [Fact]
    public async Task Requests_forwarded_from_a_batch_leave_in_one_flush()
    {
        var back = new MemoryDuplex(MemoryDuplex.Inline);
        var toLeaf = new CountingWriter(back.ToServer.Writer);
        await using var leaf = new TestServer(back, new ScriptedHandler());
        await using var client = await ClientConnection.OpenAsync(
            new End(back.ToClient.Reader, toLeaf),
            new HelloRequest(),
            ProtocolLimits.Default,
            TimeProvider.System,
            runContinuationsInline: true,
            CancellationToken.None);
        var front = new MemoryDuplex(MemoryDuplex.Inline);
        var router = new ScriptedHandler
        {
            Request = (in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
                _ = ForwardAsync(client, header, body.ToArray(), replies),
        };
        await using var server = new TestServer(front, router);
        var peer = new RawPeer(front.Client);
        await peer.WriteAsync(RawPeer.Hello);
        await peer.ReadReplyAsync();
        var before = toLeaf.Flushes;

        await peer.WriteAsync([.. Enumerable.Range(0, 16).Select(i => Request((uint)i))]);

        Assert.Equal(1, toLeaf.Flushes - before);
        for (var i = 0u; i < 16; i++) Assert.Equal(i, (await peer.ReadReplyAsync()).Header.RequestId);
    }

    [Fact]
    public async Task Nothing_of_a_connection_runs_on_the_context_of_the_application_that_opened_it()
    {
        var context = new RefusingContext();
        var duplex = new MemoryDuplex();
        var server = Serve(duplex.Server, new ScriptedHandler());
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        var running = server.RunAsync(CancellationToken.None);
        var opening = Connect.OpenAsync(duplex).AsTask();
        SynchronizationContext.SetSynchronizationContext(previous);

        await using var client = await opening;
        using (await client.SendAsync(Get, new byte[200_000], CancellationToken.None))
            await client.DisposeAsync();
        await running;

        Assert.Equal(0, context.Posts);
    }

    private static async Task ForwardAsync(ClientConnection leaf, RequestHeader header, byte[] body, IReplySink replies)
    {
        using var answer = await leaf.SendAsync(header, body, CancellationToken.None);
        replies.Reply(answer.Header with { RequestId = header.RequestId }, answer.Body.Span);
    }

    private static byte[] Request(uint id) => SampleFrames.Request(Get with { RequestId = id }, new byte[10]);

    private static ServerConnection Serve(IDuplexPipe pipe, IRequestHandler handler) =>
        new(pipe, handler, new TestServer.Welcome(), ProtocolLimits.Default, TimeProvider.System);

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class RefusingContext : SynchronizationContext
    {
        private int _posts;

        public int Posts => _posts;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posts);
            base.Post(d, state);
        }
    }

    private sealed class CountingWriter(PipeWriter inner) : PipeWriter
    {
        public int Flushes { get; private set; }

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Flushes++;
            return inner.FlushAsync(cancellationToken);
        }
    }
}
