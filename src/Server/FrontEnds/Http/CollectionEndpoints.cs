using System.Diagnostics;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections: declaring and reading collections.</summary>
internal sealed class CollectionEndpoints
{
    private readonly ApiGate _gate;

    public CollectionEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/collections", ListAsync).WithDisplayName("collection_list");
        routes.MapGet("/v1/collections/{name}", GetAsync).WithDisplayName("collection_get");
        routes.MapPut("/v1/collections/{name}", PutAsync).WithDisplayName("collection_put");
        routes.MapDelete("/v1/collections/{name}", DropAsync).WithDisplayName("collection_drop");
        routes.MapPost("/v1/collections/{name}/refresh", RefreshAsync).WithDisplayName("collection_refresh");
    }

    /// <summary>
    /// The collection's name in a route. One with slashes in it is sent with <c>%2F</c>, which routing leaves alone.
    /// </summary>
    public static string NameOf(HttpContext context) =>
        ((string)context.Request.RouteValues["name"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private async Task ListAsync(HttpContext context)
    {
        var collections = await _gate.Client.ListCollectionsAsync(context.RequestAborted);
        var answer = new CollectionsAnswer([.. collections.Select(SchemaJson.ToAnswer)]);
        await Answers.WriteAsync(context, answer, ApiJson.Wire.CollectionsAnswer);
    }

    private async Task GetAsync(HttpContext context)
    {
        var name = NameOf(context);
        var found = await _gate.Client.GetCollectionAsync(name, context.RequestAborted)
            ?? throw new ApiException(StatusCode.NoSuchCollection, $"No collection '{name}' is declared.");
        await Answers.WriteAsync(context, SchemaJson.ToAnswer(found), ApiJson.Wire.CollectionAnswer);
    }

    private async Task PutAsync(HttpContext context)
    {
        await _gate.Client.PutCollectionAsync(await ReadAsync(context), context.RequestAborted);
        await GetAsync(context);
    }

    private async Task DropAsync(HttpContext context)
    {
        await _gate.Client.Collections.DropAsync(NameOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The schema in a request's body, for the collection in its route.</summary>
    public static async Task<CollectionSchema> ReadAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.CollectionBody);
        return SchemaJson.ToSchema(NameOf(context), body);
    }

    private async Task RefreshAsync(HttpContext context)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var name = NameOf(context);
        await _gate.Client.RefreshAsync(name, context.RequestAborted);
        var took = (long)Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        await Answers.WriteAsync(context, new RefreshAnswer(name, took), ApiJson.Wire.RefreshAnswer);
    }
}
