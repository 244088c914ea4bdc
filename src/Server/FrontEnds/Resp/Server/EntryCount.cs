using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Counts the entries of all shards, each where its owner has it.</summary>
internal static class EntryCount
{
    /// <summary>DBSIZE.</summary>
    public static async ValueTask RunAsync(RespCall call)
    {
        var server = call.Client.Server;
        if (server.Node?.Router?.Topology is { } topology) await AskOwners(call, topology);
        else call.Reply.Integer(Here(server));
    }

    /// <summary>Entries of the leaves in this process, each shard counted once.</summary>
    public static long Here(RespServer server)
    {
        var shards = new Dictionary<ushort, long>();
        foreach (var leaf in server.Node?.Leaves ?? [])
            foreach (var shard in leaf.Stats().Shards)
                shards[shard.Shard] = Math.Max(shards.GetValueOrDefault(shard.Shard), shard.Entries);
        return shards.Values.Sum();
    }

    private static async ValueTask AskOwners(RespCall call, Topology topology)
    {
        long total = 0;
        for (var first = 0; first < topology.Shards.Count; first++)
        {
            var owner = topology.Shards[first].Replicas[0];
            // Each owner is asked once, at its first shard.
            if (topology.Shards.Take(first).Any(shard => shard.Replicas[0] == owner)) continue;
            var header = new RequestHeader
            {
                Opcode = Opcode.Stats, PathHash = PathHash.OfPath(Encoding.UTF8.GetBytes(owner)),
            };
            using var reply = await call.Executor.ExecuteAsync(header, default, call.Cancel);
            if (reply.Status != StatusCode.Ok || !StatsCodec.TryRead(reply.Body, out StatsReply? stats, out _))
            {
                RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
                return;
            }

            foreach (var shard in stats.Shards)
                if (shard.Shard < topology.Shards.Count && topology.Shards[shard.Shard].Replicas[0] == owner)
                    total += shard.Entries;
        }

        call.Reply.Integer(total);
    }
}
