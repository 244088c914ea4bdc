using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// Hedgerow's own frames, for a router, or for a leaf that holds shard 0 (which knows no reads of many and no searches
/// over shards).
/// </summary>
internal sealed class NativeDialect(RequestContent content, string token = "") : WireDialect(content)
{
    private const int IdAt = 8;

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
            case OperationKind.Get or OperationKind.Modify:
                return WriteGet(output, operation.Key, id);
            default:
                return Write(output, CommandOf(operation), id);
        }
    }

    public override WireReply Read(ReadOnlySpan<byte> input)
    {
        if (input.Length < RequestHeader.Size) return default;
        // Of the header only what is needed, in two looks: most of what a generator does with a small reply is this.
        var first = BinaryPrimitives.ReadUInt64LittleEndian(input);
        var second = BinaryPrimitives.ReadUInt64LittleEndian(input[IdAt..]);
        var bodyBytes = (uint)first;
        if ((byte)(first >> 32) != ProtocolLimits.Version || bodyBytes > int.MaxValue / 2) throw Unexpected(input);
        var bytes = RequestHeader.Size + (int)bodyBytes;
        if (input.Length < bytes) return default;
        var outcome = (StatusCode)(byte)(second >> 32) switch
        {
            StatusCode.Ok => Outcome.Ok,
            StatusCode.NotFound => Outcome.Miss,
            _ => Outcome.Failed,
        };
        var isHello = (Opcode)(byte)(first >> 40) == Opcode.Hello;
        var hasMore = ((FrameFlags)(ushort)(first >> 48) & FrameFlags.More) != 0;
        return new WireReply(bytes, outcome, isHello ? null : (uint)second, hasMore);
    }

    // As CacheCommand writes it, with the path put where it belongs at once.
    private int WriteGet(Span<byte> output, long key, uint id)
    {
        const int BodyAt = RequestHeader.Size;
        const int PathAt = BodyAt + sizeof(ushort);
        var pathBytes = Content.Paths.Write(output[PathAt..], key);
        var end = PathAt + pathBytes + sizeof(ulong);
        BinaryPrimitives.WriteUInt16LittleEndian(output[BodyAt..], (ushort)pathBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(output[(end - sizeof(ulong))..], 0);
        var header = new RequestHeader
        {
            Opcode = Opcode.Get,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = id,
            PathHash = PathHash.OfPath(output.Slice(PathAt, pathBytes)),
            BodyLength = end - BodyAt,
        };
        header.WriteTo(output);
        return end;
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
