using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections/NAME/reindex: another schema for what a collection has, without an interruption.</summary>
internal sealed class ReindexEndpoints
{
    private readonly ApiGate _gate;

    public ReindexEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>How far it is, for people and machines.</summary>
    public static ReindexAnswer ToAnswer(ReindexStatus status) =>
        new(status.Copied, status.Documents, status.IsReady, status.Problem);

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        const string Route = "/v1/collections/{name}/reindex";
        routes.MapPost(Route, BeginAsync).WithDisplayName("reindex_begin");
        routes.MapGet(Route, GetAsync).WithDisplayName("reindex_get");
        routes.MapDelete(Route, CancelAsync).WithDisplayName("reindex_cancel");
        routes.MapPost($"{Route}/finish", FinishAsync).WithDisplayName("reindex_finish");
    }

    private async Task BeginAsync(HttpContext context)
    {
        await _gate.Client.Collections.BeginReindexAsync(
            await CollectionEndpoints.ReadAsync(context), context.RequestAborted);
        await WriteAsync(context, StatusCodes.Status202Accepted);
    }

    private Task GetAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK);

    private async Task WriteAsync(HttpContext context, int httpStatus)
    {
        var name = CollectionEndpoints.NameOf(context);
        var status = await _gate.Client.Collections.ReindexStatusAsync(name, context.RequestAborted)
            ?? throw new ApiException(StatusCode.NotFound, $"No reindex of '{name}' is under way.");
        await Answers.WriteAsync(context, ToAnswer(status), ApiJson.Wire.ReindexAnswer, httpStatus);
    }

    private async Task FinishAsync(HttpContext context)
    {
        await _gate.Client.Collections.FinishReindexAsync(
            CollectionEndpoints.NameOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CancelAsync(HttpContext context)
    {
        await _gate.Client.Collections.CancelReindexAsync(
            CollectionEndpoints.NameOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
