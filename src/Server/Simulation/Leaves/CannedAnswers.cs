using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// What modelled leaves answer: right in form, the same for every path, made once. Only when and whether they answer is
/// simulated, so nobody reads what they say.
/// </summary>
internal sealed class CannedAnswers
{
    /// <summary>Documents of each shard, as a search's coverage counts them.</summary>
    private const int DocumentsOfShard = 1_000;

    private static readonly byte[] Value = new byte[64];
    private readonly Dictionary<int, byte[]> _many = [];
    private readonly byte[] _entry = EntryOf(Value);
    private readonly byte[] _found = Written(SearchCodec.Write, new SearchReply
    {
        Total = 1,
        Hits = [new SearchHit { Path = "/docs/1", Score = 1, Version = 1 }],
        Coverage = new Coverage(1, 1, DocumentsOfShard, DocumentsOfShard),
        Statistics = Statistics,
    });

    private readonly byte[] _counted = Written(SearchCodec.Write, Statistics);
    private readonly byte[] _collections = Written(CollectionCodec.Write, new CollectionList([]));

    private static TermStatistics Statistics => new() { Documents = DocumentsOfShard, Fields = [], Terms = [] };

    /// <summary>The answer to a request; the header's times and lengths are the leaf's.</summary>
    public Reply To(in RequestHeader header, byte[] body, in ReplyHeader told) => header.Opcode switch
    {
        Opcode.Get => Shared(told with { Version = 1 }, _entry),
        Opcode.GetMany => Shared(told, Many(PathsOf(header, body))),
        Opcode.Search => Shared(told, _found),
        Opcode.TermStatistics => Shared(told, _counted),
        Opcode.CollectionGet => Shared(told, _collections),
        _ => Shared(told with { Version = 1 }, []),
    };

    /// <summary>Paths that a request asks for.</summary>
    public static int PathsOf(in RequestHeader header, byte[] body) =>
        header.Opcode == Opcode.GetMany ? BinaryPrimitives.ReadUInt16LittleEndian(body) : 1;

    private static Reply Shared(in ReplyHeader header, byte[] body) =>
        new(header, body, 0, body.Length, pooled: false);

    private static byte[] EntryOf(byte[] value)
    {
        var body = new byte[EntryBody.PrefixLength + value.Length];
        EntryBody.WritePrefix(body, 0, 0);
        value.CopyTo(body, EntryBody.PrefixLength);
        return body;
    }

    private static byte[] Written<T>(Action<IBufferWriter<byte>, T> write, T message)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return output.WrittenSpan.ToArray();
    }

    private byte[] Many(int paths)
    {
        if (_many.TryGetValue(paths, out var known)) return known;
        var output = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(output, paths);
        for (var i = 0; i < paths; i++) GetManyCodec.WriteEntry(output, 1, 0, 0, Value);
        return _many[paths] = output.WrittenSpan.ToArray();
    }
}
