using System.IO.Pipelines;

namespace Hedgerow.Protocol.Tests;

/// <summary>How connections end, and what becomes of what was in flight.</summary>
public class EndTests
{
    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1 };

    [Fact]
    public async Task Asked_to_stop_the_server_answers_what_is_in_flight_and_then_closes()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler { Request = held.OnRequest });
        await using var client = await Connect.OpenAsync(duplex);
        var answer = client.SendAsync(Get, new byte[3], CancellationToken.None).AsTask();
        await held.ArrivalsAsync(1);

        server.Stop();
        Assert.False(server.Ended.IsCompleted);
        held.Answer(0);

        Assert.Equal(3, (await answer).Body.Length);
        Assert.Equal(ConnectionEndReason.Stopped, (await server.Ended).Reason);
        Assert.Equal(ConnectionEndReason.Closed, (await client.Closed).Reason);
        await server.Handler.Closed.Task;
    }

    [Fact]
    public async Task A_closed_connection_answers_Unavailable_with_the_reason()
    {
        var duplex = new MemoryDuplex();
        var server = new TestServer(duplex, new ScriptedHandler());
        await using var client = await Connect.OpenAsync(duplex);
        await server.DisposeAsync();
        await client.Closed;

        using var answer = await client.SendAsync(Get, default, CancellationToken.None);

        Assert.Equal(StatusCode.Unavailable, answer.Status);
        Assert.Equal("The server closed the connection.", Connect.Text(answer));
    }

    [Fact]
    public async Task Requests_in_flight_and_in_line_fail_as_Unavailable_when_the_connection_breaks()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex();
        var limits = new ProtocolLimits { RequestsInFlightMax = 2 };
        var server = new TestServer(duplex, new ScriptedHandler { Request = held.OnRequest }, limits);
        await using var client = await Connect.OpenAsync(duplex);
        var answers = Enumerable.Range(0, 6)
            .Select(_ => client.SendAsync(Get, new byte[10], CancellationToken.None).AsTask()).ToArray();
        await held.ArrivalsAsync(2);

        await server.DisposeAsync();

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(StatusCode.Unavailable, answer.Status));

        // Whoever still works on them may answer: it is discarded.
        held.Answer(0);
        held.Answer(0);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_own_connection_and_names_the_exception()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler
        {
            Request = (in RequestHeader _, ReadOnlySpan<byte> _, IReplySink _) =>
                throw new InvalidOperationException("a defect"),
        });
        await using var client = await Connect.OpenAsync(duplex);

        using var answer = await client.SendAsync(Get, default, CancellationToken.None);

        Assert.Equal(StatusCode.Internal, answer.Status);
        var end = await server.Ended;
        Assert.Equal((ConnectionEndReason.HandlerFailed, "a defect"), (end.Reason, end.Message));
        Assert.IsType<InvalidOperationException>(end.Exception);
    }

    [Fact]
    public async Task A_transport_that_fails_ends_both_sides_without_an_exception()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        await using var client = await Connect.OpenAsync(duplex);

        await duplex.ToServer.Writer.CompleteAsync(new IOException("connection reset"));
        await duplex.ToClient.Writer.CompleteAsync(new IOException("connection reset"));

        Assert.Equal(ConnectionEndReason.TransportFailed, (await server.Ended).Reason);
        var end = await client.Closed;
        Assert.Equal((ConnectionEndReason.TransportFailed, "connection reset"), (end.Reason, end.Message));
    }

    [Fact]
    public async Task A_peer_that_stops_reading_for_good_ends_the_connection()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);
        await peer.StopReadingAsync();

        await peer.WriteAsync(RawPeer.Hello);

        Assert.Equal(ConnectionEndReason.TransportFailed, (await server.Ended).Reason);
    }

    [Fact]
    public async Task A_client_given_up_by_its_owner_fails_what_is_in_flight_and_closes_both_directions()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler { Request = held.OnRequest });
        var client = await Connect.OpenAsync(duplex);
        var answer = client.SendAsync(Get, default, CancellationToken.None).AsTask();
        await held.ArrivalsAsync(1);

        await client.DisposeAsync();

        Assert.Equal(StatusCode.Unavailable, (await answer).Status);
        Assert.Equal(ConnectionEndReason.Disposed, (await client.Closed).Reason);
        Assert.NotEqual(ConnectionEndReason.Disposed, (await server.Ended).Reason);
    }

    [Fact]
    public async Task A_connection_disposed_of_before_it_ran_completes_its_pipe()
    {
        var duplex = new MemoryDuplex();
        var connection = new ServerConnection(
            duplex.Server,
            new ScriptedHandler(),
            new TestServer.Welcome(),
            ProtocolLimits.Default,
            TimeProvider.System);

        await connection.DisposeAsync();

        ReadResult result = await duplex.ToClient.Reader.ReadAsync();
        Assert.True(result.IsCompleted);
    }

    [Fact]
    public async Task After_its_last_reply_a_stopped_server_closes_its_side_and_reads_on_until_the_peer_closes()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);
        await peer.WriteAsync(RawPeer.Hello);
        Assert.Equal(StatusCode.Ok, (await peer.ReadReplyAsync()).Header.Status);

        server.Stop();
        Assert.Empty(await peer.ReadToEndAsync());

        // Sent by a peer that has not seen the end yet: read and dropped, so that TCP has nothing to reset for.
        await peer.WriteAsync(RawPeer.Hello);
        await peer.CloseAsync();
        Assert.Equal(ConnectionEndReason.Stopped, (await server.Ended).Reason);
        Assert.True((await duplex.ToServer.Writer.FlushAsync(CancellationToken.None)).IsCompleted);
    }
}
