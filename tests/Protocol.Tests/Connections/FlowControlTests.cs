using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// Requests and bytes in flight stay within what the server announced, and nobody is lost while waiting.
/// </summary>
public class FlowControlTests
{
    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1 };

    [Fact]
    public async Task The_client_sends_no_more_requests_than_the_server_announced()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = held.OnRequest }, new ProtocolLimits { RequestsInFlightMax = 2 });
        await using var client = await Connect.OpenAsync(duplex);

        var answers = Enumerable.Range(0, 5)
            .Select(i => client.SendAsync(Get, new byte[i], CancellationToken.None).AsTask()).ToArray();

        // Everything runs inline: what the client would send has arrived.
        Assert.Equal(2, held.Count);
        Assert.Equal(2, client.InFlight);
        for (var i = 0; i < 5; i++)
        {
            held.Answer(0);
            using var answer = await answers[i];
            Assert.Equal(i, answer.Body.Length);
        }
    }

    [Fact]
    public async Task The_client_sends_no_more_bytes_than_the_server_announced()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = held.OnRequest }, new ProtocolLimits { BytesInFlightMax = 1_000 });
        await using var client = await Connect.OpenAsync(duplex);

        var first = client.SendAsync(Get, new byte[600], CancellationToken.None).AsTask();
        var second = client.SendAsync(Get, new byte[600], CancellationToken.None).AsTask();
        var third = client.SendAsync(Get, new byte[1], CancellationToken.None).AsTask();

        Assert.Equal(1, held.Count);
        held.Answer(0);
        Assert.Equal(2, held.Count);
        held.Answer(0);
        held.Answer(0);
        foreach (var task in new[] { first, second, third }) (await task).Dispose();
    }

    [Fact]
    public async Task A_message_larger_than_all_bytes_in_flight_goes_alone_rather_than_never()
    {
        var duplex = new MemoryDuplex();
        var limits = new ProtocolLimits { BytesInFlightMax = 1_000 };
        await using var server = new TestServer(duplex, new ScriptedHandler(), limits);
        await using var client = await Connect.OpenAsync(duplex);

        using var answer = await client.SendAsync(Get, new byte[500_000], CancellationToken.None);

        Assert.Equal(500_000, answer.Body.Length);
    }

    [Fact]
    public async Task The_server_stops_reading_a_peer_that_ignores_its_limit_and_goes_on_when_there_is_room()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = held.OnRequest }, new ProtocolLimits { RequestsInFlightMax = 2 });
        var peer = new RawPeer(duplex.Client);

        var requests = Enumerable.Range(0, 5).Select(i => SampleFrames.Request(Get with { RequestId = (uint)i }, []));
        await peer.WriteAsync([RawPeer.Hello, .. requests]);

        Assert.Equal(2, held.Count);
        await held.ArrivalsAsync(2);
        for (var i = 0; i < 5; i++)
        {
            held.Answer(0);
            if (i < 3) await held.ArrivalsAsync(1);
        }

        await peer.ReadReplyAsync();
        for (var i = 0u; i < 5; i++) Assert.Equal(i, (await peer.ReadReplyAsync()).Header.RequestId);
    }

    [Fact]
    public async Task A_peer_at_its_limit_can_still_cancel_and_ping()
    {
        var held = new HeldReplies();
        var cancelled = new TaskCompletionSource<uint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(
            duplex,
            new ScriptedHandler { Request = held.OnRequest, Cancel = (id, _) => cancelled.TrySetResult(id) },
            new ProtocolLimits { RequestsInFlightMax = 1 });
        var peer = new RawPeer(duplex.Client);

        await peer.WriteAsync(
            RawPeer.Hello,
            SampleFrames.Request(Get with { RequestId = 2 }, []),
            SampleFrames.All["cancel-request"],
            SampleFrames.All["ping-request"]);

        Assert.Equal(2u, await cancelled.Task);
        await peer.ReadReplyAsync();
        Assert.Equal(Opcode.Ping, (await peer.ReadReplyAsync()).Header.Opcode);
    }

    [Fact]
    public async Task The_server_stops_reading_while_its_answers_are_not_taken()
    {
        var served = 0;
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex,
            new ScriptedHandler
            {
                Request = (in RequestHeader header, ReadOnlySpan<byte> _, IReplySink replies) =>
                {
                    served++;
                    replies.Reply(ScriptedHandler.ReplyTo(header), new byte[50_000]);
                },
            },
            new ProtocolLimits { BytesInFlightMax = 100_000 });
        var peer = new RawPeer(duplex.Client);
        await peer.WriteAsync(RawPeer.Hello);
        await peer.ReadReplyAsync();

        var requests = Enumerable.Range(0, 100).Select(i => SampleFrames.Request(Get with { RequestId = (uint)i }, []));
        await peer.WriteAsync([.. requests]);

        // The queue holds its limit and one answer more, and the pipe before it a share.
        Assert.InRange(served, 2, 10);
        for (var i = 0u; i < 100; i++) Assert.Equal(i, (await peer.ReadReplyAsync()).Header.RequestId);
        Assert.Equal(100, served);
    }

    [Fact]
    public async Task Time_spent_waiting_for_room_counts_against_the_deadline()
    {
        var time = new FakeTimeProvider();
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = held.OnRequest }, new ProtocolLimits { RequestsInFlightMax = 1 });
        await using var client = await Connect.OpenAsync(duplex, time: time);
        var first = client.SendAsync(Get, default, CancellationToken.None).AsTask();
        var hasTime = client.SendAsync(Get with { DeadlineMicros = 50_000 }, default, CancellationToken.None).AsTask();
        var isLate = client.SendAsync(Get with { DeadlineMicros = 20_000 }, default, CancellationToken.None).AsTask();

        time.Advance(TimeSpan.FromMilliseconds(30));
        held.Answer(0);

        Assert.Equal(20_000u, held.HeaderAt(0).DeadlineMicros);
        held.Answer(0);
        Assert.Equal(StatusCode.DeadlineExceeded, (await isLate).Status);
        Assert.Equal(StatusCode.Ok, (await hasTime).Status);
        Assert.Equal(StatusCode.Ok, (await first).Status);
        Assert.Equal(0, client.InFlight);
    }
}
