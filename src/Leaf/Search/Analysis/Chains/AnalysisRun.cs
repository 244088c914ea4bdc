using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Answers what an analyzer makes of a text, and why.</summary>
internal static class AnalysisRun
{
    /// <summary>Analyses.</summary>
    /// <param name="request">What is asked; its limits hold.</param>
    /// <param name="schema">The collection that it names; null where it names none.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="error">What is wrong with the request, and what is allowed.</param>
    /// <returns>Ok or BadRequest.</returns>
    public static StatusCode Answer(
        AnalyzeRequest request, CollectionSchema? schema, out AnalyzeReply? reply, out string? error)
    {
        reply = null;
        error = null;
        try
        {
            reply = Answer(request, CustomAnalyzers.Of(schema?.Analysis), schema);
            return StatusCode.Ok;
        }
        catch (AnalysisException wrong)
        {
            error = wrong.Message;
            return StatusCode.BadRequest;
        }
    }

    private static AnalyzeReply Answer(AnalyzeRequest request, CustomAnalyzers own, CollectionSchema? schema)
    {
        if (new object?[] { request.Analyzer, request.Field, request.Chain }.Count(one => one is not null) > 1)
        {
            throw new AnalysisException(
                "analyzer, field and a chain of its own exclude each other; name one of them, or none for 'standard'");
        }

        var isQuery = request.AsQuery ?? request.Field is null;
        var (name, chain) = request switch
        {
            { Chain: { } tried } => ("", Made(tried, own)),
            { Field: { } field } => OfField(field, isQuery, own, schema),
            _ => Named(request.Analyzer ?? "standard", false, own),
        };
        var stages = chain.Explain(request.Text, isQuery);
        return new AnalyzeReply(name, stages[^1].Tokens, request.Explain ? stages : []);
    }

    private static (string Name, AnalysisChain Chain) OfField(
        string name, bool isQuery, CustomAnalyzers own, CollectionSchema? schema)
    {
        if (schema is null) throw new AnalysisException($"field '{name}' needs the collection that has it");
        var field = schema.Fields.FirstOrDefault(one => one.Name == name)
            ?? throw new AnalysisException(
                $"there is no field '{name}'; the collection has "
                + string.Join(", ", schema.Fields.Select(one => one.Name)));
        if (field.Type != FieldType.Text) return Named("keyword", false, own);
        var analyzer = (isQuery ? field.SearchAnalyzer : null) ?? field.Analyzer;
        return Named(analyzer, field.StopWords && analyzer == field.Analyzer, own);
    }

    private static (string Name, AnalysisChain Chain) Named(string name, bool stopWords, CustomAnalyzers own)
    {
        if (own.Find(name) is { } chain) return (name, chain);
        return PresetChains.Of(name, stopWords) is { } preset
            ? (name, Made(preset, own))
            : throw new AnalysisException(
                $"unknown analyzer '{name}'; known are {string.Join(", ", own.Names.Concat(Analyzers.Names))}");
    }

    private static AnalysisChain Made(AnalyzerSchema schema, CustomAnalyzers own) =>
        AnalysisChain.Make(schema, own.Sets);
}
