using Hedgerow.Router;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections/NAME/pit: points in time, opened and closed.</summary>
internal sealed class PitEndpoints
{
    private static readonly TimeSpan Standard = TimeSpan.FromMinutes(1);

    private static readonly string[] Parameters = ["keepAlive", "keep_alive"];

    private readonly ApiGate _gate;

    public PitEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/collections/{name}/pit", OpenAsync).WithDisplayName("pit_open");
        routes.MapDelete("/v1/collections/{name}/pit", CloseAsync).WithDisplayName("pit_close");
    }

    private async Task OpenAsync(HttpContext context)
    {
        var query = SearchEndpoints.Know(context.Request, Parameters);
        var text = query["keepAlive"].ToString() is { Length: > 0 } own ? own : query["keep_alive"].ToString();
        var keepAlive = PageJson.KeepAlive(text) ?? Standard;
        var point = await _gate.Client.OpenPointInTimeAsync(
            CollectionEndpoints.NameOf(context), keepAlive, context.RequestAborted);
        var answer = new PitAnswer(point.Id, Quantities.FormatDuration(keepAlive));
        await Answers.WriteAsync(context, answer, ApiJson.Wire.PitAnswer);
    }

    private async Task CloseAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.PitBody);
        var point = new PointInTime(CollectionEndpoints.NameOf(context), body.Id);
        var closed = await _gate.Client.ClosePointInTimeAsync(point, context.RequestAborted);
        await Answers.WriteAsync(context, new PitClosedAnswer(closed), ApiJson.Wire.PitClosedAnswer);
    }
}
