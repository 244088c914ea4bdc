using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Random trees in the form that the parser gives, on the schema of the parser's tests.</summary>
internal static class QueryTrees
{
    private static readonly Gen<string> Word = Gen.Select(
        Gen.OneOf("a", "Zoë", "x1", "漢"),
        Gen.String[Gen.OneOf(Gen.Char['a', 'e'], Gen.Char[" \\\"()[]{}^:~*+-!&|<>=?/'"]), 0, 6],
        (letter, rest) => letter + rest);

    private static readonly Gen<string> OperatorWord = Gen.OneOf("AND", "OR", "NOT", "TO", "+x", "-x", "!x", ">=x");

    private static readonly Gen<string> Number = Gen.OneOf("1", "-2.5", "1e9", "0");

    private static readonly Gen<QueryNode> Leaf = Gen.OneOf(
        Gen.OneOf(Word, OperatorWord).Select(text => (QueryNode)new MatchQuery("body", text, true)),
        Word.Select(text => (QueryNode)new MatchQuery("title", text, true)),
        Gen.Select(Word, Gen.Int[0, 9], (text, slop) => (QueryNode)new PhraseQuery("body", text, slop)),
        Gen.OneOf(Word, OperatorWord).Select(text => (QueryNode)new PrefixQuery("body", text)),
        Word.Select(text => (QueryNode)new PrefixQuery("tag", text)),
        Word.Select(text => (QueryNode)new TermQuery("tag", text)),
        Number.Select(text => (QueryNode)new TermQuery("year", text)),
        Gen.Select(Number.Null(), Number.Null(), Gen.Bool, Gen.Bool, (from, to, includeFrom, includeTo) =>
            (QueryNode)new RangeQuery("year", from, to, includeFrom, includeTo)),
        Gen.OneOf("a?b", "*b", "a*b*", "é\\*?x", "x??y*").Select(text => (QueryNode)new WildcardQuery("title", text)),
        Gen.Select(Word, Gen.Int[-1, 2], (text, edits) => (QueryNode)new FuzzyQuery("tag", text, edits, 0)),
        Gen.OneOf("body", "year", "tag").Select(field => (QueryNode)new ExistsQuery(field)),
        Gen.Const((QueryNode)new MatchAllQuery()));

    /// <summary>Trees up to a few levels deep.</summary>
    public static Gen<QueryNode> Any { get; } = Level(3);

    private static Gen<QueryNode> Level(int depth) => Gen.Select(
        depth == 0 ? Leaf : Gen.OneOf(Leaf, Group(Level(depth - 1))),
        Gen.OneOf(1f, 1f, 2f, 0.25f, 1.5e6f),
        (node, boost) => node with { Boost = boost });

    private static Gen<QueryNode> Group(Gen<QueryNode> child) => Gen.Select(
            child.Array[0, 2], child.Array[0, 2], child.Array[0, 2], (must, should, not) => (must, should, not))
        .Where(parts => parts.not.Length > 0 || parts.must.Length + parts.should.Length > 1)
        .Select(parts => (QueryNode)new BooleanQuery(
            parts.must,
            parts.should,
            parts.not,
            parts.must.Length + parts.should.Length == 0 ? [new MatchAllQuery()] : []));
}
