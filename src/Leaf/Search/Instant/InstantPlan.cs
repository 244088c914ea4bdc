using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>An instant search checked against the schema. Immutable, but for its filter's use.</summary>
/// <param name="Words">Words that are sought.</param>
/// <param name="Fields">Where, the most important first.</param>
/// <param name="Filter">Which documents may be hits.</param>
/// <param name="Rank">The field that ranks; null for none.</param>
/// <param name="RankDescending">Whether its highest come first.</param>
internal sealed record InstantPlan(
    InstantWord[] Words, FieldSchema[] Fields, DocumentFilter Filter, FieldSchema? Rank, bool RankDescending)
{
    private static readonly FieldType[] RankTypes =
        [FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.Boolean];

    /// <summary>Plans a request; null when something is wrong with it.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="schema">The fields.</param>
    /// <param name="nowMs">What <c>now</c> means in the filter, in Unix milliseconds.</param>
    /// <param name="problem">What is wrong; null when nothing is.</param>
    public static InstantPlan? Of(InstantRequest request, CollectionFields schema, long nowMs, out string? problem)
    {
        problem = Problem(request, schema);
        if (problem is not null) return null;
        int[] numbers = request.Fields.Count == 0
            ? [.. Enumerable.Range(0, schema.Fields.Length).Where(n => schema.Fields[n].Type == FieldType.Text)]
            : [.. request.Fields.Select(schema.Find).Where(number => number >= 0).Distinct()];
        var filter = DocumentFilter.Of(request.Filter, schema, nowMs, out problem);
        if (problem is not null) return null;
        var rank = request.RankField is { } name && schema.Find(name) is >= 0 and var at ? schema.Fields[at] : null;
        return new InstantPlan(
            InstantText.Read(request, schema, numbers), [.. numbers.Select(number => schema.Fields[number])], filter,
            rank, request.RankDescending);
    }

    private static string? Problem(InstantRequest request, CollectionFields schema)
    {
        if (request.Text.Length > InstantRequest.TextCharactersMax)
        {
            return $"the text has {request.Text.Length} characters; at most {InstantRequest.TextCharactersMax} " +
                "are allowed";
        }

        if (request.Size < 0 || request.From < 0 || (long)request.From + request.Size > InstantRequest.HitsMax)
        {
            return $"from {request.From} and size {request.Size} have to be 0 or more, and no more than " +
                $"{InstantRequest.HitsMax} together";
        }

        foreach (var name in request.Fields)
        {
            var number = schema.Find(name);
            if (number < 0 ? schema.TakesUnknown : schema.Fields[number].Type == FieldType.Text) continue;
            return $"field '{name}' cannot be searched as one types; the collection's text fields are " +
                schema.Names(FieldType.Text);
        }

        if (request.RankField is not { } rank) return null;
        var field = schema.Find(rank);
        return (field < 0 ? schema.TakesUnknown : RankTypes.Contains(schema.Fields[field].Type))
            ? null
            : $"hits cannot be ranked by '{rank}'; the collection's fields that can are {schema.Names(RankTypes)}";
    }
}
