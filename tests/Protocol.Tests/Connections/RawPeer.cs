using System.Buffers;
using System.IO.Pipelines;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// The other end of a connection, byte by byte in the test's hand: writes what it likes, reads whole frames.
/// </summary>
internal sealed class RawPeer(IDuplexPipe pipe)
{
    public static byte[] Hello { get; } = SampleFrames.All["hello-request"];

    public async Task WriteAsync(params byte[][] frames)
    {
        foreach (var frame in frames) pipe.Output.Write(frame);
        await pipe.Output.FlushAsync();
    }

    public async Task WriteByteByByteAsync(byte[] bytes)
    {
        foreach (var b in bytes)
        {
            pipe.Output.GetSpan(1)[0] = b;
            pipe.Output.Advance(1);
            await pipe.Output.FlushAsync();
        }
    }

    public ValueTask CloseAsync() => pipe.Output.CompleteAsync();

    public ValueTask StopReadingAsync() => pipe.Input.CompleteAsync();

    /// <summary>The next frame, header and body; null at the end of the stream.</summary>
    public async Task<byte[]?> ReadFrameAsync()
    {
        while (true)
        {
            var result = await pipe.Input.ReadAsync();
            if (TryTake(result.Buffer) is { } frame)
            {
                pipe.Input.AdvanceTo(result.Buffer.GetPosition(frame.Length));
                return frame;
            }

            pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (!result.IsCompleted) continue;
            Assert.True(result.Buffer.IsEmpty, "the stream ended within a frame");
            return null;
        }
    }

    public async Task<(ReplyHeader Header, byte[] Body)> ReadReplyAsync()
    {
        var frame = await ReadFrameAsync();
        Assert.NotNull(frame);
        return (ReplyHeader.Read(frame), frame[RequestHeader.Size..]);
    }

    public async Task<List<byte[]>> ReadToEndAsync()
    {
        var frames = new List<byte[]>();
        while (await ReadFrameAsync() is { } frame) frames.Add(frame);
        return frames;
    }

    private static byte[]? TryTake(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < RequestHeader.Size) return null;
        var length = RequestHeader.Size + ReplyHeader.Read(buffer.Slice(0, RequestHeader.Size).ToArray()).BodyLength;
        return buffer.Length < length ? null : buffer.Slice(0, length).ToArray();
    }
}
