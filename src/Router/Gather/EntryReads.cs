using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Reads of one path: the hot path of the router. Allocates nothing once its pools are filled.</summary>
internal sealed class EntryReads
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public EntryReads(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    public ValueTask<Reply> GetAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        Refuse(header.Opcode, body, out var refusal)
            ? new ValueTask<Reply>(refusal)
            : SendAsync(_tables.Current, header, body, deadlineAt, this, cancel);

    /// <summary>
    /// Goes on after a leaf said that the topology is another: by the new one, once, if there is one to be had.
    /// </summary>
    public async ValueTask<Reply> FollowAsync(
        Reply refusal, RequestHeader routed, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!await _tables.FollowAsync(refusal, routed.Epoch, cancel).ConfigureAwait(false))
            return RoutingTables.Explain(refusal, routed.Epoch);
        var table = _tables.Current;
        var reply = await SendAsync(table, routed, body, deadlineAt, null, cancel).ConfigureAwait(false);
        return RoutingTables.Explain(reply, table.Epoch);
    }

    private static bool Refuse(Opcode opcode, ReadOnlyMemory<byte> body, out Reply refusal)
    {
        var status = CacheCommand.TryRead(opcode, body.Span, out _, out var error);
        refusal = status == StatusCode.Ok ? default : RouterReply.Error(status, error!);
        return status != StatusCode.Ok;
    }

    private ValueTask<Reply> SendAsync(
        RoutingTable table, in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt,
        EntryReads? follower, CancellationToken cancel)
    {
        // The body was checked: path length, path, version, and of a field get the names.
        var path = body.Span.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian(body.Span));
        var versionMin = BinaryPrimitives.ReadUInt64LittleEndian(body.Span[(sizeof(ushort) + path.Length)..]);
        var fromOwner = (header.Flags & FrameFlags.FromOwner) != 0;
        var shard = table.ShardOf(path);
        var route = fromOwner ? table.Owners[shard] : table.Shards[shard];
        var routed = new RequestHeader
        {
            Opcode = header.Opcode,
            Flags = header.Flags & FrameFlags.FromOwner,
            Epoch = table.Epoch,
            Shard = route.Shard,
            PathHash = PathHash.OfPath(path),
        };
        return _services.Reads.Rent().RunAsync(
            route, fromOwner ? OperationClass.Addressed : OperationClass.PointRead, routed, body, versionMin,
            deadlineAt, cancel, follower);
    }
}
