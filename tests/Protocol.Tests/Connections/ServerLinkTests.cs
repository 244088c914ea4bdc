using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol.Tests.Connections;

public sealed class ServerLinkTests : ILinkOwner, IRequestHandler, IHelloPolicy
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<(RequestHeader Header, byte[] Body)> _requests = [];
    private readonly List<uint> _cancelled = [];
    private readonly ServerLink _link;
    private int _wakes;
    private int _closings;
    private bool _isFull;

    public ServerLinkTests()
    {
        var limits = new ProtocolLimits { RequestsInFlightMax = 4, ChunkBytesMax = 256, MessageBytesMax = 4_096 };
        _link = new ServerLink(this, this, this, limits, TimeProvider.System);
        Answer = (header, body) =>
            _link.Reply(new ReplyHeader { Opcode = header.Opcode, RequestId = header.RequestId }, body);
    }

    IBufferWriter<byte> ILinkOwner.Output => _output;

    bool ILinkOwner.IsFull => _isFull;

    private Action<RequestHeader, byte[]> Answer { get; set; }

    void ILinkOwner.Wake() => Interlocked.Increment(ref _wakes);

    void IRequestHandler.OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        _requests.Add((header, body.ToArray()));
        Answer(header, body.ToArray());
    }

    void IRequestHandler.OnCancel(uint requestId, IReplySink replies) => _cancelled.Add(requestId);

    void IRequestHandler.OnClosed(IReplySink replies) => _closings++;

    StatusCode IHelloPolicy.Accept(HelloRequest request, out HelloReply reply, out string? error)
    {
        reply = new HelloReply { Name = "link" };
        error = request.Token == "wrong" ? "No." : null;
        return error is null ? StatusCode.Ok : StatusCode.Unauthorized;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(100_000)]
    public void Requests_are_answered_however_the_stream_is_cut(int pieceBytes)
    {
        var stream = new List<byte>(Hello());
        for (uint id = 0; id < 50; id++) stream.AddRange(Frame(Opcode.Get, id, FrameFlags.None, [1, (byte)id]));
        stream.AddRange(Frame(Opcode.Ping, 77, FrameFlags.None, []));
        var held = new List<byte>();
        foreach (var piece in stream.Chunk(pieceBytes))
        {
            held.AddRange(piece);
            if (held.Count >= _link.BytesWanted) held.RemoveRange(0, _link.Consume(held.ToArray()));
        }

        var replies = TakeFrames();
        Opcode[] expected = [Opcode.Hello, .. Enumerable.Repeat(Opcode.Get, 50), Opcode.Ping];
        Assert.Equal(expected, replies.Select(r => r.Header.Opcode));
        Assert.Equal(50, _requests.Count);
        Assert.Equal(new byte[] { 1, 49 }, replies[50].Body);
        Assert.Equal(0, _link.InFlight);
        Assert.Equal(0, _wakes);
        Assert.Equal("link-test", _link.Peer!.Name);
    }

    [Fact]
    public void An_answer_that_was_kept_tells_its_age()
    {
        Answer = (header, body) => _link.Reply(
            new ReplyHeader { RequestId = header.RequestId, Flags = FrameFlags.Aged, QueueMicros = 7 }, body);
        Consume(Hello());
        Consume(Frame(Opcode.Get, 1, FrameFlags.None, [1]));
        Assert.Equal(TimeSpan.FromMicroseconds(7), TakeFrames()[^1].Header.Age);
    }

    [Fact]
    public void Past_the_requests_in_flight_a_new_one_stays_unread_until_another_is_answered()
    {
        Answer = (_, _) => { };
        Consume(Hello());
        var five = Enumerable.Range(0, 5).SelectMany(i => Frame(Opcode.Get, (uint)i, FrameFlags.None, [0])).ToArray();
        var used = _link.Consume(five);
        Assert.Equal(five.Length / 5 * 4, used);
        Assert.True(_link.IsBlocked);
        Assert.Equal(4, _link.InFlight);
        // A cancel has no request before it that waits, so it is read at the limit.
        Consume(Frame(Opcode.Cancel, 2, FrameFlags.None, []));
        Assert.Equal([2u], _cancelled);
        Reply(2, []);
        Assert.Equal(1, _wakes);
        Assert.Equal(five.Length - used, _link.Consume(five.AsSpan(used)));
        Assert.False(_link.IsBlocked);
    }

    [Fact]
    public void News_of_a_tie_leaves_its_request_in_flight()
    {
        Answer = (_, _) => { };
        Consume(Hello());
        Consume(Frame(Opcode.Search, 3, FrameFlags.Tied, [0]));
        TakeFrames();
        _link.Reply(
            new ReplyHeader { Opcode = Opcode.Search, RequestId = 3, Flags = FrameFlags.Tied, Version = 9 }, []);
        var news = Assert.Single(TakeFrames()).Header;
        Assert.Equal((FrameFlags.Reply | FrameFlags.Tied, 9ul), (news.Flags, news.Version));
        Assert.Equal(1, _link.InFlight);
        Reply(3, []);
        Assert.Equal(FrameFlags.Reply, Assert.Single(TakeFrames()).Header.Flags);
        Assert.Equal(0, _link.InFlight);
    }

    [Fact]
    public void While_the_output_is_full_nothing_is_taken_up()
    {
        Consume(Hello());
        _isFull = true;
        Assert.Equal(0, _link.Consume(Frame(Opcode.Get, 1, FrameFlags.None, [0])));
        Assert.True(_link.IsBlocked);
        _isFull = false;
        Consume(Frame(Opcode.Get, 1, FrameFlags.None, [0]));
        Assert.Single(_requests);
    }

    [Fact]
    public async Task Answers_from_other_threads_wake_the_owner_once_and_wait_for_it()
    {
        Answer = (_, _) => { };
        Consume(Hello());
        for (uint id = 0; id < 4; id++) Consume(Frame(Opcode.Get, id, FrameFlags.None, [0]));
        TakeFrames();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(id => Task.Factory.StartNew(
            () => Reply((uint)id, new byte[id == 3 ? 600 : 5]), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(1, _wakes);
        Assert.Equal(0, _output.WrittenCount);
        Assert.Equal(0, _link.InFlight);
    }

    [Fact]
    public void Large_answers_leave_part_by_part_in_turns_and_small_ones_pass_them()
    {
        Answer = (_, _) => { };
        Consume(Hello());
        for (uint id = 1; id <= 3; id++) Consume(Frame(Opcode.Get, id, FrameFlags.None, [0]));
        TakeFrames();
        byte[] first = [.. Enumerable.Range(0, 700).Select(i => (byte)i)];
        byte[] second = [.. Enumerable.Range(0, 500).Select(i => (byte)(i * 3))];
        Reply(1, first);
        Reply(2, second);
        Assert.True(_link.HasChunks);
        _link.WriteChunk();
        Reply(3, [9]);
        while (_link.HasChunks) _link.WriteChunk();
        var frames = TakeFrames();
        Assert.Equal([1u, 3u, 2u, 1u, 2u, 1u], frames.Select(f => f.Header.RequestId));
        Assert.Equal(first, Whole(frames, 1));
        Assert.Equal(second, Whole(frames, 2));
    }

    [Fact]
    public void A_request_in_chunks_is_put_together()
    {
        Consume(Hello());
        byte[] body = [.. Enumerable.Range(0, 600).Select(i => (byte)i)];
        Consume(Frame(Opcode.Set, 5, FrameFlags.More, [.. BitConverter.GetBytes(body.Length), .. body[..250]]));
        Consume(Frame(Opcode.Get, 6, FrameFlags.None, [1]));
        Consume(Frame(Opcode.Set, 5, FrameFlags.More | FrameFlags.Continuation, body.AsSpan(250..500)));
        Consume(Frame(Opcode.Set, 5, FrameFlags.Continuation, body.AsSpan(500..)));
        Assert.Equal([6u, 5u], _requests.Select(r => r.Header.RequestId));
        Assert.Equal(body, _requests[1].Body);
    }

    [Theory]
    [InlineData("", ConnectionEndReason.ProtocolError)]
    [InlineData("wrong", ConnectionEndReason.HelloRefused)]
    public void What_breaks_the_protocol_is_told_and_ends_the_connection(string token, ConnectionEndReason reason)
    {
        Consume(Hello(token));
        if (token.Length == 0) Consume(Frame(Opcode.None, 1, FrameFlags.None, []));
        Assert.Equal(reason, _link.Ended!.Reason);
        Assert.NotEqual(StatusCode.Ok, TakeFrames()[^1].Header.Status);
        Consume([1, 2, 3]);
        _link.Close();
        _link.Close();
        Assert.Equal(token.Length == 0 ? 1 : 0, _closings);
    }

    [Fact]
    public void A_handler_that_throws_ends_its_connection_with_an_answer()
    {
        Answer = (_, _) => throw new InvalidOperationException("defect");
        Consume(Hello());
        Consume(Frame(Opcode.Get, 1, FrameFlags.None, [0]));
        Assert.Equal(ConnectionEndReason.HandlerFailed, _link.Ended!.Reason);
        Assert.Equal(StatusCode.Internal, TakeFrames()[^1].Header.Status);
    }

    [Fact]
    public void Any_bytes_end_in_a_refusal_and_never_in_an_exception()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var limits = new ProtocolLimits { ChunkBytesMax = 256, MessageBytesMax = 4_096 };
            var link = new ServerLink(this, this, this, limits, TimeProvider.System);
            Answer = (header, _) => link.Reply(new ReplyHeader { RequestId = header.RequestId }, []);
            link.Consume(Hello());
            var bytes = Frame((Opcode)random.Next(1, 0x30), 1, FrameFlags.None, new byte[random.Next(100)]);
            for (var i = random.Next(4); i >= 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Assert.InRange(link.Consume(bytes), 0, bytes.Length);
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }

            link.Close();
        }
    }

    private static byte[] Hello(string token = "")
    {
        var body = new ArrayBufferWriter<byte>();
        HelloCodec.Write(body, new HelloRequest { Name = "link-test", Token = token });
        return Frame(Opcode.Hello, 0, FrameFlags.None, body.WrittenSpan);
    }

    private static byte[] Frame(Opcode opcode, uint id, FrameFlags flags, ReadOnlySpan<byte> body)
    {
        var frame = new byte[RequestHeader.Size + body.Length];
        var header = new RequestHeader
        {
            Opcode = opcode, RequestId = id, Flags = flags, ProtocolVersion = ProtocolLimits.Version,
            BodyLength = body.Length,
        };
        header.WriteTo(frame);
        body.CopyTo(frame.AsSpan(RequestHeader.Size));
        return frame;
    }

    private static byte[] Whole(IEnumerable<(ReplyHeader Header, byte[] Body)> frames, uint id)
    {
        byte[] whole = [.. frames.Where(f => f.Header.RequestId == id).SelectMany(f => f.Body)];
        Assert.Equal(whole.Length - sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(whole));
        return whole[sizeof(int)..];
    }

    private void Consume(ReadOnlySpan<byte> bytes) => Assert.Equal(bytes.Length, _link.Consume(bytes));

    private void Reply(uint id, byte[] body) =>
        _link.Reply(new ReplyHeader { Opcode = Opcode.Get, RequestId = id }, body);

    private List<(ReplyHeader Header, byte[] Body)> TakeFrames()
    {
        _link.TakeReplies();
        var frames = new List<(ReplyHeader, byte[])>();
        for (var rest = _output.WrittenSpan; rest.Length > 0;)
        {
            var header = ReplyHeader.Read(rest);
            frames.Add((header, rest.Slice(RequestHeader.Size, header.BodyLength).ToArray()));
            rest = rest[(RequestHeader.Size + header.BodyLength)..];
        }

        _output.ResetWrittenCount();
        return frames;
    }
}
