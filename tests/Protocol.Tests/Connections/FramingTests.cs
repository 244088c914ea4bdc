namespace Hedgerow.Protocol.Tests;

/// <summary>A stream is the same however it is cut into reads, and one that is cut off is known for it.</summary>
public class FramingTests
{
    private const int ChunkBytes = 256;

    private static readonly ProtocolLimits Limits = new() { ChunkBytesMax = ChunkBytes };

    private static readonly byte[] LargeBody = [.. Enumerable.Range(0, 600).Select(i => (byte)i)];

    /// <summary>Hello, a ping, a set, and a message in three chunks.</summary>
    private static readonly byte[][] Conversation =
    [
        RawPeer.Hello,
        SampleFrames.All["ping-request"],
        SampleFrames.All["set-request"],
        .. SampleFrames.Chunks(SampleFrames.SetHeader with { RequestId = 3 }, LargeBody, ChunkBytes),
    ];

    [Fact]
    public async Task A_stream_cut_off_in_the_middle_of_a_frame_is_not_a_clean_close()
    {
        byte[] stream = [.. Conversation.SelectMany(frame => frame)];
        var frameEnds = new HashSet<int> { 0 };
        foreach (var frame in Conversation[..3]) frameEnds.Add(frameEnds.Max() + frame.Length);
        frameEnds.Add(stream.Length);
        for (var length = 0; length <= stream.Length; length++)
        {
            var end = await ServeAsync(peer => peer.WriteAsync(stream[..length]));

            var expected = frameEnds.Contains(length) ? ConnectionEndReason.Closed : ConnectionEndReason.Truncated;
            Assert.True(expected == end.Reason, $"cut off at {length}: {end}");
        }
    }

    [Fact]
    public async Task A_stream_that_comes_byte_by_byte_is_answered_as_one_that_comes_at_once()
    {
        byte[] stream = [.. Conversation.SelectMany(frame => frame)];
        var atOnce = new List<byte[]>();
        var byteByByte = new List<byte[]>();

        await ServeAsync(peer => peer.WriteAsync(stream), atOnce);
        await ServeAsync(peer => peer.WriteByteByByteAsync(stream), byteByByte);

        Assert.Equal(3 + 3, atOnce.Count);
        Assert.Equal(
            atOnce.SelectMany(frame => frame).Order(), byteByByte.SelectMany(frame => frame).Order());
        Assert.Equal(Order(atOnce), Order(byteByByte));
    }

    [Fact]
    public async Task Answers_cut_off_at_any_position_fail_the_request_and_name_the_end()
    {
        byte[] reply = SampleFrames.Reply(new() { Opcode = Opcode.Get, ProtocolVersion = 1 }, "value"u8);
        for (var length = 0; length <= reply.Length; length++)
        {
            var duplex = new MemoryDuplex();
            var peer = new RawPeer(duplex.Server);
            await using var client = await OpenAsync(duplex, peer);
            var request = client.SendAsync(new() { Opcode = Opcode.Get }, default, CancellationToken.None).AsTask();
            var frame = (await peer.ReadFrameAsync())!;
            frame.AsSpan(8, 4).CopyTo(reply.AsSpan(8));

            await peer.WriteAsync(reply[..length]);
            await peer.CloseAsync();

            using var answer = await request;
            var isWhole = length == reply.Length;
            var isClean = isWhole || length == 0;
            Assert.Equal(isWhole ? StatusCode.Ok : StatusCode.Unavailable, answer.Status);
            var end = await client.Closed;
            Assert.Equal(isClean ? ConnectionEndReason.Closed : ConnectionEndReason.Truncated, end.Reason);
        }
    }

    [Fact]
    public async Task Answers_that_come_byte_by_byte_are_put_together()
    {
        var duplex = new MemoryDuplex();
        var peer = new RawPeer(duplex.Server);
        await using var client = await OpenAsync(duplex, peer);
        var request = client.SendAsync(new() { Opcode = Opcode.Get }, default, CancellationToken.None).AsTask();
        var id = RequestHeader.Read(await peer.ReadFrameAsync()).RequestId;
        var header = new RequestHeader
        {
            Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = id, Flags = FrameFlags.Reply,
        };
        var chunks = SampleFrames.Chunks(header, LargeBody, ChunkBytes);

        foreach (var chunk in chunks)
        {
            chunk[12] = 0;
            await peer.WriteByteByByteAsync(chunk);
        }

        using var answer = await request;
        Assert.Equal(LargeBody, answer.Body.ToArray());
    }

    private static IEnumerable<uint> Order(List<byte[]> frames) =>
        frames.Select(frame => ReplyHeader.Read(frame).RequestId);

    private static async Task<ConnectionEnd> ServeAsync(Func<RawPeer, Task> write, List<byte[]>? replies = null)
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler(), Limits);
        var peer = new RawPeer(duplex.Client);
        await write(peer);
        await peer.CloseAsync();
        var frames = await peer.ReadToEndAsync();
        replies?.AddRange(frames);
        return await server.Ended;
    }

    private static async Task<ClientConnection> OpenAsync(MemoryDuplex duplex, RawPeer peer)
    {
        var opening = ClientConnection.OpenAsync(
            duplex.Client, new HelloRequest(), ProtocolLimits.Default, TimeProvider.System, CancellationToken.None);
        await peer.ReadFrameAsync();
        var hello = new ReplyHeader { Opcode = Opcode.Hello, ProtocolVersion = 1 };
        await peer.WriteAsync(SampleFrames.Reply(hello, Samples.Named("hello-reply").Bytes));
        return await opening;
    }
}
