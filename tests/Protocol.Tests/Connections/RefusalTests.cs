using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Protocol.Tests;

/// <summary>What a server says to a peer that breaks the protocol, and whether the connection lives on.</summary>
public class RefusalTests
{
    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = 7 };

    public static TheoryData<string, byte[], StatusCode, string> Breaches => new()
    {
        { "version", Frame(Get with { ProtocolVersion = 9 }), StatusCode.UnsupportedVersion, "version 9; 1 is spoken" },
        { "opcode 0", Frame(Get with { Opcode = Opcode.None }), StatusCode.BadRequest, "Opcode 0" },
        { "reply flag", Frame(Get with { Flags = FrameFlags.Reply }), StatusCode.BadRequest, "Flags 0x0001" },
        { "unknown flag", Frame(Get with { Flags = (FrameFlags)0x8000 }), StatusCode.BadRequest, "0x03f6 only" },
        { "length", Length(65_537), StatusCode.TooLarge, "A frame of 65537 bytes; at most 65536" },
        { "length of 4 GiB", Length(uint.MaxValue), StatusCode.TooLarge, "4294967295 bytes" },
        { "second hello", RawPeer.Hello, StatusCode.BadRequest, "second hello" },
        { "ping in chunks", Chunk(Opcode.Ping, FrameFlags.More, 9, 1), StatusCode.BadRequest, "in one frame" },
        { "chunk of nothing", Chunk(Opcode.Set, FrameFlags.Continuation), StatusCode.BadRequest, "not open" },
        { "no total", Frame(Get with { Flags = FrameFlags.More }), StatusCode.BadRequest, "no bytes of it" },
        { "total over the limit", Chunk(Opcode.Set, FrameFlags.More, 99_999_999, 1), StatusCode.BadRequest, "9999" },
        { "total reached, yet more", Chunk(Opcode.Set, FrameFlags.More, 1, 1), StatusCode.BadRequest, "to follow" },
        {
            "last chunk too short",
            [.. Chunk(Opcode.Set, FrameFlags.More, 9, 1), .. Chunk(Opcode.Set, FrameFlags.Continuation)],
            StatusCode.BadRequest,
            "is empty"
        },
        {
            "begun twice",
            [.. Chunk(Opcode.Set, FrameFlags.More, 9, 1), .. Chunk(Opcode.Set, FrameFlags.More, 9, 1)],
            StatusCode.BadRequest,
            "already open"
        },
        { "HTTP", "GET / HTTP/1.1\r\nHost: local\r\n\r\n"u8.ToArray(), StatusCode.UnsupportedVersion, "version 47" },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task A_breach_is_answered_with_what_it_is_and_the_connection_closes(
        string name, byte[] bytes, StatusCode status, string text)
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);

        await peer.WriteAsync(RawPeer.Hello, bytes, SampleFrames.All["ping-request"]);

        Assert.Equal(StatusCode.Ok, (await peer.ReadReplyAsync()).Header.Status);
        var (header, body) = await peer.ReadReplyAsync();
        Assert.True(status == header.Status, $"{name}: {header.Status}");
        Assert.Contains(text, Encoding.UTF8.GetString(body));
        Assert.Null(await peer.ReadFrameAsync());
        Assert.Equal(ConnectionEndReason.ProtocolError, (await server.Ended).Reason);
        await server.Handler.Closed.Task;
    }

    [Fact]
    public async Task An_unknown_opcode_is_answered_and_the_connection_goes_on()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);

        var unknown = SampleFrames.Request(Get with { Opcode = (Opcode)0x7F }, "body"u8);
        await peer.WriteAsync(RawPeer.Hello, unknown, SampleFrames.All["ping-request"]);

        await peer.ReadReplyAsync();
        var (header, body) = await peer.ReadReplyAsync();
        Assert.Equal(StatusCode.UnknownOpcode, header.Status);
        Assert.Equal(7u, header.RequestId);
        Assert.Equal("Opcode 0x7f is not known.", Encoding.UTF8.GetString(body));
        Assert.Equal(Opcode.Ping, (await peer.ReadReplyAsync()).Header.Opcode);
    }

    [Fact]
    public async Task A_request_before_the_hello_is_refused()
    {
        var (header, body, end) = await FirstReplyAsync(Frame(Get));

        Assert.Equal(StatusCode.BadRequest, header.Status);
        Assert.Equal("Get before hello; the first frame is a hello.", Encoding.UTF8.GetString(body));
        Assert.Equal(ConnectionEndReason.ProtocolError, end.Reason);
    }

    [Fact]
    public async Task A_hello_without_a_version_in_common_is_refused()
    {
        var output = new ArrayBufferWriter<byte>();
        HelloCodec.Write(output, new HelloRequest { VersionMin = 2, VersionMax = 4 });
        var (header, body, end) = await FirstReplyAsync(
            SampleFrames.Request(Get with { Opcode = Opcode.Hello }, output.WrittenSpan));

        Assert.Equal(StatusCode.UnsupportedVersion, header.Status);
        Assert.Equal("Versions 2 to 4; 1 is spoken here.", Encoding.UTF8.GetString(body));
        Assert.Equal(ConnectionEndReason.HelloRefused, end.Reason);
    }

    [Fact]
    public async Task A_hello_that_does_not_parse_is_refused_with_the_field()
    {
        var (header, body, _) = await FirstReplyAsync(
            SampleFrames.Request(Get with { Opcode = Opcode.Hello }, [0x92, 0x01, 0xC0]));

        Assert.Equal(StatusCode.BadRequest, header.Status);
        Assert.Equal("hello.versionMax: nil found where an integer is due.", Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task The_policys_refusal_reaches_the_client_as_an_exception_with_its_status()
    {
        var duplex = new MemoryDuplex();
        var policy = new TestServer.Refuse(StatusCode.Unauthorized, "A token is needed.");
        await using var server = new TestServer(duplex, new ScriptedHandler(), policy: policy);

        var refusal = await Assert.ThrowsAsync<ProtocolException>(async () => await ClientConnection.OpenAsync(
            duplex.Client, new HelloRequest(), ProtocolLimits.Default, TimeProvider.System, CancellationToken.None));

        Assert.Equal(StatusCode.Unauthorized, refusal.Status);
        Assert.Equal("A token is needed.", refusal.Message);
        Assert.Equal(ConnectionEndReason.HelloRefused, (await server.Ended).Reason);
        Assert.False(server.Handler.Closed.Task.IsCompleted);
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_closed_when_the_time_is_up()
    {
        var time = new FakeTimeProvider();
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler(), time: time);

        time.Advance(ProtocolLimits.Default.HelloTimeout);

        Assert.Equal(ConnectionEndReason.HelloTimeout, (await server.Ended).Reason);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_when_the_time_is_up()
    {
        var time = new FakeTimeProvider();
        var opening = ClientConnection.OpenAsync(
            new MemoryDuplex().Client,
            new HelloRequest(),
            ProtocolLimits.Default,
            time,
            CancellationToken.None).AsTask();

        time.Advance(ProtocolLimits.Default.HelloTimeout);

        var failure = await Assert.ThrowsAsync<ProtocolException>(() => opening);
        Assert.Equal(StatusCode.Unavailable, failure.Status);
    }

    [Fact]
    public async Task A_client_says_when_what_answers_is_no_server_of_ours()
    {
        var duplex = new MemoryDuplex();
        await new RawPeer(duplex.Server).WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n....."));

        var failure = await Assert.ThrowsAsync<ProtocolException>(async () => await ClientConnection.OpenAsync(
            duplex.Client, new HelloRequest(), ProtocolLimits.Default, TimeProvider.System, CancellationToken.None));

        Assert.Equal("What answers is not a Hedgerow server.", failure.Message);
    }

    private static async Task<(ReplyHeader Header, byte[] Body, ConnectionEnd End)> FirstReplyAsync(byte[] bytes)
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);
        await peer.WriteAsync(bytes);
        var (header, body) = await peer.ReadReplyAsync();
        return (header, body, await server.Ended);
    }

    private static byte[] Frame(RequestHeader header) => SampleFrames.Request(header, []);

    private static byte[] Length(uint length)
    {
        var frame = Frame(Get);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, length);
        return frame;
    }

    private static byte[] Chunk(Opcode opcode, FrameFlags flags, int? total = null, int bytes = 0)
    {
        var body = new byte[(total is null ? 0 : sizeof(uint)) + bytes];
        if (total is { } claimed) BinaryPrimitives.WriteInt32LittleEndian(body, claimed);
        return SampleFrames.Request(Get with { Opcode = opcode, Flags = flags }, body);
    }
}
