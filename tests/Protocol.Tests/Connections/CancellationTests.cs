namespace Hedgerow.Protocol.Tests;

/// <summary>Who gives up gets free at once; the server is told; nothing late is taken for something else.</summary>
public class CancellationTests
{
    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1 };

    [Fact]
    public async Task Cancelling_frees_the_caller_tells_the_handler_and_discards_the_late_answer()
    {
        var held = new HeldReplies();
        var cancelled = new TaskCompletionSource<uint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler
        {
            Request = held.OnRequest, Cancel = (id, _) => cancelled.TrySetResult(id),
        });
        await using var client = await Connect.OpenAsync(duplex);
        using var source = new CancellationTokenSource();
        var abandoned = client.SendAsync(Get, new byte[1], source.Token).AsTask();
        await held.ArrivalsAsync(1);

        await source.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        Assert.Equal(source.Token, thrown.CancellationToken);
        Assert.Equal(held.HeaderAt(0).RequestId, await cancelled.Task);
        Assert.Equal(1, client.InFlight);

        var next = client.SendAsync(Get, new byte[2], CancellationToken.None).AsTask();
        await held.ArrivalsAsync(1);
        held.Answer(0, StatusCode.Cancelled);
        held.Answer(0);
        using var answer = await next;
        Assert.Equal(2, answer.Body.Length);
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_request_cancelled_while_it_waits_for_room_is_never_sent()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(
            duplex, new ScriptedHandler { Request = held.OnRequest }, new ProtocolLimits { RequestsInFlightMax = 1 });
        await using var client = await Connect.OpenAsync(duplex);
        using var source = new CancellationTokenSource();
        var first = client.SendAsync(Get, default, CancellationToken.None).AsTask();
        var abandoned = client.SendAsync(Get, default, source.Token).AsTask();
        var last = client.SendAsync(Get, new byte[9], CancellationToken.None).AsTask();

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        held.Answer(0);
        held.Answer(0);

        (await first).Dispose();
        Assert.Equal(9, (await last).Body.Length);
        Assert.Equal(0, held.Count);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_sends_nothing()
    {
        var held = new HeldReplies();
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(duplex, new ScriptedHandler { Request = held.OnRequest });
        await using var client = await Connect.OpenAsync(duplex);

        await Assert.ThrowsAsync<TaskCanceledException>(
            async () => await client.SendAsync(Get, default, new CancellationToken(canceled: true)));

        Assert.Equal(0, held.Count);
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_large_message_cancelled_in_the_middle_is_sent_no_further_and_answered_once()
    {
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        var peer = new RawPeer(duplex.Server);
        await using var client = await OpenAgainstAsync(duplex, peer);
        using var source = new CancellationTokenSource();

        // Nobody reads yet: the pipe takes a first chunk and pushes back.
        var abandoned = client.SendAsync(Get, new byte[1_000_000], source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        var first = RequestHeader.Read(await peer.ReadFrameAsync());
        var second = RequestHeader.Read(await peer.ReadFrameAsync());
        Assert.Equal(FrameFlags.More, first.Flags);
        Assert.Equal(Opcode.Cancel, second.Opcode);
        Assert.Equal(first.RequestId, second.RequestId);
        var cancelled = new ReplyHeader
        {
            Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = first.RequestId, Status = StatusCode.Cancelled,
        };
        await peer.WriteAsync(SampleFrames.Reply(cancelled, []));
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_server_answers_for_a_message_that_was_cancelled_before_it_was_whole()
    {
        var duplex = new MemoryDuplex();
        await using var server = new TestServer(duplex, new ScriptedHandler());
        var peer = new RawPeer(duplex.Client);
        var chunks = SampleFrames.Chunks(Get with { RequestId = 2 }, new byte[1_000], 400);

        await peer.WriteAsync(RawPeer.Hello, chunks[0], SampleFrames.All["cancel-request"]);

        await peer.ReadReplyAsync();
        var (header, _) = await peer.ReadReplyAsync();
        Assert.Equal((2u, StatusCode.Cancelled), (header.RequestId, header.Status));

        // The id is free again, and nothing of the old message is left.
        await peer.WriteAsync([.. SampleFrames.Chunks(Get with { RequestId = 2 }, new byte[900], 500)]);
        Assert.Equal(900, (await peer.ReadReplyAsync()).Body.Length);
    }

    private static async Task<ClientConnection> OpenAgainstAsync(MemoryDuplex duplex, RawPeer peer)
    {
        var opening = Connect.OpenAsync(duplex);
        await peer.ReadFrameAsync();
        var hello = new ReplyHeader { Opcode = Opcode.Hello, ProtocolVersion = 1 };
        await peer.WriteAsync(SampleFrames.Reply(hello, Samples.Named("hello-reply").Bytes));
        return await opening;
    }
}
