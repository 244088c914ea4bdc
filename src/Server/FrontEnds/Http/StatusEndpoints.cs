using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/status, /v1/topology and /v1/locate: what the cluster is made of and how it is.</summary>
internal sealed class StatusEndpoints
{
    private const string LocatePrefix = "/v1/locate";

    private readonly ApiGate _gate;
    private readonly NodeReadiness _readiness;

    public StatusEndpoints(ApiGate gate, NodeReadiness readiness)
    {
        _gate = gate;
        _readiness = readiness;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/status", StatusAsync).WithDisplayName("status");
        routes.MapGet("/v1/topology", TopologyAsync).WithDisplayName("topology");
        routes.MapGet(LocatePrefix, LocateAsync).WithDisplayName("locate");
        routes.MapGet(LocatePrefix + "/{**path}", LocateAsync).WithDisplayName("locate");
    }

    private async Task StatusAsync(HttpContext context)
    {
        var client = _gate.Client;
        var leaves = await client.StatusAsync(context.RequestAborted);
        var counters = client.Counters;
        var router = new RouterAnswer(
            counters.Requests, counters.HedgesSent, counters.HedgesWon, counters.HedgesCancelled, counters.HedgesDenied,
            counters.Retries);
        var answer = new StatusAnswer(
            _readiness.Current.State, _gate.Topology?.Epoch ?? 0, router, [.. leaves.Select(ToAnswer)]);
        await Answers.WriteAsync(context, answer, ApiJson.Wire.StatusAnswer);
    }

    private async Task TopologyAsync(HttpContext context)
    {
        var topology = _gate.Topology
            ?? throw new ApiException(StatusCode.Unavailable, "The topology is not known yet.");
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(TopologyJson.Write(topology), context.RequestAborted);
    }

    private async Task LocateAsync(HttpContext context)
    {
        var path = RawPath.Read(context, LocatePrefix);
        var place = _gate.Client.Locate(new EntryPath(path));
        var replicas = place.Replicas.Select((r, i) => new ReplicaAnswer(r.Id, r.Address, r.Zone, Owner: i == 0));
        var answer = new LocateAnswer(Encoding.UTF8.GetString(path), place.Shard, [.. replicas]);
        await Answers.WriteAsync(context, answer, ApiJson.Wire.LocateAnswer);
    }

    private static LeafAnswer ToAnswer(LeafStatus leaf)
    {
        var stats = leaf.Stats;
        return new LeafAnswer(
            leaf.Leaf.Id, leaf.Leaf.Address, stats?.State ?? "down", stats?.Epoch ?? 0,
            [.. (stats?.Shards ?? []).Select(s => new ShardAnswer(s.Shard, s.Entries, s.EntryBytes, s.Documents))],
            stats?.Counters ?? new Dictionary<string, long>(), leaf.Error);
    }
}
