namespace Hedgerow.Protocol.Tests;

/// <summary>
/// Large messages travel in chunks that take turns, and never hold a small one up for longer than one.
/// </summary>
public class ChunkTests
{
    private const int Large = 1_000_000;

    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1 };

    [Fact]
    public async Task A_small_answer_overtakes_a_large_one_that_was_ready_before_it()
    {
        var frames = await RepliesAsync([Large, 20]);

        Assert.Equal(1u, frames[0].RequestId);
        Assert.Equal(20, frames[0].BodyLength);
        Assert.All(frames[1..], frame => Assert.Equal(0u, frame.RequestId));
        Assert.All(frames[1..], frame => Assert.InRange(frame.BodyLength, 1, 65_536));
    }

    [Fact]
    public async Task Large_answers_take_turns_chunk_by_chunk()
    {
        var frames = await RepliesAsync([Large, Large, Large]);

        var chunksEach = frames.Count / 3;
        Assert.Equal(
            Enumerable.Range(0, chunksEach).SelectMany(_ => new[] { 0u, 1u, 2u }),
            frames.Select(frame => frame.RequestId));
    }

    [Fact]
    public async Task Open_messages_stay_within_what_the_peer_takes_for_them()
    {
        var limits = new ProtocolLimits { BytesInFlightMax = Large };
        var frames = await RepliesAsync([Large - 1, Large - 2, Large - 3], limits);

        var order = frames.Select(frame => frame.RequestId).ToArray();
        Assert.Equal(order.Order(), order);
    }

    [Fact]
    public async Task Chunked_requests_of_many_callers_arrive_whole()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        await using var client = await Connect.OpenAsync(duplex);
        var bodies = Enumerable.Range(1, 12).Select(i => Body(i * 70_000, i)).ToArray();

        var answers = await Task.WhenAll(
            bodies.Select(body => client.SendAsync(Get, body, CancellationToken.None).AsTask()));

        for (var i = 0; i < bodies.Length; i++)
        {
            Assert.True(answers[i].Body.Span.SequenceEqual(bodies[i]));
            answers[i].Dispose();
        }
    }

    [Fact]
    public void A_first_chunk_that_claims_much_takes_memory_for_what_it_brings_only()
    {
        var messages = new InboundMessages(ProtocolLimits.Default);
        byte[] chunk = [0, 0, 0, 1, 42];

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var id = 0u; id < 4; id++) Assert.Null(messages.Add(id, FrameFlags.More, chunk, 0, out _));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 256 * 1024);
        messages.Clear();
    }

    [Fact]
    public void Claims_together_stay_within_the_bytes_in_flight()
    {
        var messages = new InboundMessages(new ProtocolLimits { BytesInFlightMax = 40 * 1024 * 1024 });
        byte[] sixteenMiB = [0, 0, 0, 1, 42];

        messages.Add(1, FrameFlags.More, sixteenMiB, 0, out var first);
        messages.Add(2, FrameFlags.More, sixteenMiB, 0, out var second);
        messages.Add(3, FrameFlags.More, sixteenMiB, 0, out var third);

        Assert.Null(first);
        Assert.Null(second);
        Assert.Equal("Open messages of 50331648 bytes; at most 41943040 are allowed.", third);
        messages.Clear();
    }

    [Fact]
    public async Task An_answer_over_the_limit_becomes_an_error_that_says_so()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler
        {
            Request = (in RequestHeader header, ReadOnlySpan<byte> _, IReplySink replies) =>
                replies.Reply(ScriptedHandler.ReplyTo(header), new byte[5_000]),
        });
        await using var client = await Connect.OpenAsync(duplex, new ProtocolLimits { MessageBytesMax = 4_096 });

        using var answer = await client.SendAsync(Get, default, CancellationToken.None);

        Assert.Equal(StatusCode.TooLarge, answer.Status);
        Assert.Equal("The answer has 5000 bytes; at most 4096 are allowed.", Connect.Text(answer));
    }

    [Fact]
    public async Task A_request_over_the_servers_limit_is_refused_before_it_is_sent()
    {
        var duplex = new MemoryDuplex();
        var limits = new ProtocolLimits { MessageBytesMax = 4_096 };
        await using var server = new TestServer(duplex, new ScriptedHandler(), limits);
        await using var client = await Connect.OpenAsync(duplex);

        using var answer = await client.SendAsync(Get, new byte[4_097], CancellationToken.None);

        Assert.Equal(StatusCode.TooLarge, answer.Status);
        Assert.Equal("The request has 4097 bytes; at most 4096 are allowed.", Connect.Text(answer));
    }

    /// <summary>
    /// The reply frames, in their order, to requests 0, 1, … for answers of these sizes, sent in one batch.
    /// </summary>
    private static async Task<List<ReplyHeader>> RepliesAsync(int[] sizes, ProtocolLimits? limits = null)
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(
            duplex,
            new ScriptedHandler
            {
                Request = (in RequestHeader header, ReadOnlySpan<byte> _, IReplySink replies) =>
                    replies.Reply(ScriptedHandler.ReplyTo(header), new byte[sizes[header.RequestId]]),
            },
            limits);
        var peer = new RawPeer(duplex.Client);
        var requests = sizes.Select((_, id) => SampleFrames.Request(Get with { RequestId = (uint)id }, []));
        await peer.WriteAsync([RawPeer.Hello, .. requests]);
        Assert.Equal(Opcode.Hello, (await peer.ReadReplyAsync()).Header.Opcode);
        var frames = new List<ReplyHeader>();
        for (var received = 0; received < sizes.Sum();)
        {
            var (header, body) = await peer.ReadReplyAsync();
            frames.Add(header);
            var isFirstChunk = (header.Flags & (FrameFlags.More | FrameFlags.Continuation)) == FrameFlags.More;
            received += body.Length - (isFirstChunk ? sizeof(uint) : 0);
        }

        return frames;
    }

    private static byte[] Body(int bytes, int seed)
    {
        var body = new byte[bytes];
        new Random(seed).NextBytes(body);
        return body;
    }
}
