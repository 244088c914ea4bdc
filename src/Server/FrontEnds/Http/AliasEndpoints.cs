namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/aliases: other names of collections.</summary>
internal sealed class AliasEndpoints
{
    private readonly ApiGate _gate;

    public AliasEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/aliases", ListAsync).WithDisplayName("alias_list");
        routes.MapPut("/v1/aliases/{name}", PutAsync).WithDisplayName("alias_put");
        routes.MapDelete("/v1/aliases/{name}", RemoveAsync).WithDisplayName("alias_remove");
    }

    private async Task ListAsync(HttpContext context)
    {
        var collections = await _gate.Client.ListCollectionsAsync(context.RequestAborted);
        var aliases = collections.SelectMany(c => c.Aliases.Select(alias => new AliasAnswer(alias, c.Schema.Name)));
        var answer = new AliasesAnswer([.. aliases.OrderBy(a => a.Alias, StringComparer.Ordinal)]);
        await Answers.WriteAsync(context, answer, ApiJson.Wire.AliasesAnswer);
    }

    private async Task PutAsync(HttpContext context)
    {
        var name = CollectionEndpoints.NameOf(context);
        var body = await Answers.ReadAsync(context, ApiJson.Wire.AliasBody);
        await _gate.Client.Collections.SetAliasAsync(name, body.Collection, context.RequestAborted);
        await Answers.WriteAsync(context, new AliasAnswer(name, body.Collection), ApiJson.Wire.AliasAnswer);
    }

    private async Task RemoveAsync(HttpContext context)
    {
        await _gate.Client.Collections.RemoveAliasAsync(CollectionEndpoints.NameOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
