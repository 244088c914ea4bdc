using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Operations on the router itself, and on single leaves: a leaf is named by the hash of its id in the header's path
/// hash.
/// </summary>
internal sealed class AdminOps
{
    private readonly CallServices _services;
    private readonly ShardCalls _shards;

    public AdminOps(CallServices services, ShardCalls shards)
    {
        _services = services;
        _shards = shards;
    }

    public Reply Topology() => RouterReply.Ok(TopologyJson.Write(_shards.Table.Topology));

    /// <summary>The router's own statistics, or those of the leaf named.</summary>
    public ValueTask<Reply> StatsAsync(
        in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        header.PathHash != 0 ? AskLeafAsync(header, body, deadlineAt, cancel) : new ValueTask<Reply>(OwnStats());

    /// <summary>The fault switch of the leaf named.</summary>
    public ValueTask<Reply> FaultAsync(
        in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        header.PathHash != 0
            ? AskLeafAsync(header, body, deadlineAt, cancel)
            : new ValueTask<Reply>(RouterReply.Error(
                StatusCode.BadRequest, "A fault needs a leaf: the path hash must be the XXH3-64 of its id."));

    /// <summary>A snapshot of the leaf named.</summary>
    public ValueTask<Reply> SnapshotAsync(
        in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        header.PathHash != 0
            ? AskLeafAsync(header, body, deadlineAt, cancel)
            : new ValueTask<Reply>(RouterReply.Error(
                StatusCode.BadRequest, "A snapshot needs a leaf: the path hash must be the XXH3-64 of its id."));

    private Reply OwnStats() => RouterReply.Of(
        new StatsReply
        {
            Name = "router",
            Role = "router",
            State = "ready",
            Epoch = _shards.Table.Epoch,
            Counters = _services.Counters.ByName(),
        },
        StatsCodec.Write);

    private ValueTask<Reply> AskLeafAsync(
        in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var table = _shards.Table;
        var hash = header.PathHash;
        var leaf = Array.Find(table.Leaves, l => l.Owner.IdHash == hash);
        return leaf is null
            ? new ValueTask<Reply>(RouterReply.Error(
                StatusCode.BadRequest,
                $"No leaf's id has the hash {hash:x16}; there are "
                + string.Join(", ", table.Leaves.Select(l => l.Owner.Endpoint.Id)) + "."))
            : _shards.AskAsync(table, leaf, OperationClass.Addressed, header.Opcode, body, deadlineAt, cancel);
    }
}
