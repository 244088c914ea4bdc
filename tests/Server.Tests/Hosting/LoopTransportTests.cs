using System.Buffers;
using System.Net;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Tests.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Hosting;

/// <summary>The hop from a session loop to leaves, over connections of the same loop.</summary>
public sealed class LoopTransportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Sixteen_requests_of_a_batch_are_one_write_of_sixteen_frames()
    {
        using var loops = SessionLoops.Start(1, SessionLoopKind.Portable, TimeProvider.System);
        var owner = new LeafLink(
            "127.0.0.1:1", loops.Next(), new HelloRequest(), ProtocolLimits.Default, TimeProvider.System,
            NullLogger.Instance);
        var context = new DetachedContext();
        var session = (LeafLinkSession)owner.Create(context);
        Assert.Equal(Opcode.Hello, Assert.Single(Frames(context.TakeOutput())).Opcode);
        session.Consume(HelloFrame());
        var pending = new ValueTask<Reply>[16];
        for (var i = 0; i < pending.Length; i++)
            Assert.True(owner.TrySend(new RequestHeader { Opcode = Opcode.Get }, "body"u8, out pending[i], default));
        // One wake, after which the loop sends all there is in one write.
        Assert.Equal(1, context.Wakes);
        session.OnWake();
        var frames = Frames(context.TakeOutput());
        Assert.Equal(16, frames.Length);
        var answers = new ArrayBufferWriter<byte>();
        foreach (var frame in frames) WriteReply(answers, Opcode.Get, frame.RequestId, "value"u8);
        Assert.Equal(answers.WrittenCount, session.Consume(answers.WrittenSpan));
        Assert.All(pending, answer => Assert.True(answer.IsCompletedSuccessfully));
    }

    [Fact]
    public void Requests_of_one_round_are_one_write_also_while_answers_are_out()
    {
        using var loops = SessionLoops.Start(1, SessionLoopKind.Portable, TimeProvider.System);
        var owner = new LeafLink(
            "127.0.0.1:1", loops.Next(), new HelloRequest(), ProtocolLimits.Default, TimeProvider.System,
            NullLogger.Instance);
        var context = new DetachedContext();
        var session = (LeafLinkSession)owner.Create(context);
        session.Consume(HelloFrame());
        Assert.True(owner.TrySend(new RequestHeader(), "first"u8, out _, default));
        session.OnWake();
        context.TakeOutput();
        for (var round = 2; round < 5; round++)
        {
            for (var i = 0; i < 10; i++) Assert.True(owner.TrySend(new RequestHeader(), "more"u8, out _, default));
            Assert.Equal(round, context.Wakes);
            session.OnWake();
            Assert.Equal(10, Frames(context.TakeOutput()).Length);
        }
    }

    [Theory]
    [MemberData(nameof(LoopUnderTest.Kinds), MemberType = typeof(LoopUnderTest))]
    public async Task A_loops_requests_go_over_its_own_links_and_a_leaf_that_comes_back_is_linked_again(string kind)
    {
        await using var leaf = await LeafService.OpenAsync(
            new LeafOptions { MemoryBytes = 16 << 20 }, 1, [0], TimeProvider.System, NullLoggerFactory.Instance,
            Cancel);
        using var leafLoops = SessionLoops.Start(1, Enum.Parse<SessionLoopKind>(kind), TimeProvider.System);
        var native = Listen(leaf, new IPEndPoint(IPAddress.Loopback, 0), leafLoops);
        var endPoint = native.EndPoint;
        var others = new CountingTransport();
        await using var transport = new LoopTransport(
            others, new HelloRequest(), ProtocolLimits.Default, TimeProvider.System, NullLoggerFactory.Instance);
        await using var router = new RequestRouter(
            new StaticTopology(TopologyOf(endPoint)), transport, new RouterOptions(), TimeProvider.System,
            NullLoggerFactory.Instance);
        Set(leaf, "/a", "one");
        using var loops = SessionLoops.Start(1, Enum.Parse<SessionLoopKind>(kind), TimeProvider.System);
        var options = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "get" };
        await using var listener = SessionListener.Bind(options, loops, TimeProvider.System, NullLogger.Instance);
        listener.Start(new GetFactory(new RouterExecutor(router, TimeProvider.System)));
        using var client = new LoopUnderTest.Client(listener.EndPoint);
        await AskUntilLinkedAsync(client, others);
        var before = others.Count;
        client.Send(string.Concat(Enumerable.Repeat("/a\n", 1_000)));
        Assert.Equal(string.Concat(Enumerable.Repeat("one\n", 1_000)), client.Receive(4_000));
        Assert.Equal(before, others.Count);
        await native.DisposeAsync();
        Assert.StartsWith("Unavail", client.Ask("/a", "Unavail"));
        client.Receive("able\n".Length);
        await using var again = Listen(leaf, endPoint, leafLoops);
        await AskUntilLinkedAsync(client, others);
        Assert.Equal("one\n", client.Ask("/a", "one\n"));
    }

    private static NativeListener Listen(LeafService leaf, IPEndPoint endPoint, SessionLoops loops)
    {
        var listener = NativeListener.Bind(
            new NativeListenerOptions(endPoint, 100, ProtocolLimits.Default), loops, TimeProvider.System,
            NullLogger.Instance);
        listener.Start(leaf, new TokenHelloPolicy(new HelloReply(), new SharedToken(""), () => 1));
        return listener;
    }

    // A request finds the link open or begins to open it, and goes another way meanwhile.
    private static async Task AskUntilLinkedAsync(LoopUnderTest.Client client, CountingTransport others)
    {
        using var patience = new CancellationTokenSource(LoopUnderTest.Patience);
        for (var count = -1; count != others.Count;)
        {
            count = others.Count;
            var answer = client.Ask("/a", "one\n");
            if (answer != "one\n") client.Receive("Unavailable\n".Length - answer.Length);
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static Topology TopologyOf(IPEndPoint endPoint) => new()
    {
        Epoch = 1,
        Leaves = [new LeafEndpoint("leaf", endPoint.ToString())],
        Shards = [new ShardAssignment(["leaf"])],
    };

    private static void Set(LeafService leaf, string path, string value)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Set, Path = Encoding.UTF8.GetBytes(path), Value = Encoding.UTF8.GetBytes(value),
        };
        Assert.True(leaf.TryExecute(command, 0, 0, 0, leaf.UtcNowMs, new ArrayBufferWriter<byte>(), out _));
    }

    private static RequestHeader[] Frames(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<RequestHeader>();
        while (bytes.Length > 0)
        {
            frames.Add(RequestHeader.Read(bytes));
            bytes = bytes[(RequestHeader.Size + frames[^1].BodyLength)..];
        }

        return [.. frames];
    }

    private static byte[] HelloFrame()
    {
        var body = new ArrayBufferWriter<byte>();
        HelloCodec.Write(body, new HelloReply { Version = ProtocolLimits.Version, Limits = ProtocolLimits.Default });
        var frame = new ArrayBufferWriter<byte>();
        WriteReply(frame, Opcode.Hello, 0, body.WrittenSpan);
        return frame.WrittenSpan.ToArray();
    }

    private static void WriteReply(ArrayBufferWriter<byte> output, Opcode opcode, uint id, ReadOnlySpan<byte> body)
    {
        var header = new ReplyHeader
        {
            Opcode = opcode,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = id,
            Flags = FrameFlags.Reply,
            BodyLength = body.Length,
        };
        header.WriteTo(output.GetSpan(RequestHeader.Size));
        output.Advance(RequestHeader.Size);
        output.Write(body);
    }

    /// <summary>The way that is not a link: nobody is there.</summary>
    private sealed class CountingTransport : ILeafTransport
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            Interlocked.Increment(ref _count);
            return new ValueTask<Reply>(Reply.Copy(new ReplyHeader { Status = StatusCode.Unavailable }, "no"u8));
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class GetFactory(RouterExecutor executor) : ISessionFactory
    {
        public ClientSession Create(SessionContext context) => new GetSession(context, executor);
    }

    /// <summary>Each line is a path, answered by its value or the name of an error, in order.</summary>
    private sealed class GetSession(SessionContext context, RouterExecutor executor) : ClientSession(context)
    {
        private readonly Queue<Task<Reply>> _pending = new();

        public override bool HasUnanswered => _pending.Count > 0;

        public override int Consume(ReadOnlySpan<byte> input)
        {
            var used = 0;
            executor.BeginBatch();
            for (int end; (end = input[used..].IndexOf((byte)'\n')) >= 0; used += end + 1) Get(input.Slice(used, end));
            executor.EndBatch();
            OnWake();
            return used;
        }

        public override void OnWake()
        {
            while (_pending.TryPeek(out var first) && first.IsCompleted)
            {
                using var reply = _pending.Dequeue().GetAwaiter().GetResult();
                if (reply.Status == StatusCode.Ok) Output.Write(reply.Body.Span[EntryBody.PrefixLength..]);
                else Output.Write(Encoding.ASCII.GetBytes(reply.Status.ToString()));
                Output.Write("\n"u8);
            }
        }

        public override void OnClosed()
        {
        }

        private void Get(ReadOnlySpan<byte> path)
        {
            var command = new CacheCommand { Opcode = Opcode.Get, Path = path };
            var body = new byte[command.Length];
            command.WriteTo(body);
            var answer = executor.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, body, default).AsTask();
            _pending.Enqueue(answer);
            answer.ContinueWith(_ => Wake(), TaskScheduler.Default);
        }
    }
}
