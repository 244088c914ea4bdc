using System.Diagnostics;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/collections/NAME/instant and /suggest.</summary>
internal sealed class InstantEndpoints(ApiGate gate)
{
    private static readonly string[] InstantParameters =
    [
        "q", "fields", "size", "from", "matching", "typos", "rank", "source", "highlight", "exactTotal",
        "allowPartial", "complete", "didYouMean",
    ];

    private static readonly string[] SuggestParameters = ["field", "prefix", "words", "phrase", "size", "fuzzy"];

    private static readonly string[] SuggestKinds = ["prefix", "words", "phrase"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/collections/{name}/instant", GetInstantAsync).WithDisplayName("instant");
        routes.MapPost("/v1/collections/{name}/instant", PostInstantAsync).WithDisplayName("instant");
        routes.MapGet("/v1/collections/{name}/suggest", GetSuggestAsync).WithDisplayName("suggest");
        routes.MapPost("/v1/collections/{name}/suggest", PostSuggestAsync).WithDisplayName("suggest");
    }

    private async Task PostInstantAsync(HttpContext context) =>
        await InstantAsync(context, await Answers.ReadAsync(context, ApiJson.Wire.InstantBody));

    private Task GetInstantAsync(HttpContext context)
    {
        var query = SearchEndpoints.Know(context.Request, InstantParameters);
        var source = query["source"].ToString();
        return InstantAsync(context, new InstantBody
        {
            Q = query["q"].ToString(),
            Fields = SearchEndpoints.List(query, "fields"),
            Size = SearchEndpoints.Number(query, "size", 10),
            From = SearchEndpoints.Number(query, "from", 0),
            Matching = query.TryGetValue("matching", out var matching) ? matching.ToString() : "last",
            Typos = SearchEndpoints.Flag(query, "typos", true),
            Rank = query.TryGetValue("rank", out var rank) ? rank.ToString() : null,
            Source = source.Length == 0 ? null : SearchEndpoints.SourceElement(source),
            Highlight = SearchEndpoints.List(query, "highlight"),
            ExactTotal = SearchEndpoints.Flag(query, "exactTotal", false),
            AllowPartial = SearchEndpoints.Flag(query, "allowPartial", true),
            Complete = query.TryGetValue("complete", out var complete) ? complete.ToString() : null,
            DidYouMean = SearchEndpoints.Flag(query, "didYouMean", false),
        });
    }

    private async Task InstantAsync(HttpContext context, InstantBody body)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var request = InstantJson.Request(CollectionEndpoints.NameOf(context), body);
        var reply = await gate.Client.InstantAsync(request, context.RequestAborted);
        var answer = InstantJson.Answer(reply, Stopwatch.GetElapsedTime(startedAt));
        await Answers.WriteAsync(context, answer, ApiJson.Wire.InstantAnswer);
    }

    private async Task PostSuggestAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.JsonElement);
        await SuggestAsync(context, SuggestJson.Request(CollectionEndpoints.NameOf(context), body));
    }

    /// <summary>One suggestion, whose name is the parameter that asks for it.</summary>
    private Task GetSuggestAsync(HttpContext context)
    {
        var query = SearchEndpoints.Know(context.Request, SuggestParameters);
        var kinds = SuggestKinds.Where(query.ContainsKey).ToArray();
        if (kinds is not [var kind])
            throw ApiException.BadRequest(
                "Send one of prefix, words and phrase; prefix completes, the others correct.");
        var (text, field) = (query[kind].ToString(), query["field"].ToString());
        var size = SearchEndpoints.Number(query, "size", 5);
        if (size > SuggestRequest.SizeMax)
            throw ApiException.BadRequest($"size is {size}; allowed are 0 to {SuggestRequest.SizeMax}.");
        var fuzzy = SearchEndpoints.Flag(query, "fuzzy", false);
        var request = new SuggestRequest { Collection = CollectionEndpoints.NameOf(context) };
        return SuggestAsync(context, kind switch
        {
            "prefix" => request with
            {
                Completions =
                [
                    new CompletionQuery(kind, field, text) { Size = size, Edits = fuzzy ? FuzzyQuery.AutoEdits : 0 },
                ],
            },
            "words" => request with { Words = [new WordQuery(kind, field, text) { Size = size }] },
            _ => request with { Phrases = [new PhraseCorrection(kind, field, text) { Size = size }] },
        });
    }

    private async Task SuggestAsync(HttpContext context, SuggestRequest request)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var reply = await gate.Client.SuggestAsync(request, context.RequestAborted);
        var answer = SuggestJson.Answer(request, reply, Stopwatch.GetElapsedTime(startedAt));
        await Answers.WriteAsync(context, answer, ApiJson.Wire.SuggestAnswer);
    }
}
