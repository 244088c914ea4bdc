using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Makes the query tree of a command's query and of the options that narrow it. Thread-safe.</summary>
internal static class QueryPlan
{
    private const string Unstemmed = "standard";

    /// <summary>The query tree; null with an error.</summary>
    public static QueryNode? Make(SearchIndex index, string query, FindArguments options, out string? error)
    {
        error = LanguageProblem(index, options);
        if (error is not null) return null;
        if (!DialectParser.TryParse(query, options.Parameters, out var node, out error)) return null;
        if (options.Slop is { } slop && node is AndNode all) node = all with { Slop = slop };
        var meaning = new DialectMeaning(index, options.KeepsStopWords);
        var fields = options.Fields is { } names ? meaning.TextFields(names, 0) : index.TextFields;
        var tree = meaning.Of(node, fields);
        var filters = options.Filters.Select(filter => meaning.Of(filter, fields)).ToList();
        if (options.Keys is { } keys) filters.Add(new PathsQuery(keys));
        error = meaning.Error;
        if (error is not null) return null;
        return filters.Count == 0 ? tree : new BooleanQuery([tree], [], [], filters);
    }

    private static string? LanguageProblem(SearchIndex index, FindArguments options)
    {
        foreach (var field in index.TextFields)
        {
            if (field.Analyzer == Unstemmed) continue;
            if (options.IsVerbatim)
            {
                return $"VERBATIM: attribute `{SearchIndex.AttributeOf(field)}` is indexed by its stems alone; declare "
                    + "it NOSTEM to search its words as they are";
            }

            if (options.Language is { } language && language != field.Analyzer)
                return $"LANGUAGE {language}: attribute `{SearchIndex.AttributeOf(field)}` is {field.Analyzer}";
        }

        return null;
    }
}
