using System.Buffers;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;

namespace Hedgerow.LoadGen.Wire;

/// <summary>Hedgerow's own frames, for a leaf that holds shard 0, or for a router.</summary>
internal sealed class NativeDialect(WireKeys keys, byte[] value) : WireDialect
{
    private readonly byte[] _key = new byte[keys.Length];

    public override int RequestBytesMax => RequestHeader.Size + 64 + keys.Length + value.Length;

    public override byte[] Greeting
    {
        get
        {
            var body = new ArrayBufferWriter<byte>();
            HelloCodec.Write(body, new HelloRequest { Name = "loadgen" });
            var frame = new byte[RequestHeader.Size + body.WrittenCount];
            var header = new RequestHeader
            {
                Opcode = Opcode.Hello, ProtocolVersion = ProtocolLimits.Version, BodyLength = body.WrittenCount,
            };
            header.WriteTo(frame);
            body.WrittenSpan.CopyTo(frame.AsSpan(RequestHeader.Size));
            return frame;
        }
    }

    public override int WriteGet(Span<byte> output, long key, uint id)
    {
        keys.Write(_key, key);
        return Write(output, new CacheCommand { Opcode = Opcode.Get, Path = _key }, id);
    }

    public override int WriteSet(Span<byte> output, long key, uint id)
    {
        keys.Write(_key, key);
        return Write(output, new CacheCommand { Opcode = Opcode.Set, Path = _key, Value = value }, id);
    }

    public override int Read(ReadOnlySpan<byte> input, ref uint id, out Outcome outcome)
    {
        outcome = Outcome.Ok;
        if (input.Length < RequestHeader.Size) return 0;
        var header = ReplyHeader.Read(input);
        if (header.ProtocolVersion != ProtocolLimits.Version || (uint)header.BodyLength > int.MaxValue / 2)
            throw Unexpected(input);
        if (input.Length < RequestHeader.Size + header.BodyLength) return 0;
        if (header.Opcode != Opcode.Hello) id = header.RequestId;
        if (header.Status == StatusCode.NotFound) outcome = Outcome.Miss;
        else if (header.Status != StatusCode.Ok) outcome = Outcome.Failed;
        return RequestHeader.Size + header.BodyLength;
    }

    private static int Write(Span<byte> output, in CacheCommand command, uint id)
    {
        var header = new RequestHeader
        {
            Opcode = command.Opcode,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = id,
            PathHash = PathHash.OfPath(command.Path),
            BodyLength = command.Length,
        };
        header.WriteTo(output);
        command.WriteTo(output[RequestHeader.Size..]);
        return RequestHeader.Size + command.Length;
    }
}
