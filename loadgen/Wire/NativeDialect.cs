using System.Buffers;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// Hedgerow's own frames, for a router, or for a leaf that holds shard 0 (which knows no reads of many and no searches
/// over shards).
/// </summary>
internal sealed class NativeDialect(RequestContent content, string token = "") : WireDialect(content)
{
    private readonly byte[] _key = new byte[content.Paths.BytesMax];
    private readonly ArrayBufferWriter<byte> _body = new();

    public override byte[] Greeting
    {
        get
        {
            var body = new ArrayBufferWriter<byte>();
            HelloCodec.Write(body, new HelloRequest { Name = "loadgen", Token = token });
            var frame = new byte[RequestHeader.Size + body.WrittenCount];
            WriteFrame(frame, Opcode.Hello, 0, 0, body.WrittenSpan);
            return frame;
        }
    }

    public override int Write(Span<byte> output, in Operation operation, uint id)
    {
        switch (operation.Kind)
        {
            case OperationKind.Scan:
                _body.ResetWrittenCount();
                GetManyCodec.WriteCount(_body, operation.Count);
                for (var i = 0; i < operation.Count; i++)
                {
                    var many = Path(operation.Key + i);
                    GetManyCodec.WritePath(_body, PathHash.OfPath(many), many);
                }

                return WriteFrame(output, Opcode.GetMany, id, 0, _body.WrittenSpan);
            case OperationKind.Search:
                _body.ResetWrittenCount();
                SearchCodec.Write(_body, new SearchRequest
                {
                    Collection = Content.Collection,
                    Query = new QueryStringQuery(operation.Query, [], AllWords: false),
                    Size = Content.SearchSize,
                    AllowPartial = false,
                });
                return WriteFrame(output, Opcode.Search, id, 0, _body.WrittenSpan);
            case OperationKind.Instant:
                _body.ResetWrittenCount();
                InstantCodec.Write(_body, Content.Instant(operation.Query));
                return WriteFrame(output, Opcode.Instant, id, 0, _body.WrittenSpan);
            default:
                return Write(output, CommandOf(operation), id);
        }
    }

    public override WireReply Read(ReadOnlySpan<byte> input)
    {
        if (input.Length < RequestHeader.Size) return default;
        var header = ReplyHeader.Read(input);
        if (header.ProtocolVersion != ProtocolLimits.Version || (uint)header.BodyLength > int.MaxValue / 2)
            throw Unexpected(input);
        if (input.Length < RequestHeader.Size + header.BodyLength) return default;
        var outcome = header.Status switch
        {
            StatusCode.Ok => Outcome.Ok,
            StatusCode.NotFound => Outcome.Miss,
            _ => Outcome.Failed,
        };
        return new WireReply(
            RequestHeader.Size + header.BodyLength, outcome, header.Opcode == Opcode.Hello ? null : header.RequestId,
            header.Flags.HasFlag(FrameFlags.More));
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

    private static int WriteFrame(Span<byte> output, Opcode opcode, uint id, ulong pathHash, ReadOnlySpan<byte> body)
    {
        var header = new RequestHeader
        {
            Opcode = opcode,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = id,
            PathHash = pathHash,
            BodyLength = body.Length,
        };
        header.WriteTo(output);
        body.CopyTo(output[RequestHeader.Size..]);
        return RequestHeader.Size + body.Length;
    }

    private CacheCommand CommandOf(in Operation operation) => operation.Kind switch
    {
        OperationKind.Get or OperationKind.Modify =>
            new CacheCommand { Opcode = Opcode.Get, Path = Path(operation.Key) },
        OperationKind.Delete => new CacheCommand { Opcode = Opcode.Delete, Path = Path(operation.Key) },
        _ => new CacheCommand
        {
            Opcode = Opcode.Set,
            Path = Path(operation.Key),
            Value = Content.Value(operation.ValueBytes),
            ExpiresAtMs = operation.TtlSeconds == 0
                ? 0
                : DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + (operation.TtlSeconds * 1_000L),
        },
    };

    private ReadOnlySpan<byte> Path(long key) => _key.AsSpan(0, Content.Paths.Write(_key, key));
}
