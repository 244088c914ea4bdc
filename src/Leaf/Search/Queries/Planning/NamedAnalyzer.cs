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
                var left = group with
                {
                    Must = Left(group.Must),
                    Should = Left(group.Should),
                    MustNot = Left(group.MustNot),
                    Filter = Left(group.Filter),
                };
                return left.Children().Count == 0 && group.Children().Count > 0 ? null : left;
            default:
                var children = node.Children();
                return children.Count == 0 ? node : node.WithChildren([.. children.Select(On)]);
        }
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
