namespace Hedgerow.Protocol.Tests;

/// <summary>
/// A server's connection fed with damaged conversations: it ends with a reason and answers in whole frames.
/// </summary>
public class FuzzTests
{
    private const int Rounds = 1_500;

    private static readonly ProtocolLimits Limits = new() { ChunkBytesMax = 256, BytesInFlightMax = 4_096 };

    private static readonly byte[] Conversation =
    [
        .. SampleFrames.All["ping-request"],
        .. SampleFrames.All["set-request"],
        .. SampleFrames.Chunks(SampleFrames.SetHeader with { RequestId = 3 }, new byte[700], 256).SelectMany(f => f),
        .. SampleFrames.All["cancel-request"],
        .. SampleFrames.All["get-request"],
    ];

    [Fact]
    public async Task A_damaged_stream_ends_with_a_reason_and_never_with_an_exception()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var isHelloDamaged = random.Next(4) == 0;
            byte[] bytes = isHelloDamaged
                ? [.. Mutation.Of(RawPeer.Hello, random), .. Conversation]
                : [.. RawPeer.Hello, .. Mutation.Of(Conversation, random)];
            var duplex = new MemoryDuplex(MemoryDuplex.Inline);
            await using var server = new TestServer(duplex, new ScriptedHandler(), Limits);
            var peer = new RawPeer(duplex.Client);

            await peer.WriteAsync(bytes);
            await peer.CloseAsync();

            var replies = await peer.ReadToEndAsync();
            var end = await server.Ended;
            Assert.True(
                end.Reason is ConnectionEndReason.Closed or ConnectionEndReason.Truncated
                    or ConnectionEndReason.ProtocolError or ConnectionEndReason.HelloRefused,
                $"seed {seed}, round {round}: {end}");
            Assert.All(replies, frame => Assert.True(ReplyHeader.Read(frame).Flags.HasFlag(FrameFlags.Reply)));
        }
    }
}
