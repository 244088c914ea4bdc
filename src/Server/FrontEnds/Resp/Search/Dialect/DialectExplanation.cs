using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>A query's tree as FT.EXPLAIN shows it. Thread-safe.</summary>
internal static class DialectExplanation
{
    /// <summary>The tree, a node a line.</summary>
    public static string Of(DialectNode node)
    {
        var text = new StringBuilder();
        Write(text, node, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, DialectNode node, int depth)
    {
        switch (node)
        {
            case AndNode all when all.Slop is { } slop:
                Block(text, depth, $"INTERSECT (slop {slop}) ", all.Parts);
                break;
            case AndNode all:
                Block(text, depth, "INTERSECT ", all.Parts);
                break;
            case OrNode any:
                Block(text, depth, "UNION ", any.Parts);
                break;
            case NotNode not:
                Block(text, depth, "NOT", [not.Inner]);
                break;
            case OptionalNode optional:
                Block(text, depth, "OPTIONAL", [optional.Inner]);
                break;
            case TagNode tag:
                Block(text, depth, $"TAG:@{tag.Field} ", tag.Tags);
                break;
            case ScopeNode scope:
                Block(text, depth, $"@{string.Join('|', scope.Fields)}:", [scope.Inner]);
                break;
            case NearestNode nearest:
                var knn = $"VECTOR KNN {nearest.Count} @{nearest.Field} AS {nearest.ScoreName} ";
                Block(text, depth, knn, [nearest.Inner]);
                break;
            case WeightNode weight:
                Block(text, depth, $"WEIGHT {Number(weight.Weight)} ", [weight.Inner]);
                break;
            default:
                Line(text, depth, Leaf(node));
                break;
        }
    }

    private static string Leaf(DialectNode node) => node switch
    {
        AllNode => "<WILDCARD>",
        WordNode word => word.Text,
        PhraseNode phrase => $"EXACT {{ {phrase.Text} }}",
        AffixNode affix =>
            $"{(affix.AnyBefore ? affix.AnyBehind ? "INFIX" : "SUFFIX" : "PREFIX")}" +
            $"{{{(affix.AnyBefore ? "*" : "")}{affix.Text}{(affix.AnyBehind ? "*" : "")}}}",
        PatternNode pattern => $"WILDCARD{{{pattern.Pattern}}}",
        FuzzyNode fuzzy => $"FUZZY{{{fuzzy.Text}}} {fuzzy.Edits}",
        NumberNode number =>
            $"NUMERIC {{{Number(number.From)} {(number.IncludeFrom ? "<=" : "<")} @{number.Field} " +
            $"{(number.IncludeTo ? "<=" : "<")} {Number(number.To)}}}",
        GeoNode geo => $"GEO @{geo.Field}:{{{Number(geo.Longitude)},{Number(geo.Latitude)} --> " +
            $"{Number(geo.Radius)} {geo.Unit}}}",
        VectorRangeNode range => $"VECTOR RANGE {Number(range.Radius)} @{range.Field}",
        MissingNode missing => $"ISMISSING{{@{missing.Field}}}",
        _ => node.ToString(),
    };

    private static void Block(StringBuilder text, int depth, string head, IReadOnlyList<DialectNode> inner)
    {
        Line(text, depth, head + "{");
        foreach (var node in inner) Write(text, node, depth + 1);
        Line(text, depth, "}");
    }

    private static void Line(StringBuilder text, int depth, string line) =>
        text.Append(' ', 2 * depth).Append(line).Append('\n');

    private static string Number(double number) => double.IsInfinity(number)
        ? number > 0 ? "inf" : "-inf"
        : number.ToString("0.######", CultureInfo.InvariantCulture);
}
