using System.Buffers.Binary;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Hosting;

public sealed class InProcessTransportTests
{
    private static readonly LeafEndpoint Leaf = new("leaf-1", "in-process:1");

    [Fact]
    public async Task A_leaf_that_is_not_there_is_unavailable()
    {
        await using var transport = new InProcessTransport();
        using var reply = await transport.SendAsync(Leaf, new RequestHeader { Opcode = Opcode.Get }, default, default);
        Assert.Equal(StatusCode.Unavailable, reply.Status);
    }

    [Fact]
    public async Task A_late_reply_never_reaches_another_request()
    {
        // Calls are objects used again, and three may end one: every answer must be that of its own request.
        await using var transport = new InProcessTransport();
        var leaf = new EchoLeaf();
        transport.Attach("leaf-1", leaf);
        var random = new Random(17);
        for (var round = 0; round < 200; round++)
        {
            var first = round * 16;
            var calls = Enumerable.Range(first, 16).Select(id => CallAsync(transport, id, random.Next(4)));
            await Task.WhenAll(calls.ToArray());
            leaf.ReplyLate();
        }
    }

    [Fact]
    public async Task Detaching_ends_what_is_pending_and_what_comes_after()
    {
        await using var transport = new InProcessTransport();
        transport.Attach("leaf-1", new EchoLeaf());
        var pending = SendAsync(transport, 1, EchoLeaf.Hold, default).AsTask();
        Assert.False(pending.IsCompleted);
        transport.Detach("leaf-1");
        Assert.Equal(StatusCode.Unavailable, (await pending).Status);
        Assert.Equal(StatusCode.Unavailable, (await SendAsync(transport, 2, EchoLeaf.AtOnce, default)).Status);
    }

    [Fact]
    public async Task Cancelling_tells_the_leaf_and_throws()
    {
        await using var transport = new InProcessTransport();
        var leaf = new EchoLeaf();
        transport.Attach("leaf-1", leaf);
        using var stop = new CancellationTokenSource();
        var pending = SendAsync(transport, 1, EchoLeaf.Hold, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.Equal(1, leaf.Cancels);
    }

    [Fact]
    public async Task An_answer_given_at_once_allocates_nothing()
    {
        await using var transport = new InProcessTransport();
        transport.Attach("leaf-1", new EchoLeaf());
        var body = new byte[] { EchoLeaf.AtOnce, 0, 0, 0, 0 };
        Assert.Equal(0, AllocatedBytes.Least(rounds: 20, round: () =>
        {
            for (var i = 0; i < 1_000; i++) CallAtOnce(transport, body);
        }));
    }

    private static void CallAtOnce(InProcessTransport transport, byte[] body)
    {
        var call = transport.SendAsync(Leaf, new RequestHeader { Opcode = Opcode.Get }, body, default);
        using var reply = call.IsCompletedSuccessfully
            ? call.Result
            : throw new InvalidOperationException("The answer was not there at once.");
    }

    private static async Task CallAsync(InProcessTransport transport, int id, int way)
    {
        using var stop = new CancellationTokenSource();
        var pending = SendAsync(transport, id, (byte)way, stop.Token).AsTask();
        if (way == EchoLeaf.Hold) await stop.CancelAsync();
        try
        {
            using var reply = await pending;
            Assert.Equal(id, BinaryPrimitives.ReadInt32LittleEndian(reply.Body.Span[1..]));
        }
        catch (OperationCanceledException) when (way == EchoLeaf.Hold)
        {
            // What was asked for.
        }
    }

    private static ValueTask<Reply> SendAsync(
        InProcessTransport transport, int id, byte way, CancellationToken cancel)
    {
        var body = new byte[5];
        body[0] = way;
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(1), id);
        return transport.SendAsync(Leaf, new RequestHeader { Opcode = Opcode.Get }, body, cancel);
    }

    /// <summary>Answers with the body: at once, from another thread, or long after it was cancelled.</summary>
    private sealed class EchoLeaf : IRequestHandler
    {
        public const byte AtOnce = 0;
        public const byte Hold = 3;

        private readonly List<Action> _late = [];

        public int Cancels { get; private set; }

        public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
        {
            var answer = new ReplyHeader { Opcode = header.Opcode, RequestId = header.RequestId };
            if (body[0] == AtOnce) replies.Reply(answer, body);
            else if (body[0] == Hold) HoldBack(answer, body.ToArray(), replies);
            else ReplyElsewhere(answer, body.ToArray(), replies);
        }

        public void ReplyLate()
        {
            lock (_late)
            {
                foreach (var reply in _late) reply();
                _late.Clear();
            }
        }

        private static void ReplyElsewhere(ReplyHeader answer, byte[] body, IReplySink replies) =>
            ThreadPool.UnsafeQueueUserWorkItem(_ => replies.Reply(answer, body), null);

        private void HoldBack(ReplyHeader answer, byte[] body, IReplySink replies)
        {
            lock (_late) _late.Add(() => replies.Reply(answer, body));
        }

        public void OnCancel(uint requestId, IReplySink replies) => Cancels++;

        public void OnClosed(IReplySink replies)
        {
        }
    }
}
