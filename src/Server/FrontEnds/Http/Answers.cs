using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Reads and writes bodies of the API.</summary>
internal static class Answers
{
    private const string JsonType = "application/json";
    private const string RetryAfterSeconds = "1";

    private static readonly Dictionary<string, string> OwnNames = [];

    /// <summary>Members of bodies that may be called as in OpenSearch, and what they are called here.</summary>
    private static readonly Dictionary<string, string> Spellings = new(StringComparer.Ordinal)
    {
        ["aggregations"] = "aggs",
        ["_source"] = "source",
        ["allow_partial_search_results"] = "allowPartial",
        ["docvalue_fields"] = "docvalueFields",
        ["track_scores"] = "trackScores",
        ["search_after"] = "searchAfter",
        ["min_score"] = "minScore",
        ["track_total_hits"] = "totalUpTo",
        ["char_filter"] = "charFilter",
        ["keep_alive"] = "keepAlive",
    };

    private static readonly (string Type, string Expected)[] TypeNames =
    [
        ("[System.Double]", "a number"), ("[System.Int32]", "a whole number"), ("[System.Boolean]", "true or false"),
        ("System.Double", "a number"), ("System.Single", "a number"), ("System.Int32", "a whole number"),
        ("System.Boolean", "true or false"), ("IReadOnlyList", "a list"), ("Dictionary", "an object"),
        ("System.String", "text"),
    ];

    /// <summary>Writes a body as JSON.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type, int httpStatus = 200)
    {
        // Whole before the first byte leaves: a failure to serialise is still an error answer, and the length is known.
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.StatusCode = httpStatus;
        context.Response.ContentType = JsonType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Writes the error of a status.</summary>
    public static Task WriteErrorAsync(HttpContext context, StatusCode status, string message)
    {
        var row = ErrorTable.Of(status);
        if (ErrorTable.IsRetryable(status)) context.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (status == StatusCode.Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteErrorAsync(context, row.HttpStatus, row.Code, message, row.Hint);
    }

    /// <summary>Writes an error that is HTTP's own.</summary>
    public static Task WriteErrorAsync(HttpContext context, int httpStatus, string code, string message, string hint) =>
        WriteAsync(
            context, new ErrorAnswer(new ErrorDetail(code, message, hint)), ApiJson.Wire.ErrorAnswer, httpStatus);

    /// <summary>Reads a JSON body, all that the request says: there are no parameters beside it.</summary>
    /// <exception cref="ApiException">It is none, or has members that the API does not know.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        SearchEndpoints.Know(context.Request, []);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return Read(body.GetBuffer().AsSpan(0, (int)body.Length), type);
    }

    /// <summary>Reads a JSON body that is all there.</summary>
    /// <exception cref="ApiException">As of <see cref="ReadAsync"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
    {
        if (body.StartsWith(Encoding.UTF8.Preamble)) body = body[Encoding.UTF8.Preamble.Length..];
        try
        {
            // A body that is free in its outermost names has no others of theirs.
            var spellings = type.Kind == JsonTypeInfoKind.Object ? Spellings : OwnNames;
            if (JsonBody.Problem(body, spellings) is { } problem)
                throw ApiException.BadRequest($"The body is not what is expected here: {problem}.");
            return JsonSerializer.Deserialize(body, type) ?? throw Missing();
        }
        catch (JsonException e)
        {
            throw Malformed(e, type);
        }
    }

    private static ApiException Missing() => ApiException.BadRequest("The body is null; a JSON object is expected.");

    private static ApiException Malformed(JsonException e, JsonTypeInfo type) =>
        ApiException.BadRequest($"The body is not what is expected here: {Plain(e, type)}");

    /// <summary>A parser's message without the names of this program's types.</summary>
    private static string Plain(JsonException e, JsonTypeInfo type)
    {
        var message = e.Message;
        var cut = message.IndexOf(" could not be mapped to any .NET member", StringComparison.Ordinal);
        if (cut > 0) return $"{message[..cut]} is not known here; known are {Known(message[cut..], type)}.";
        if (message.Contains("could not be converted", StringComparison.Ordinal))
        {
            var expected = Array.Find(TypeNames, row => message.Contains(row.Type, StringComparison.Ordinal)).Expected;
            return $"The value at {e.Path} is of another type; it must be {expected ?? "an object"}.";
        }

        cut = message.IndexOf("was missing required properties", StringComparison.Ordinal);
        return cut < 0 ? message : "It " + message[cut..];
    }

    /// <summary>The members of the object that a message is about.</summary>
    private static string Known(string message, JsonTypeInfo root)
    {
        var types = new List<JsonTypeInfo> { root };
        for (var i = 0; i < types.Count; i++)
        {
            if (message.Contains($"'{types[i].Type}'", StringComparison.Ordinal))
                return string.Join(", ", types[i].Properties.Select(member => member.Name));
            var within = types[i].Properties.Select(member => member.PropertyType).Append(types[i].ElementType);
            foreach (var type in within.OfType<Type>())
            {
                if (types.TrueForAll(known => known.Type != type) && root.Options.TryGetTypeInfo(type, out var next))
                    types.Add(next);
            }
        }

        return string.Join(", ", root.Properties.Select(member => member.Name));
    }
}
