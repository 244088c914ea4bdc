using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections/NAME/search: as a line of text in the query string, or as JSON.</summary>
internal sealed class SearchEndpoints
{
    private static readonly string[] Parameters =
    [
        "q", "size", "from", "fields", "operator", "source", "highlight", "allowPartial", "coverageMin", "sort",
        "totalUpTo", "explain", "profile", "lenient",
    ];

    private readonly ApiGate _gate;

    public SearchEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/collections/{name}/search", GetAsync).WithDisplayName("search");
        routes.MapPost("/v1/collections/{name}/search", PostAsync).WithDisplayName("search");
    }

    private Task GetAsync(HttpContext context) => SearchAsync(context, FromQuery(context.Request));

    private async Task PostAsync(HttpContext context) =>
        await SearchAsync(context, await Answers.ReadAsync(context, ApiJson.Wire.SearchBody));

    private async Task SearchAsync(HttpContext context, SearchBody body)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var request = SearchJson.Request(CollectionEndpoints.NameOf(context), body);
        var suggesting = body.Suggest is { } json ? SuggestJson.Request(request.Collection, json) : null;
        var reply = await _gate.Client.SearchAsync(request, context.RequestAborted);
        var suggested = suggesting is null
            ? null
            : SuggestJson.Answer(suggesting, await _gate.Client.SuggestAsync(suggesting, context.RequestAborted));
        var answer = SearchJson.Answer(request, reply, Stopwatch.GetElapsedTime(startedAt)) with
        {
            Suggest = suggested,
        };
        await Answers.WriteAsync(context, answer, ApiJson.Wire.SearchAnswer);
    }

    private static SearchBody FromQuery(HttpRequest request)
    {
        var query = Know(request, Parameters);
        var source = query["source"].ToString();
        return new SearchBody
        {
            Q = query.TryGetValue("q", out var q) ? q.ToString() : null,
            Size = Number(query, "size", 10),
            From = Number(query, "from", 0),
            Fields = List(query, "fields"),
            Operator = query.TryGetValue("operator", out var word) ? word.ToString() : "or",
            Lenient = Flag(query, "lenient", false),
            Source = source.Length == 0 ? null : SourceElement(source),
            Highlight = query.ContainsKey("highlight")
                ? JsonSerializer.SerializeToElement(List(query, "highlight"), ApiJson.Wire.StringArray)
                : null,
            AllowPartial = Flag(query, "allowPartial", true),
            CoverageMin = Share(query, "coverageMin"),
            Explain = Flag(query, "explain", false),
            Profile = Flag(query, "profile", false),
            Sort = query.TryGetValue("sort", out var sort) ? SortJson.OfText(sort.ToString()) : null,
            TotalUpTo = query.ContainsKey("totalUpTo") ? Number(query, "totalUpTo", 0) : null,
        };
    }

    /// <summary>The parameters of a request that takes these.</summary>
    /// <exception cref="ApiException">There is another one, or they are no texts.</exception>
    internal static IQueryCollection Know(HttpRequest request, string[] parameters)
    {
        // Bytes that are no UTF-8 would be left in their escapes, and searched for as percent signs and digits.
        var sent = Encoding.UTF8.GetBytes(request.QueryString.Value ?? "");
        if (!Utf8.IsValid(WebUtility.UrlDecodeToBytes(sent, 0, sent.Length)))
        {
            throw ApiException.BadRequest(
                "The query string has percent escapes that are no UTF-8; half of a surrogate pair is none.");
        }

        var query = request.Query;
        foreach (var name in query.Keys)
            if (!parameters.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw ApiException.BadRequest(
                    $"There is no parameter '{name}'; there "
                    + $"{(parameters.Length == 0 ? "is none" : $"are {string.Join(", ", parameters)}")}.");
        return query;
    }

    internal static JsonElement SourceElement(string text)
    {
        if (bool.TryParse(text, out var with)) return JsonSerializer.SerializeToElement(with, ApiJson.Wire.Boolean);
        return JsonSerializer.SerializeToElement(Split(text), ApiJson.Wire.StringArray);
    }

    internal static int Number(IQueryCollection query, string name, int standard)
    {
        if (!query.TryGetValue(name, out var text)) return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw ApiException.BadRequest($"{name} is '{text}'; it must be a whole number from 0.");
    }

    private static double? Share(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var text)) return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw ApiException.BadRequest($"{name} is '{text}'; allowed are 0 to 1.");
    }

    internal static bool Flag(IQueryCollection query, string name, bool standard)
    {
        if (!query.TryGetValue(name, out var text)) return standard;
        return bool.TryParse(text, out var value)
            ? value
            : throw ApiException.BadRequest($"{name} is '{text}'; allowed are true and false.");
    }

    internal static string[] List(IQueryCollection query, string name) => Split(query[name].ToString());

    private static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
