using System.Buffers;
using System.IO.Pipelines;
using Hedgerow.Tests;

namespace Hedgerow.Protocol.Tests;

/// <summary>A small request costs no allocation, on either end, once buffers have their size.</summary>
public class AllocationTests
{
    private const int WarmUpRounds = 300;
    private const int Rounds = 1_000;
    private const int Tries = 3;

    private static readonly RequestHeader Get = new() { Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = 1 };

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task The_server_allocates_nothing_per_request(int depth)
    {
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        await using var server = new TestServer(duplex, new ScriptedHandler());
        await new RawPeer(duplex.Client).WriteAsync(RawPeer.Hello);
        var request = SampleFrames.Request(Get, new byte[40]);
        byte[] batch = [.. Enumerable.Repeat(request, depth).SelectMany(frame => frame)];
        Drain(duplex.ToClient.Reader);

        Assert.Equal(0, Measure(() =>
        {
            // The pump runs inline in the flush, and has answered when it returns.
            Send(duplex.ToServer.Writer, batch);
            Assert.True(Drain(duplex.ToClient.Reader) == batch.Length);
        }));
    }

    [Fact]
    public async Task The_client_allocates_nothing_per_request()
    {
        var duplex = new MemoryDuplex(MemoryDuplex.Inline);
        var peer = new RawPeer(duplex.Server);
        var opening = Connect.OpenAsync(duplex, inline: true);
        await peer.ReadFrameAsync();
        var hello = new ReplyHeader { Opcode = Opcode.Hello, ProtocolVersion = 1 };
        await peer.WriteAsync(SampleFrames.Reply(hello, Samples.Named("hello-reply").Bytes));
        await using var client = await opening;
        var body = new byte[40];
        var reply = SampleFrames.Reply(new() { Opcode = Opcode.Get, ProtocolVersion = 1 }, body);

        Assert.Equal(0, Measure(() =>
        {
            var answer = client.SendAsync(Get, body, CancellationToken.None);
            duplex.ToServer.Reader.TryRead(out var sent);
            sent.Buffer.Slice(8, 4).CopyTo(reply.AsSpan(8));
            duplex.ToServer.Reader.AdvanceTo(sent.Buffer.End);
            Send(duplex.ToClient.Writer, reply);
            Assert.True(answer.IsCompletedSuccessfully);
            answer.Result.Dispose();
        }));
    }

    /// <summary>Bytes this thread allocated in all the rounds together.</summary>
    private static long Measure(Action round)
    {
        for (var i = 0; i < WarmUpRounds; i++) round();
        return AllocatedBytes.Least(
            () =>
            {
                for (var i = 0; i < Rounds; i++) round();
            },
            Tries);
    }

    private static void Send(PipeWriter writer, byte[] bytes)
    {
        writer.Write(bytes);
        AssertDone(writer.FlushAsync());
    }

    private static void AssertDone(ValueTask<FlushResult> flush) => Assert.True(flush.IsCompletedSuccessfully);

    private static long Drain(PipeReader reader)
    {
        if (!reader.TryRead(out var result)) return 0;
        var length = result.Buffer.Length;
        reader.AdvanceTo(result.Buffer.End);
        return length;
    }
}
