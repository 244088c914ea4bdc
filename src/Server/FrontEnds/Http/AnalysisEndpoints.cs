using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// What analyzers make of a text, at /v1/analyze and /v1/collections/NAME/analyze, and a collection's sets of synonyms,
/// at /v1/collections/NAME/synonyms/SET.
/// </summary>
internal sealed class AnalysisEndpoints
{
    private readonly ApiGate _gate;

    public AnalysisEndpoints(ApiGate gate)
    {
        _gate = gate;
    }

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/analyze", context => AnalyzeAsync(context, null)).WithDisplayName("analyze");
        routes.MapPost(
            "/v1/collections/{name}/analyze",
            context => AnalyzeAsync(context, CollectionEndpoints.NameOf(context))).WithDisplayName("analyze");
        routes.MapGet("/v1/collections/{name}/synonyms/{set}", GetSynonymsAsync).WithDisplayName("synonyms_get");
        routes.MapPut("/v1/collections/{name}/synonyms/{set}", PutSynonymsAsync).WithDisplayName("synonyms_put");
    }

    /// <summary>The request that a body makes.</summary>
    /// <exception cref="ApiException">Its chain is none.</exception>
    public static AnalyzeRequest ToRequest(string? collection, AnalyzeBody body)
    {
        var hasChain = (body.Tokenizer ?? body.Filter ?? body.CharFilter) is not null;
        return new AnalyzeRequest
        {
            Collection = collection,
            Analyzer = body.Analyzer,
            Field = body.Field,
            Chain = hasChain ? AnalysisJson.Chain(body.CharFilter, body.Tokenizer, body.Filter) : null,
            Text = body.Text,
            AsQuery = body.AsQuery,
            Explain = body.Explain ?? false,
        };
    }

    /// <summary>The answer as JSON has it.</summary>
    public static AnalyzeAnswer ToAnswer(AnalyzeReply reply) => new(
        reply.Analyzer.Length == 0 ? null : reply.Analyzer,
        ToTokens(reply.Tokens),
        reply.Stages.Count == 0
            ? null
            : [.. reply.Stages.Select(stage => new StageAnswer(
                stage.Part, stage.Text, stage.Text is null ? ToTokens(stage.Tokens) : null))]);

    private static List<TokenAnswer> ToTokens(IReadOnlyList<AnalyzedToken> tokens) =>
        [.. tokens.Select(token => new TokenAnswer(
            token.Term, token.Position, token.PositionLength == 1 ? null : token.PositionLength, token.Start, token.End,
            token.Type))];

    private async Task AnalyzeAsync(HttpContext context, string? collection)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.AnalyzeBody);
        var reply = await _gate.Client.AnalyzeAsync(ToRequest(collection, body), context.RequestAborted);
        await Answers.WriteAsync(context, ToAnswer(reply), ApiJson.Wire.AnalyzeAnswer);
    }

    private async Task GetSynonymsAsync(HttpContext context)
    {
        var (collection, name) = (CollectionEndpoints.NameOf(context), SetOf(context));
        var sets = await _gate.Client.Collections.SynonymsAsync(collection, context.RequestAborted);
        var set = sets.FirstOrDefault(one => one.Name == name)
            ?? throw new ApiException(
                StatusCode.NotFound, $"Collection '{collection}' has no set of synonyms '{name}'.");
        var body = new SynonymsBody { Format = AnalysisJson.NameOf(set.Format), Rules = set.Rules };
        await Answers.WriteAsync(context, body, ApiJson.Wire.SynonymsBody);
    }

    /// <summary>
    /// Puts a set in the place of the one of its name: searches that begin from then on are read by it.
    /// </summary>
    private async Task PutSynonymsAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context, ApiJson.Wire.SynonymsBody);
        var set = AnalysisJson.Set(SetOf(context), body.Format, body.Rules);
        await _gate.Client.Collections.PutSynonymsAsync(
            CollectionEndpoints.NameOf(context), set, context.RequestAborted);
        await GetSynonymsAsync(context);
    }

    private static string SetOf(HttpContext context) => (string)context.Request.RouteValues["set"]!;
}
