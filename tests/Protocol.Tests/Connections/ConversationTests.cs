namespace Hedgerow.Protocol.Tests;

/// <summary>Both ends together: what a request and its answer keep on the way.</summary>
public class ConversationTests
{
    private static readonly HelloRequest Hello = new() { Name = "test" };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(5_000_000)]
    public async Task A_body_of_any_size_comes_back_as_it_was_sent(int bytes)
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        await using var client = await Open(duplex);
        var body = new byte[bytes];
        new Random(bytes).NextBytes(body);

        var header = new RequestHeader { Opcode = Opcode.Get, Epoch = 77 };
        using var reply = await client.SendAsync(header, body, CancellationToken.None);

        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(77UL, reply.Header.Version);
        Assert.True(reply.Body.Span.SequenceEqual(body));
        Assert.Equal(0, client.InFlight);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task An_answer_that_was_kept_tells_its_age_and_no_other_flag_of_its_maker(int bytes)
    {
        var duplex = new MemoryDuplex();
        var handler = new ScriptedHandler
        {
            Request = (in RequestHeader header, ReadOnlySpan<byte> _, IReplySink replies) => replies.Reply(
                new ReplyHeader
                {
                    Opcode = header.Opcode,
                    RequestId = header.RequestId,
                    Flags = header.Opcode == Opcode.Get ? FrameFlags.Aged | FrameFlags.Hedge : FrameFlags.Hedge,
                    QueueMicros = 30_000,
                },
                new byte[bytes]),
        };
        await using var server = new TestServer(duplex, handler);
        await using var client = await Open(duplex);
        using var kept = await client.SendAsync(new RequestHeader { Opcode = Opcode.Get }, default, default);
        using var fresh = await client.SendAsync(new RequestHeader { Opcode = Opcode.Head }, default, default);
        Assert.Equal(TimeSpan.FromMilliseconds(30), kept.Header.Age);
        Assert.Equal(TimeSpan.Zero, fresh.Header.Age);
        Assert.Equal((FrameFlags)0, (kept.Header.Flags | fresh.Header.Flags) & FrameFlags.Hedge);
    }

    [Fact]
    public async Task The_hello_tells_each_side_what_the_other_is()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        await using var client = await Open(duplex);

        Assert.Equal("test", server.Connection.Peer!.Name);
        Assert.Equal(ProtocolFeatures.Leaf, client.Server.Features);
        Assert.Equal(3u, client.Server.Epoch);
    }

    [Fact]
    public async Task A_ping_is_answered_by_the_connection_itself()
    {
        var duplex = new MemoryDuplex();
        var handler = new ScriptedHandler
        {
            Request = (in RequestHeader _, ReadOnlySpan<byte> _, IReplySink _) => Assert.Fail(),
        };
        await using var server = new TestServer(duplex, handler);
        await using var client = await Open(duplex);

        using var reply = await client.SendAsync(new() { Opcode = Opcode.Ping }, default, CancellationToken.None);

        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(Opcode.Ping, reply.Header.Opcode);
    }

    [Fact]
    public async Task News_of_a_tie_comes_before_the_answer_and_is_none_itself()
    {
        var duplex = new MemoryDuplex();
        var handler = new ScriptedHandler
        {
            Request = static (in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
            {
                var reply = ScriptedHandler.ReplyTo(header);
                replies.Reply(reply with { Flags = FrameFlags.Tied, Version = header.PathHash }, []);
                replies.Reply(reply, body);
            },
        };
        await using var server = new TestServer(duplex, handler, policy: new Tying());
        await using var client = await Open(duplex);
        var told = new List<ulong>();
        client.Begun = told.Add;
        var header = new RequestHeader { Opcode = Opcode.Search, Flags = FrameFlags.Tied, PathHash = 77 };

        using var reply = await client.SendAsync(header, new byte[] { 5 }, CancellationToken.None);

        Assert.Equal([77ul], told);
        Assert.Equal(FrameFlags.Reply, reply.Header.Flags);
        Assert.Equal([5], reply.Body.ToArray());
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_server_that_does_not_know_ties_is_not_asked_for_them()
    {
        var duplex = new MemoryDuplex();
        var seen = FrameFlags.Tied;
        var handler = new ScriptedHandler
        {
            Request = (in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
            {
                seen = header.Flags;
                ScriptedHandler.Echo(header, body, replies);
            },
        };
        await using var server = new TestServer(duplex, handler);
        await using var client = await Open(duplex);
        var header = new RequestHeader { Opcode = Opcode.Search, Flags = FrameFlags.Tied | FrameFlags.Hedge };

        using var reply = await client.SendAsync(header, default, CancellationToken.None);

        Assert.Equal(FrameFlags.Hedge, seen);
    }

    private sealed class Tying : IHelloPolicy
    {
        public StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error)
        {
            reply = new HelloReply { Features = ProtocolFeatures.Leaf | ProtocolFeatures.Ties };
            error = null;
            return StatusCode.Ok;
        }
    }

    private static ValueTask<ClientConnection> Open(MemoryDuplex duplex) => ClientConnection.OpenAsync(
        duplex.Client, Hello, ProtocolLimits.Default, TimeProvider.System, CancellationToken.None);
}
