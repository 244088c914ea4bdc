using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>A tree as query text that parses to it, and as a description that two trees compare by.</summary>
internal static class QueryPrinter
{
    private const string Special = "()[]{}\"^:~\\*?";

    /// <summary>Query text; <paramref name="defaultField"/> is left out.</summary>
    public static string Print(QueryNode node, string defaultField)
    {
        var boost = node.Boost == 1 ? "" : "^" + node.Boost.ToString("R", CultureInfo.InvariantCulture);
        return Body(node, defaultField) + boost;
    }

    /// <summary>Every member of every node, for comparing.</summary>
    public static string Describe(QueryNode node) => node switch
    {
        BooleanQuery b => $"bool(must {All(b.Must)} should {All(b.Should)} not {All(b.MustNot)} filter {All(b.Filter)})"
            + $"^{node.Boost:R}",
        _ => node.ToString(),
    };

    private static string All(IReadOnlyList<QueryNode> nodes) => $"[{string.Join(", ", nodes.Select(Describe))}]";

    private static string Body(QueryNode node, string defaultField) => node switch
    {
        MatchAllQuery => "*",
        MatchQuery q => Field(q.Field, defaultField) + Escape(q.Text),
        TermQuery q => Field(q.Field, defaultField) + Escape(q.Value),
        PrefixQuery q => Field(q.Field, defaultField) + Escape(q.Prefix) + "*",
        WildcardQuery q => Field(q.Field, defaultField) + string.Concat(q.Pattern.Select(
            c => Special.Contains(c) && c is not ('*' or '?' or '\\') ? $"\\{c}" : c.ToString())),
        FuzzyQuery q => Field(q.Field, defaultField) + Escape(q.Text)
            + (q.Edits == FuzzyQuery.AutoEdits ? "~" : $"~{q.Edits}"),
        ExistsQuery q => q.Field + ":*",
        PhraseQuery q => Field(q.Field, defaultField) + Quote(q.Text) + (q.Slop == 0 ? "" : $"~{q.Slop}"),
        RangeQuery q => Field(q.Field, defaultField) + (q.IncludeFrom ? "[" : "{") + Bound(q.From) + " TO "
            + Bound(q.To) + (q.IncludeTo ? "]" : "}"),
        BooleanQuery q => "(" + string.Join(' ', Clauses(q, defaultField)) + ")",
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private static IEnumerable<string> Clauses(BooleanQuery query, string defaultField) =>
        query.Must.Select(child => "+" + Print(child, defaultField))
            .Concat(query.Should.Select(child => Print(child, defaultField)))
            .Concat(query.MustNot.Select(child => "-" + Print(child, defaultField)));

    private static string Field(string field, string defaultField) => field == defaultField ? "" : field + ":";

    private static string Bound(string? bound) => bound is null ? "*" : Quote(bound);

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static string Escape(string word)
    {
        var text = new StringBuilder();
        for (var i = 0; i < word.Length; i++)
        {
            if (i == 0 || Special.Contains(word[i]) || char.IsWhiteSpace(word[i])) text.Append('\\');
            text.Append(word[i]);
        }

        return text.ToString();
    }
}
