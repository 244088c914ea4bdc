using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Http;

public sealed class QueryJsonTests
{
    [Fact]
    public void Each_kind_becomes_its_node()
    {
        Assert.Equal(new MatchAllQuery(), Read("""{"match_all":{}}"""));
        Assert.Equal(new MatchQuery("title", "red shoe", false), Read("""{"match":{"title":"red shoe"}}"""));
        Assert.Equal(
            new MatchQuery("title", "red shoe", true) { Boost = 2 },
            Read("""{"match":{"title":{"query":"red shoe","operator":"AND","boost":2}}}"""));
        Assert.Equal(new PhraseQuery("t", "a b", 0), Read("""{"match_phrase":{"t":"a b"}}"""));
        Assert.Equal(new PhraseQuery("t", "a b", 3), Read("""{"match_phrase":{"t":{"query":"a b","slop":3}}}"""));
        Assert.Equal(new TermQuery("n", "17"), Read("""{"term":{"n":17}}"""));
        Assert.Equal(new TermQuery("k", "x"), Read("""{"term":{"k":{"value":"x"}}}"""));
        Assert.Equal(new PrefixQuery("k", "pre"), Read("""{"prefix":{"k":"pre"}}"""));
        Assert.Equal(new RangeQuery("n", "1", "9.5", true, false), Read("""{"range":{"n":{"gte":1,"lt":9.5}}}"""));
        Assert.Equal(new RangeQuery("n", "a", null, false, true), Read("""{"range":{"n":{"gt":"a"}}}"""));
    }

    [Fact]
    public void Patterns_and_filters_become_their_nodes()
    {
        Assert.Equal(new WildcardQuery("t", "ca?he*"), Read("""{"wildcard":{"t":"ca?he*"}}"""));
        Assert.Equal(new RegexpQuery("t", "a+") { Boost = 2 }, Read("""{"regexp":{"t":{"value":"a+","boost":2}}}"""));
        Assert.Equal(new FuzzyQuery("t", "x", -1, 0), Read("""{"fuzzy":{"t":"x"}}"""));
        Assert.Equal(new FuzzyQuery("t", "x", -1, 0), Read("""{"fuzzy":{"t":{"value":"x","fuzziness":"AUTO"}}}"""));
        Assert.Equal(
            new FuzzyQuery("t", "x", 2, 1), Read("""{"fuzzy":{"t":{"value":"x","fuzziness":2,"prefix_length":1}}}"""));
        Assert.Equal(new ExistsQuery("t"), Read("""{"exists":{"field":"t"}}"""));
        Assert.Equal(["/a", "/b"], Assert.IsType<PathsQuery>(Read("""{"paths":{"values":["/a","/b"]}}""")).Paths);
        Assert.Equal(
            new ConstantScoreQuery(new TermQuery("k", "x")) { Boost = 3 },
            Read("""{"constant_score":{"filter":{"term":{"k":"x"}},"boost":3}}"""));
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("-1", 3)]
    [InlineData("\"75%\"", 3)]
    [InlineData("\"-30%\"", 3)]
    [InlineData("-9", 0)]
    public void A_minimum_is_a_count_or_a_share_of_the_clauses(string minimum, int count)
    {
        var clauses = string.Join(',', Enumerable.Repeat("""{"match_all":{}}""", 4));
        var json = """{"bool":{"should":[""" + clauses + """],"minimum_should_match":""" + minimum + "}}";
        Assert.Equal(count, Assert.IsType<BooleanQuery>(Read(json)).MinimumShouldMatch);
    }

    [Fact]
    public void A_query_string_keeps_fields_and_operator()
    {
        var node = Assert.IsType<QueryStringQuery>(
            Read("""{"query_string":{"query":"a b","fields":["x","y"],"default_operator":"and"}}"""));
        Assert.Equal("a b", node.Text);
        Assert.Equal(["x", "y"], node.Fields);
        Assert.True(node.AllWords);
    }

    [Fact]
    public void A_bool_nests_and_takes_one_clause_or_a_list()
    {
        var node = Assert.IsType<BooleanQuery>(Read("""
            {"bool":{"must":{"term":{"a":1}},"should":[{"term":{"b":2}},{"bool":{"filter":[{"term":{"c":3}}]}}],
                     "must_not":[{"match_all":{}}]}}
            """));
        Assert.Equal([new TermQuery("a", "1")], node.Must);
        Assert.Equal(2, node.Should.Count);
        Assert.Equal([new TermQuery("c", "3")], Assert.IsType<BooleanQuery>(node.Should[1]).Filter);
        Assert.Single(node.MustNot);
        Assert.Empty(node.Filter);
    }

    [Theory]
    [InlineData("""{"geo":{"t":"x"}}""", "query has 'geo'")]
    [InlineData("""{"fuzzy":{"t":{"value":"x","fuzziness":"many"}}}""", "query.fuzzy.t.fuzziness is text")]
    [InlineData("""{"constant_score":{}}""", "query.constant_score has no 'filter'")]
    [InlineData("""{"paths":{"values":"/a"}}""", "query.paths.values is text; it must be a list")]
    [InlineData("""{"bool":{"minimum_should_match":"most"}}""", "query.bool.minimum_should_match is 'most'")]
    [InlineData("""{}""", "query must be an object with a single member")]
    [InlineData("""[]""", "query must be an object")]
    [InlineData("""{"term":{"a":1},"match_all":{}}""", "a single member")]
    [InlineData("""{"match":{"t":{"query":"x","fuzzy":2}}}""", "query.match.t has 'fuzzy'")]
    [InlineData("""{"match":{"t":{"operator":"and"}}}""", "query.match.t has no 'query'")]
    [InlineData("""{"match":{"t":["x"]}}""", "query.match.t.query is a list")]
    [InlineData("""{"match":{"t":{"query":"x","operator":"xor"}}}""", "'xor'; allowed are or and and")]
    [InlineData("""{"match":{"t":{"query":"x","boost":0}}}""", "query.match.t.boost is 0")]
    [InlineData("""{"range":{"n":{"gt":1,"gte":2}}}""", "both gte and gt")]
    [InlineData("""{"range":{"n":5}}""", "query.range.n is a number; it must be an object")]
    [InlineData("""{"bool":{"must":[{"term":{"a":1}},{"nope":1}]}}""", "query.bool.must[1] has 'nope'")]
    [InlineData("""{"match_phrase":{"t":{"query":"x","slop":1.5}}}""", "whole number")]
    public void What_does_not_parse_is_told_where(string json, string told)
    {
        var refused = Assert.Throws<ApiException>(() => Read(json));
        Assert.Equal(StatusCode.BadQuery, refused.Status);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_and_size_have_limits()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"bool":{"must":""", 40)) + """{"match_all":{}}"""
            + string.Concat(Enumerable.Repeat("}}", 40));
        Assert.Contains("deeper than 32", Assert.Throws<ApiException>(() => Read(deep)).Message);
        var clauses = string.Join(',', Enumerable.Repeat("""{"match_all":{}}""", 1024));
        var wide = """{"bool":{"should":[""" + clauses + "]}}";
        Assert.Contains("more than 1024", Assert.Throws<ApiException>(() => Read(wide)).Message);
    }

    private static QueryNode Read(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        return QueryJson.Read(document.RootElement);
    }
}
