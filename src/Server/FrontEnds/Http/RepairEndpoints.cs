using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// /v1/collections/NAME/repair: how the replicas of a collection are, and having those whose files are damaged filled
/// anew from the others.
/// </summary>
internal sealed class RepairEndpoints
{
    private static readonly string[] Parameters = ["leaf"];

    private readonly ApiGate _gate;
    private readonly RepairRuns _runs;

    public RepairEndpoints(ApiGate gate, RepairRuns runs)
    {
        _gate = gate;
        _runs = runs;
    }

    /// <summary>How replicas are, for people and machines.</summary>
    public static RepairAnswer ToAnswer(IReadOnlyList<ReplicaCondition> replicas) => new(
        [.. replicas.Select(row => new ReplicaConditionAnswer(
            row.Shard, row.Leaf, Describe(row.State), row.Documents, row.Problem))]);

    /// <summary>How a replica is, in a word or two.</summary>
    public static string Describe(ReplicaState state) => state switch
    {
        ReplicaState.Well => "well",
        ReplicaState.NeedsRepair => "needs repair",
        ReplicaState.Refilling => "being filled",
        _ => "unknown",
    };

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        const string Route = "/v1/collections/{name}/repair";
        routes.MapPost(Route, BeginAsync).WithDisplayName("repair_begin");
        routes.MapGet(Route, GetAsync).WithDisplayName("repair_get");
        routes.MapDelete(Route, StopAsync).WithDisplayName("repair_stop");
    }

    private async Task BeginAsync(HttpContext context)
    {
        SearchEndpoints.Know(context.Request, Parameters);
        var name = CollectionEndpoints.NameOf(context);
        var leaf = context.Request.Query["leaf"].ToString() is { Length: > 0 } given ? given : null;
        var replicas = await _gate.Client.Collections.ReplicasAsync(name, context.RequestAborted);
        if (leaf is not null && replicas.All(row => row.Leaf != leaf))
        {
            throw ApiException.BadRequest(
                $"Leaf '{leaf}' has no replica of '{name}'; "
                + $"{string.Join(", ", replicas.Select(row => row.Leaf).Distinct())} have.");
        }

        var run = _runs.Begin(_gate.Client.Collections, name, leaf);
        if (run.Leaf == leaf)
        {
            await WriteAsync(context, replicas, run.Progress, StatusCodes.Status202Accepted);
            return;
        }

        await Answers.WriteErrorAsync(
            context, StatusCodes.Status409Conflict, "repair_under_way",
            $"A repair of '{name}' is under way, of {run.Leaf ?? "all replicas that need it"}.",
            "Wait until GET says that it is not running, or stop it with DELETE.");
    }

    private async Task GetAsync(HttpContext context)
    {
        SearchEndpoints.Know(context.Request, []);
        var name = CollectionEndpoints.NameOf(context);
        // In this order what is said not to run any more has left the replicas as they are told.
        var progress = _runs.Find(name)?.Progress;
        var replicas = await _gate.Client.Collections.ReplicasAsync(name, context.RequestAborted);
        await WriteAsync(context, replicas, progress, StatusCodes.Status200OK);
    }

    private async Task StopAsync(HttpContext context)
    {
        var name = CollectionEndpoints.NameOf(context);
        if (_runs.Stop(name) is { } stopped) await stopped;
        else await _gate.Client.Collections.ReplicasAsync(name, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task WriteAsync(
        HttpContext context, IReadOnlyList<ReplicaCondition> replicas, RepairProgress? progress, int httpStatus)
    {
        var answer = ToAnswer(replicas) with
        {
            Running = progress is { IsRunning: true },
            Copied = progress?.Copied,
            Filled = progress?.Filled,
            Problem = progress?.Problem,
        };
        return Answers.WriteAsync(context, answer, ApiJson.Wire.RepairAnswer, httpStatus);
    }
}
