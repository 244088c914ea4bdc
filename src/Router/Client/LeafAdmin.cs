using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A client's calls to single leaves, by the hash of their ids.</summary>
internal static class LeafAdmin
{
    public static async ValueTask<IReadOnlyList<LeafStatus>> StatusAsync(ClientCalls calls, CancellationToken cancel)
    {
        using var reply = await calls.SendAsync(new RequestHeader { Opcode = Opcode.Topology }, default, cancel)
            .ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
        var topology = TopologyJson.Parse(reply.Body, "the router's topology");
        return await Task.WhenAll(topology.Leaves.Select(leaf => StatusAsync(calls, leaf, cancel)))
            .ConfigureAwait(false);
    }

    public static async ValueTask<StatsReply> RouterStatusAsync(ClientCalls calls, CancellationToken cancel)
    {
        using var reply = await calls.SendAsync(new RequestHeader { Opcode = Opcode.Stats }, default, cancel)
            .ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
        return StatsCodec.TryRead(reply.Body, out var stats, out var error)
            ? stats
            : throw new HedgerowException(StatusCode.BadRequest, $"The router's statistics do not parse: {error}");
    }

    public static async ValueTask SetFaultAsync(
        ClientCalls calls, string leafId, FaultRequest fault, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(leafId);
        var body = new ArrayBufferWriter<byte>();
        FaultCodec.Write(body, fault);
        using var reply = await calls.SendAsync(HeaderOf(Opcode.Fault, leafId), body.WrittenMemory, cancel)
            .ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
    }

    public static async ValueTask<SnapshotReply> SnapshotAsync(
        ClientCalls calls, string leafId, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(leafId);
        using var reply = await calls.SendAsync(HeaderOf(Opcode.Snapshot, leafId), default, cancel)
            .ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
        return SnapshotCodec.TryRead(reply.Body, out var written, out var error)
            ? written
            : throw new HedgerowException(StatusCode.BadRequest, $"The snapshot's answer does not parse: {error}");
    }

    private static RequestHeader HeaderOf(Opcode opcode, string leafId) =>
        new() { Opcode = opcode, PathHash = PathHash.OfPath(Encoding.UTF8.GetBytes(leafId)) };

    private static async Task<LeafStatus> StatusAsync(ClientCalls calls, LeafEndpoint leaf, CancellationToken cancel)
    {
        using var reply = await calls.SendAsync(HeaderOf(Opcode.Stats, leaf.Id), default, cancel).ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok)
            return new LeafStatus(leaf, null, $"{reply.Status}: {RouterReply.Text(reply)}");
        return StatsCodec.TryRead(reply.Body, out var stats, out var error)
            ? new LeafStatus(leaf, stats, null)
            : new LeafStatus(leaf, null, error);
    }
}
