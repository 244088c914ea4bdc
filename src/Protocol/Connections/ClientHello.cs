using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>The first exchange of a connection, from the side that opened it.</summary>
internal static class ClientHello
{
    /// <summary>
    /// Says hello and waits for the answer. When it throws, both directions of the pipe have been completed.
    /// </summary>
    /// <exception cref="ProtocolException">The server refused, is silent, or does not speak this protocol.</exception>
    public static async ValueTask<HelloReply> ExchangeAsync(
        IDuplexPipe pipe, HelloRequest hello, ProtocolLimits limits, TimeProvider time, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(limits.HelloTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            Write(pipe.Output, hello);
            await pipe.Output.FlushAsync(either.Token).ConfigureAwait(false);
            return await ReadAsync(pipe.Input, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await pipe.Input.CompleteAsync().ConfigureAwait(false);
            await pipe.Output.CompleteAsync().ConfigureAwait(false);
            if (exception is ProtocolException || cancel.IsCancellationRequested) throw;
            if (exception is not OperationCanceledException)
                throw new ProtocolException(StatusCode.Unavailable, exception.Message, exception);
            var seconds = limits.HelloTimeout.TotalSeconds;
            throw new ProtocolException(StatusCode.Unavailable, $"No hello from the server within {seconds} seconds.");
        }
    }

    private static void Write(PipeWriter output, HelloRequest hello)
    {
        var body = new ArrayBufferWriter<byte>();
        HelloCodec.Write(body, hello);
        var header = new RequestHeader
        {
            Opcode = Opcode.Hello, ProtocolVersion = ProtocolLimits.Version, BodyLength = body.WrittenCount,
        };
        header.WriteTo(output.GetSpan(RequestHeader.Size));
        output.Advance(RequestHeader.Size);
        output.Write(body.WrittenSpan);
    }

    private static async ValueTask<HelloReply> ReadAsync(PipeReader input, CancellationToken cancel)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancel).ConfigureAwait(false);
            var consumed = TryRead(result.Buffer, out var reply);
            if (reply is not null)
            {
                input.AdvanceTo(result.Buffer.GetPosition(consumed));
                return reply;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
                throw new ProtocolException(StatusCode.Unavailable, "The server closed before it said hello.");
        }
    }

    private static long TryRead(in ReadOnlySequence<byte> buffer, out HelloReply? reply)
    {
        reply = null;
        if (buffer.Length < RequestHeader.Size) return 0;
        var header = ReplyHeader.Read(buffer.Slice(0, RequestHeader.Size).ToArray());
        var isHello = header.ProtocolVersion == ProtocolLimits.Version && header.Flags == FrameFlags.Reply
            && header.Opcode is Opcode.Hello && (uint)header.BodyLength <= ProtocolLimits.HelloBytesMax;
        if (!isHello) throw new ProtocolException(StatusCode.BadRequest, "What answers is not a Hedgerow server.");
        var frameBytes = RequestHeader.Size + header.BodyLength;
        if (buffer.Length < frameBytes) return 0;
        var body = buffer.Slice(RequestHeader.Size, header.BodyLength).ToArray();
        if (header.Status != StatusCode.Ok)
            throw new ProtocolException(header.Status, Encoding.UTF8.GetString(body));
        if (!HelloCodec.TryRead(body, out reply, out var error))
            throw new ProtocolException(StatusCode.BadRequest, $"The server's hello: {error}");
        if (reply.Version != ProtocolLimits.Version)
            throw new ProtocolException(StatusCode.UnsupportedVersion, $"The server chose version {reply.Version}.");
        return frameBytes;
    }
}
