using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Reads of many paths: split by shard, asked in parallel, merged in the order asked. A shard that fails gives its
/// status to its own paths and to no other.
/// </summary>
internal sealed class ManyReads
{
    private readonly ShardCalls _shards;

    public ManyReads(ShardCalls shards)
    {
        _shards = shards;
    }

    public async ValueTask<Reply> GetManyAsync(
        ReadOnlyMemory<byte> body, ushort session, long deadlineAt, CancellationToken cancel)
    {
        var split = new Split();
        if (!TrySplit(body.Span, split, out var refusal)) return refusal;
        var pending = split.Bodies.Select(part => _shards.ReadAsync(
            part.Key, OperationClass.BatchRead, Opcode.GetMany, part.Value.Written(), deadlineAt, cancel, session)
            .AsTask());
        var replies = await ShardCalls.AllAsync(pending.ToArray()).ConfigureAwait(false);
        try
        {
            return Merge(split, replies);
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }
    }

    private bool TrySplit(ReadOnlySpan<byte> body, Split split, out Reply refusal)
    {
        refusal = default;
        var status = GetManyCodec.TryReadRequest(body, out var request, out var error);
        if (status != StatusCode.Ok)
        {
            refusal = RouterReply.Error(status, error!);
            return false;
        }

        var table = _shards.Table;
        while (request.MoveNext()) split.Add(table.ShardOf(request.Path), request.Path);
        return true;
    }

    private static Reply Merge(Split split, Reply[] replies)
    {
        var parts = new Dictionary<int, Part>();
        foreach (var (shard, reply) in split.Bodies.Keys.Zip(replies)) parts.Add(shard, new Part(reply));
        var output = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(output, split.Shards.Count);
        var whole = ProtocolLimits.Default.MessageBytesMax;
        foreach (var shard in split.Shards)
        {
            var row = parts[shard].Next();
            // What does not fit into one message is asked for again by whoever asked for that much at once.
            var fits = output.WrittenCount + row.Bytes.Length < whole - (split.Shards.Count * Part.RowBytes);
            if (fits) GetManyCodec.WriteRow(output, row.Status, row.Version, row.Bytes.Span);
            else GetManyCodec.WriteMissing(output, StatusCode.TooLarge, row.Version);
        }

        return RouterReply.Ok(output.WrittenSpan);
    }

    /// <summary>The shard of each path in the order asked, and each shard's own request.</summary>
    private sealed class Split
    {
        public List<int> Shards { get; } = [];

        public SortedDictionary<int, PartBody> Bodies { get; } = [];

        public void Add(int shard, ReadOnlySpan<byte> path)
        {
            Shards.Add(shard);
            if (!Bodies.TryGetValue(shard, out var body)) Bodies.Add(shard, body = new PartBody());
            body.Add(path);
        }
    }

    private sealed class PartBody
    {
        private readonly ArrayBufferWriter<byte> _rows = new();
        private int _count;

        public void Add(ReadOnlySpan<byte> path)
        {
            _count++;
            GetManyCodec.WritePath(_rows, PathHash.OfPath(path), path);
        }

        public ReadOnlyMemory<byte> Written()
        {
            var body = new ArrayBufferWriter<byte>(_rows.WrittenCount + sizeof(ushort));
            GetManyCodec.WriteCount(body, _count);
            body.Write(_rows.WrittenSpan);
            return body.WrittenMemory;
        }
    }

    /// <summary>One shard's answer, read row by row.</summary>
    private sealed class Part
    {
        public const int RowBytes = 13;
        private readonly List<(StatusCode Status, ulong Version, ReadOnlyMemory<byte> Bytes)> _rows = [];
        private readonly StatusCode _failure;
        private int _next;

        public Part(in Reply reply)
        {
            _failure = reply.Status == StatusCode.Ok ? StatusCode.Internal : reply.Status;
            if (reply.Status != StatusCode.Ok
                || GetManyCodec.TryReadReply(reply.Body.Span, out var rows, out _) != StatusCode.Ok) return;
            var offset = sizeof(ushort);
            while (rows.MoveNext())
            {
                offset += RowBytes;
                _rows.Add((rows.Status, rows.Version, reply.Body.Slice(offset, rows.EntryBytes.Length)));
                offset += rows.EntryBytes.Length;
            }
        }

        public (StatusCode Status, ulong Version, ReadOnlyMemory<byte> Bytes) Next() =>
            _next < _rows.Count ? _rows[_next++] : (_failure, 0, default);
    }
}
