using System.Diagnostics;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections: declaring and reading collections.</summary>
internal sealed class CollectionEndpoints
{
    private static readonly Dictionary<string, FieldType> TypesByName = Enum.GetValues<FieldType>().ToDictionary(
        type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()), StringComparer.OrdinalIgnoreCase);

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
        var answer = new CollectionsAnswer([.. collections.Select(ToAnswer)]);
        await Answers.WriteAsync(context, answer, ApiJson.Wire.CollectionsAnswer);
    }

    private async Task GetAsync(HttpContext context)
    {
        var name = NameOf(context);
        var found = await _gate.Client.GetCollectionAsync(name, context.RequestAborted)
            ?? throw new ApiException(StatusCode.NoSuchCollection, $"No collection '{name}' is declared.");
        await Answers.WriteAsync(context, ToAnswer(found), ApiJson.Wire.CollectionAnswer);
    }

    private async Task PutAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.CollectionBody);
        var schema = new CollectionSchema
        {
            Name = NameOf(context),
            Fields = [.. body.Fields.Select(ToField)],
            Mapping = ToMapping(body.Mapping),
            OwnPrefix = body.PathPrefix == $"/{NameOf(context)}/" ? null : body.PathPrefix,
            Shape = ToShape(body.Shape),
            IgnoreMalformed = body.IgnoreMalformed ?? false,
            QueryStopWords = body.QueryStopWords,
        };
        await _gate.Client.PutCollectionAsync(schema, context.RequestAborted);
        await GetAsync(context);
    }

    private async Task RefreshAsync(HttpContext context)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var name = NameOf(context);
        await _gate.Client.RefreshAsync(name, context.RequestAborted);
        var took = (long)Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        await Answers.WriteAsync(context, new RefreshAnswer(name, took), ApiJson.Wire.RefreshAnswer);
    }

    private static FieldSchema ToField(FieldBody body)
    {
        if (!TypesByName.TryGetValue(body.Type, out var type))
        {
            throw ApiException.BadRequest(
                $"The type of field '{body.Name}' is '{body.Type}'; allowed are "
                + $"{string.Join(", ", TypesByName.Keys)}.");
        }

        var hasTextOption = (body.StopWords ?? body.Positions ?? body.Norms ?? body.Instant) != null
            || (body.Analyzer != null && type != FieldType.Completion);
        if (type != FieldType.Text && hasTextOption)
        {
            throw ApiException.BadRequest(
                $"Field '{body.Name}' is {body.Type}; only text has analyzer, stopWords, positions, norms and "
                + "instant.");
        }

        return new FieldSchema
        {
            Name = body.Name,
            Type = type,
            Analyzer = body.Analyzer ?? "standard",
            StopWords = body.StopWords ?? false,
            Positions = body.Positions ?? true,
            Norms = body.Norms ?? true,
            Instant = body.Instant ?? false,
            Separator = body.Separator ?? "",
            FoldCase = body.FoldCase ?? false,
            Alias = body.Alias ?? "",
            Weight = body.Weight ?? 1,
            Vector = VectorFieldJson.Read(body, type),
        };
    }

    private static DocumentShape ToShape(string? name) => name switch
    {
        null or "json" => DocumentShape.Json,
        "hash" => DocumentShape.Hash,
        _ => throw ApiException.BadRequest($"shape is '{name}'; allowed are json and hash."),
    };

    private static MappingMode ToMapping(string? name) => name switch
    {
        null or "ignore" => MappingMode.Ignore,
        "strict" => MappingMode.Strict,
        "dynamic" => MappingMode.Dynamic,
        _ => throw ApiException.BadRequest($"mapping is '{name}'; allowed are ignore, strict and dynamic."),
    };

    private static CollectionAnswer ToAnswer(CollectionStatus collection)
    {
        var schema = collection.Schema;
        return new CollectionAnswer(
            schema.Name, schema.PathPrefix, collection.Documents, collection.Searchable, collection.Bytes,
            schema.Mapping.ToString().ToLowerInvariant(),
            [.. schema.Fields.Select(ToBody)],
            schema.Shape == DocumentShape.Json ? null : schema.Shape.ToString().ToLowerInvariant(),
            schema.IgnoreMalformed ? true : null,
            schema.QueryStopWords);
    }

    private static FieldBody ToBody(FieldSchema field)
    {
        if (field.Vector is { } options) return VectorFieldJson.Write(field, options);
        var isText = field.Type == FieldType.Text;
        return new FieldBody
        {
            Name = field.Name,
            Type = JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Type.ToString()),
            Analyzer = isText || field.Type == FieldType.Completion ? field.Analyzer : null,
            StopWords = isText ? field.StopWords : null,
            Positions = isText && !field.Positions ? false : null,
            Norms = isText && !field.Norms ? false : null,
            Instant = field.Instant ? true : null,
            Separator = field.Separator == "" ? null : field.Separator,
            FoldCase = field.FoldCase ? true : null,
            Alias = field.Alias == "" ? null : field.Alias,
            Weight = isText && field.Weight != 1 ? field.Weight : null,
        };
    }
}
