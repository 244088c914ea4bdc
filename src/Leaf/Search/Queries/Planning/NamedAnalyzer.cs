using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Lets the words and phrases that a query text means be read by an analyzer that the text names. Those of which it
/// leaves nothing ask for nothing, as it is with a field's own.
/// </summary>
internal sealed class NamedAnalyzer(CollectionSchema schema, string name)
{
    /// <summary>The same tree with the analyzer; the one that nothing matches where nothing is left of it.</summary>
    public QueryNode On(QueryNode node) => Put(node) ?? QueryClauses.Nothing;

    private QueryNode? Put(QueryNode node)
    {
        switch (node)
        {
            case MatchQuery match:
                if (!IsText(match.Field)) return match;
                return HasWords(match.Text) ? match with { Rules = match.Rules with { Analyzer = name } } : null;
            case PhraseQuery phrase:
                return HasWords(phrase.Text) ? phrase with { Analyzer = name } : null;
            case BooleanQuery group:
                return Group(group);
            default:
                var children = node.Children();
                return children.Count == 0 ? node : node.WithChildren([.. children.Select(On)]);
        }
    }

    /// <summary>As <see cref="QueryClauses.Combine"/>: exclusions alone are about all documents.</summary>
    private BooleanQuery? Group(BooleanQuery group)
    {
        var left = group with
        {
            Must = Left(group.Must), Should = Left(group.Should), MustNot = Left(group.MustNot),
        };
        if (left.Must.Count + left.Should.Count > 0) return left with { Filter = [] };
        return left.MustNot.Count > 0 ? left with { Filter = [new MatchAllQuery()] } : null;
    }

    private List<QueryNode> Left(IReadOnlyList<QueryNode> nodes) => [.. nodes.Select(Put).OfType<QueryNode>()];

    private bool IsText(string field) =>
        schema.Fields.FirstOrDefault(one => one.Name == field) is { Type: FieldType.Text };

    private bool HasWords(string text)
    {
        var field = new FieldSchema { Name = "", Type = FieldType.Text };
        return QuerySpot.Read(Analyzers.ForQueries(schema, field, name), text).Count > 0;
    }
}
