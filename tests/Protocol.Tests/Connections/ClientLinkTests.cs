using System.Buffers;
using Hedgerow.Tests;

namespace Hedgerow.Protocol.Tests.Connections;

public sealed class ClientLinkTests
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _cancelCalls;

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(10_000)]
    public async Task Answers_find_their_requests_however_the_stream_is_cut(int pieceBytes)
    {
        var link = Open();
        var pending = Enumerable.Range(0, 20).Select(i => Send(link, $"/{i}")).ToArray();
        var ids = SentIds();
        Assert.Equal(20, ids.Distinct().Count());
        var stream = new ArrayBufferWriter<byte>();
        foreach (var id in ids.Reverse()) WriteReply(stream, id, FrameFlags.None, BitConverter.GetBytes(id));
        Feed(link, stream.WrittenSpan, pieceBytes);
        Assert.Equal(0, link.InFlight);
        for (var i = 0; i < 20; i++)
        {
            using var reply = await pending[i];
            Assert.Equal(ids[i], BitConverter.ToUInt32(reply.Body.Span));
        }
    }

    [Fact]
    public async Task Chunks_are_put_together_and_small_answers_pass_between_them()
    {
        var link = Open();
        var large = Send(link, "/large");
        var small = Send(link, "/small");
        var ids = SentIds();
        var value = new byte[1_000];
        new Random(1).NextBytes(value);
        var stream = new ArrayBufferWriter<byte>();
        WriteReply(stream, ids[0], FrameFlags.More, [.. BitConverter.GetBytes(value.Length), .. value.AsSpan(0, 400)]);
        WriteReply(stream, ids[1], FrameFlags.None, "s"u8);
        WriteReply(stream, ids[0], FrameFlags.Continuation, value.AsSpan(400));
        Feed(link, stream.WrittenSpan, 50);
        Assert.True(small.IsCompletedSuccessfully);
        using var reply = await large;
        Assert.Equal(value, reply.Body.ToArray());
        (await small).Dispose();
    }

    [Theory]
    [InlineData(ProtocolFeatures.Ties)]
    [InlineData(ProtocolFeatures.None)]
    public async Task News_of_a_tie_is_asked_for_where_it_is_known_and_is_no_answer(ProtocolFeatures features)
    {
        var link = Open(features: features);
        var told = new List<ulong>();
        link.Begun = told.Add;
        var header = new RequestHeader { Opcode = Opcode.Search, Flags = FrameFlags.Tied, PathHash = 77 };
        Assert.True(link.TrySend(header, "q"u8, _output, out var pending, CancellationToken.None));
        var sent = RequestHeader.Read(_output.WrittenSpan);
        Assert.Equal(features == ProtocolFeatures.Ties ? FrameFlags.Tied : FrameFlags.None, sent.Flags);
        if (features == ProtocolFeatures.None) return;

        var stream = new ArrayBufferWriter<byte>();
        WriteReply(stream, sent.RequestId, FrameFlags.Tied, []);
        Feed(link, stream.WrittenSpan, 100);
        Assert.Single(told);
        Assert.Equal(1, link.InFlight);
        stream.ResetWrittenCount();
        WriteReply(stream, sent.RequestId, FrameFlags.None, "done"u8);
        Feed(link, stream.WrittenSpan, 100);
        using var reply = await pending;
        Assert.Equal("done"u8.ToArray(), reply.Body.ToArray());
    }

    [Fact]
    public async Task A_cancelled_request_tells_the_server_and_drops_its_answer()
    {
        var link = Open();
        using var stop = new CancellationTokenSource();
        var pending = Send(link, "/a", stop.Token).AsTask();
        var id = Assert.Single(SentIds());
        await stop.CancelAsync();
        Assert.Equal(1, _cancelCalls);
        Assert.False(pending.IsCompleted);
        _output.ResetWrittenCount();
        link.TakeCancelled(_output);
        Assert.Equal(Opcode.Cancel, RequestHeader.Read(_output.WrittenSpan).Opcode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.Equal(1, link.InFlight);
        var stream = new ArrayBufferWriter<byte>();
        WriteReply(stream, id, FrameFlags.None, "late"u8);
        Feed(link, stream.WrittenSpan, 100);
        Assert.Equal(0, link.InFlight);
    }

    [Fact]
    public async Task Closing_answers_everybody_unavailable_and_takes_no_more()
    {
        var link = Open();
        var pending = Send(link, "/a");
        link.Close("gone");
        using var reply = await pending;
        Assert.Equal(StatusCode.Unavailable, reply.Status);
        Assert.False(link.TrySend(new RequestHeader(), default, _output, out _, default));
    }

    [Fact]
    public async Task A_taker_gets_its_answer_where_it_is_read_and_whole()
    {
        var link = Open();
        var (small, large, dropped, awaited) = (new Taker(), new Taker(), new Taker(), new Taker());
        foreach (var taker in new[] { small, large, dropped, awaited })
            Assert.True(link.TrySend(new RequestHeader(), "/a"u8, _output, taker, out _));
        var ids = SentIds();
        link.Drop(ids[2]);
        var pending = link.Await(ids[3], default);
        Assert.Throws<InvalidOperationException>(() => link.Drop(ids[3]));
        var stream = new ArrayBufferWriter<byte>();
        WriteReply(stream, ids[1], FrameFlags.More, [.. BitConverter.GetBytes(6), .. "one"u8]);
        foreach (var id in new[] { ids[0], ids[2], ids[3] }) WriteReply(stream, id, FrameFlags.None, "small"u8);
        WriteReply(stream, ids[1], FrameFlags.Continuation, "two"u8);
        Feed(link, stream.WrittenSpan, 7);
        Assert.Equal(["small"], small.Answers);
        Assert.Equal(["onetwo"], large.Answers);
        Assert.Empty(dropped.Answers);
        Assert.Empty(awaited.Answers);
        using var reply = await pending;
        Assert.Equal("small"u8, reply.Body.Span);
        Assert.Equal(0, link.InFlight);
    }

    [Fact]
    public void Takers_are_told_of_a_close()
    {
        var link = Open();
        var taker = new Taker();
        Assert.True(link.TrySend(new RequestHeader(), "/a"u8, _output, taker, out var id));
        link.Close("gone");
        Assert.Equal((StatusCode.Unavailable, "gone"), (taker.Status, Assert.Single(taker.Answers)));
        Assert.False(link.TrySend(new RequestHeader(), "/a"u8, _output, taker, out _));
        Assert.Throws<InvalidOperationException>(() => link.Drop(id));
    }

    [Fact]
    public void What_does_not_fit_is_not_taken()
    {
        var link = Open(new ProtocolLimits { RequestsInFlightMax = 2, ChunkBytesMax = 256 });
        Assert.False(link.TrySend(new RequestHeader(), new byte[257], _output, out _, default));
        Assert.True(link.TrySend(new RequestHeader(), new byte[256], _output, out _, default));
        Assert.True(link.TrySend(new RequestHeader(), default, _output, out _, default));
        Assert.False(link.TrySend(new RequestHeader(), default, _output, out _, default));
    }

    [Fact]
    public void A_stream_that_breaks_the_protocol_is_not_trusted()
    {
        var unasked = new ArrayBufferWriter<byte>();
        WriteReply(unasked, 77, FrameFlags.None, []);
        Open().Consume(unasked.WrittenSpan, out var error);
        Assert.Contains("77", error);
        var oversized = new byte[ReplyBytes];
        new ReplyHeader { ProtocolVersion = ProtocolLimits.Version, BodyLength = 1 << 30 }.WriteTo(oversized);
        Open().Consume(oversized, out error);
        Assert.Contains("allowed", error);
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            Assert.InRange(Open().Consume(noise, out _), 0, noise.Length);
        }
    }

    [Fact]
    public void A_request_and_its_answer_allocate_nothing()
    {
        var link = Open();
        var reply = new ArrayBufferWriter<byte>();
        using var stop = new CancellationTokenSource();
        var body = new byte[20];
        Run(1_000);
        var before = AllocatedBytes.Start();
        Run(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _output.ResetWrittenCount();
                reply.ResetWrittenCount();
                Assert.True(link.TrySend(new RequestHeader(), body, _output, out var pending, stop.Token));
                WriteReply(reply, RequestHeader.Read(_output.WrittenSpan).RequestId, FrameFlags.None, body);
                link.Consume(reply.WrittenSpan, out _);
                pending.GetAwaiter().GetResult().Dispose();
            }
        }
    }

    private const int ReplyBytes = RequestHeader.Size;

    private sealed class Taker : ILinkTaker
    {
        public List<string> Answers { get; } = [];

        public StatusCode Status { get; private set; }

        public void Take(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
            Status = header.Status;
            Answers.Add(System.Text.Encoding.UTF8.GetString(body));
        }
    }

    private ClientLink Open(
        ProtocolLimits? limits = null, ProtocolFeatures features = ProtocolFeatures.None)
    {
        limits ??= ProtocolLimits.Default;
        var link = new ClientLink(new HelloRequest(), limits, TimeProvider.System, () => _cancelCalls++);
        link.WriteHello(_output);
        Assert.Equal(Opcode.Hello, RequestHeader.Read(_output.WrittenSpan).Opcode);
        Assert.False(link.IsOpen);
        var body = new ArrayBufferWriter<byte>();
        HelloCodec.Write(body, new HelloReply
        {
            Version = ProtocolLimits.Version, Limits = limits, Features = features,
        });
        var stream = new ArrayBufferWriter<byte>();
        WriteReply(stream, 0, FrameFlags.None, body.WrittenSpan, Opcode.Hello);
        Assert.Equal(stream.WrittenCount, link.Consume(stream.WrittenSpan, out var error));
        Assert.Null(error);
        Assert.True(link.IsOpen);
        _output.ResetWrittenCount();
        return link;
    }

    private ValueTask<Reply> Send(ClientLink link, string path, CancellationToken cancel = default)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(path);
        Assert.True(link.TrySend(new RequestHeader { Opcode = Opcode.Get }, body, _output, out var reply, cancel));
        return reply;
    }

    private uint[] SentIds()
    {
        var ids = new List<uint>();
        for (var rest = _output.WrittenSpan; rest.Length > 0;)
        {
            var header = RequestHeader.Read(rest);
            ids.Add(header.RequestId);
            rest = rest[(RequestHeader.Size + header.BodyLength)..];
        }

        return [.. ids];
    }

    private static void Feed(ClientLink link, ReadOnlySpan<byte> stream, int pieceBytes)
    {
        var consumed = 0;
        for (var end = 0; end < stream.Length;)
        {
            end = Math.Min(stream.Length, end + pieceBytes);
            consumed += link.Consume(stream[consumed..end], out var error);
            Assert.Null(error);
        }

        Assert.Equal(stream.Length, consumed);
    }

    private static void WriteReply(
        ArrayBufferWriter<byte> output, uint id, FrameFlags flags, ReadOnlySpan<byte> body,
        Opcode opcode = Opcode.Get)
    {
        var header = new ReplyHeader
        {
            Opcode = opcode,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = id,
            Flags = flags | FrameFlags.Reply,
            BodyLength = body.Length,
        };
        header.WriteTo(output.GetSpan(ReplyBytes));
        output.Advance(ReplyBytes);
        output.Write(body);
    }
}
