using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Makes the query tree of a command's query and of the options that narrow it. Thread-safe.</summary>
internal static class QueryPlan
{
    private const string Unstemmed = "standard";

    /// <summary>The query tree; null with an error.</summary>
    public static QueryNode? Make(SearchIndex index, string query, FindArguments options, out string? error) =>
        Make(index, query, options, out _, out error);

    /// <summary>The query tree, and what was written; null with an error.</summary>
    public static QueryNode? Make(
        SearchIndex index, string query, FindArguments options, out DialectNode? node, out string? error)
    {
        node = null;
        error = LanguageProblem(index, options);
        if (error is not null) return null;
        if (!DialectParser.TryParse(query, options.Parameters, out node, out error)) return null;
        if (options.Slop is { } slop && node is AndNode all) node = all with { Slop = slop };
        node = WithDistance(node);
        var meaning = new DialectMeaning(index, options.KeepsStopWords, options.Blobs);
        var fields = options.Fields is { } names ? meaning.TextFields(names, 0) : index.TextFields;
        var tree = meaning.Of(node, fields);
        var filters = options.Filters.Select(filter => meaning.Of(filter, fields)).ToList();
        if (options.Keys is { } keys) filters.Add(new PathsQuery(keys));
        error = meaning.Error;
        if (error is not null) return null;
        if (filters.Count == 0) return tree;
        // The nearest of what passes, rather than what passes of the nearest.
        if (tree is not KnnQuery nearest) return new BooleanQuery([tree], [], [], filters);
        if (nearest.Filter is not null) filters.Add(nearest.Filter);
        return nearest with { Filter = new BooleanQuery([], [], [], filters) };
    }

    // A range whose distance is asked for is what the answer is ordered by; the rest says among which.
    private static DialectNode WithDistance(DialectNode node)
    {
        if (node is VectorRangeNode { Name: not null } alone) return alone.ToNearest(new AllNode(alone.At));
        if (node is not AndNode { Slop: null } all) return node;
        var range = all.Parts.OfType<VectorRangeNode>().FirstOrDefault(part => part.Name is not null);
        if (range is null) return node;
        DialectNode[] rest = [.. all.Parts.Where(part => part != range)];
        return range.ToNearest(rest is [var only] ? only : new AndNode(all.At, rest));
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
