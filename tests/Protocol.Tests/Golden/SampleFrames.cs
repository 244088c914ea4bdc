using System.Buffers.Binary;
using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>Whole frames, header and body, as the documentation's worked example shows them.</summary>
internal static class SampleFrames
{
    public static RequestHeader SetHeader { get; } = new()
    {
        Opcode = Opcode.Set,
        ProtocolVersion = 1,
        Flags = FrameFlags.Replicated,
        RequestId = 1,
        DeadlineMicros = 250_000,
        PathHash = PathHash.OfPath(CommandSamples.Path),
        Epoch = 3,
        Shard = 2,
    };

    public static RequestHeader GetHeader { get; } = SetHeader with
    {
        Opcode = Opcode.Get, Flags = FrameFlags.None, RequestId = 2,
    };

    public static ReplyHeader GetReplyHeader { get; } = new()
    {
        Opcode = Opcode.Get,
        ProtocolVersion = 1,
        RequestId = 2,
        QueueLength = 1,
        QueueMicros = 15,
        ServiceMicros = 4,
        Version = 1_722_000_000_000UL << 16,
    };

    public static IReadOnlyDictionary<string, byte[]> All { get; } = new SortedDictionary<string, byte[]>
    {
        ["hello-request"] = Request(
            new RequestHeader { Opcode = Opcode.Hello, ProtocolVersion = 1 }, Samples.Named("hello-request").Bytes),
        ["ping-request"] = Request(new RequestHeader { Opcode = Opcode.Ping, ProtocolVersion = 1, RequestId = 9 }, []),
        ["cancel-request"] = Request(
            new RequestHeader { Opcode = Opcode.Cancel, ProtocolVersion = 1, RequestId = 2 }, []),
        ["set-request"] = Request(SetHeader, Samples.Named("command-set").Bytes),
        ["set-reply"] = Reply(GetReplyHeader with { Opcode = Opcode.Set, RequestId = 1 }, []),
        ["get-request"] = Request(GetHeader, Samples.Named("command-get").Bytes),
        ["session-request"] = Request(GetHeader with { Session = 0xBEEF }, Samples.Named("command-get").Bytes),
        ["get-reply"] = Reply(GetReplyHeader, Samples.Named("entry").Bytes),
        ["tied-request"] = Request(TiedHeader, Samples.Named("search-request").Bytes),
        ["tied-begun"] = Reply(TiedBegunHeader, []),
        ["error-reply"] = Reply(
            new ReplyHeader
            {
                Opcode = (Opcode)0x7F, ProtocolVersion = 1, RequestId = 5, Status = StatusCode.UnknownOpcode,
            },
            Encoding.UTF8.GetBytes("Opcode 0x7f is not known.")),
        ["wrong-shard-reply"] = Reply(
            new ReplyHeader
            {
                Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = 2, Status = StatusCode.WrongShard,
            },
            [4, 0, 0, 0]),
    };

    /// <summary>A request's frame; the length is filled in.</summary>
    public static byte[] Request(RequestHeader header, ReadOnlySpan<byte> body)
    {
        var frame = new byte[RequestHeader.Size + body.Length];
        var sized = header with { BodyLength = body.Length };
        sized.WriteTo(frame);
        body.CopyTo(frame.AsSpan(RequestHeader.Size));
        return frame;
    }

    /// <summary>A reply's frame; the length and the reply flag are filled in.</summary>
    public static byte[] Reply(ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var frame = new byte[RequestHeader.Size + body.Length];
        var sized = header with { BodyLength = body.Length };
        sized.WriteTo(frame);
        body.CopyTo(frame.AsSpan(RequestHeader.Size));
        return frame;
    }

    /// <summary>A request cut into chunks, each of at most <paramref name="chunkBytes"/> of body.</summary>
    public static IReadOnlyList<byte[]> Chunks(RequestHeader header, ReadOnlySpan<byte> body, int chunkBytes)
    {
        var total = new byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(total, body.Length);
        byte[] rest = [.. total, .. body];
        var frames = new List<byte[]>();
        for (var at = 0; at < rest.Length; at += chunkBytes)
        {
            var flags = header.Flags;
            if (at > 0) flags |= FrameFlags.Continuation;
            if (at + chunkBytes < rest.Length) flags |= FrameFlags.More;
            frames.Add(Request(header with { Flags = flags }, rest.AsSpan(at, Math.Min(chunkBytes, rest.Length - at))));
        }

        return frames;
    }

    private static RequestHeader TiedHeader => SetHeader with
    {
        Opcode = Opcode.TermStatistics, Flags = FrameFlags.Tied | FrameFlags.Hedge, RequestId = 3,
        PathHash = 0x0123_4567_89AB_CDEF,
    };

    private static ReplyHeader TiedBegunHeader => GetReplyHeader with
    {
        Opcode = Opcode.TermStatistics, Flags = FrameFlags.Tied, RequestId = 3, ServiceMicros = 0,
        Version = 0x0123_4567_89AB_CDEF,
    };
}
