using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Search;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>The query language of RediSearch: what was written, as a tree.</summary>
public sealed class DialectParserTests
{
    private static readonly Dictionary<string, string> Parameters =
        new() { ["word"] = "hello", ["low"] = "3", ["dots"] = "a.b*c" };

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("hello world", "INTERSECT { hello world }")]
    [InlineData("hello, world!", "INTERSECT { hello world }")]
    [InlineData("a b | c d", "UNION { INTERSECT { a b } INTERSECT { c d } }")]
    [InlineData("a (b | c) d", "INTERSECT { a UNION { b c } d }")]
    [InlineData("-a", "NOT{ a }")]
    [InlineData("a -b ~c", "INTERSECT { a NOT{ b } OPTIONAL{ c } }")]
    [InlineData("foo-bar", "INTERSECT { foo NOT{ bar } }")]
    [InlineData("foo\\-bar", "foo-bar")]
    [InlineData("\"a b\" c", "INTERSECT { EXACT { a b } c }")]
    [InlineData("he* *lo *ell*", "INTERSECT { PREFIX{he*} SUFFIX{*lo} INFIX{*ell*} }")]
    [InlineData("%a% %%b%%", "INTERSECT { FUZZY{a} 1 FUZZY{b} 2 }")]
    [InlineData("w'a?b*\\'c'", "WILDCARD{a?b*\\'c}")]
    [InlineData("*", "<WILDCARD>")]
    [InlineData("@f:a b", "INTERSECT { @f:{ a } b }")]
    [InlineData("@f|g:(a b)", "@f|g:{ INTERSECT { a b } }")]
    [InlineData("@f:-a", "@f:{ NOT{ a } }")]
    [InlineData("@n:[1 2]", "NUMERIC {1 <= @n <= 2}")]
    [InlineData("@n:[(1.5 +inf]", "NUMERIC {1.5 < @n <= inf}")]
    [InlineData("@n:[-inf (-2e3]", "NUMERIC {-inf <= @n < -2000}")]
    [InlineData("@n:[$low, 4]", "NUMERIC {3 <= @n <= 4}")]
    [InlineData("@n:[7]", "NUMERIC {7 <= @n <= 7}")]
    [InlineData("@n>=2 @n!=3", "INTERSECT { NUMERIC {2 <= @n <= inf} NOT{ NUMERIC {3 <= @n <= 3} } }")]
    [InlineData("@g:[-1.5 52 10 km]", "GEO @g:{-1.5,52 --> 10 km}")]
    [InlineData("@t:{a | b c|d\\|e}", "TAG:@t { a b c d|e }")]
    [InlineData("@t:{pre* | *post | *mid* | w'x?y' | \"q r\" | $dots}",
        "TAG:@t { PREFIX{pre*} SUFFIX{*post} INFIX{*mid*} WILDCARD{x?y} EXACT { q r } a.b*c }")]
    [InlineData("ismissing(@f)", "ISMISSING{@f}")]
    [InlineData("(a b)=>{$weight: 2.5; $slop:1}", "WEIGHT 2.5 { INTERSECT (slop 1) { a b } }")]
    [InlineData("*=>[KNN $low @v $q]", "VECTOR KNN 3 @v AS __v_score { <WILDCARD> }")]
    [InlineData("(a b)=>[KNN 3 @v $q EF_RUNTIME 9 AS d]", "VECTOR KNN 3 @v AS d { INTERSECT { a b } }")]
    [InlineData("@v:[VECTOR_RANGE 0.5 $q]", "VECTOR RANGE 0.5 @v")]
    [InlineData("a @v:[ vector_range $low $q ]=>{$yield_distance_as: d; $epsilon: 0.1}",
        "INTERSECT { a VECTOR RANGE 3 @v }")]
    [InlineData("$word", "hello")]
    [InlineData("-(-a)", "NOT{ NOT{ a } }")]
    [InlineData("größe 日本", "INTERSECT { größe 日本 }")]
    [InlineData("", "UNION { }")]
    [InlineData("()", "UNION { }")]
    public void A_query_is_this_tree(string query, string tree)
    {
        Assert.True(DialectParser.TryParse(query, Parameters, out var node, out var error), error);
        Assert.Equal(tree, Flat(DialectExplanation.Of(node)));
    }

    [Theory]
    [InlineData("a (b", "Syntax error at offset 4 near ")]
    [InlineData("a ) b", "Syntax error at offset 2 near ) b")]
    [InlineData("@f", "Syntax error at offset 2 near ")]
    [InlineData("@:a", "Syntax error at offset 0 near @:a")]
    [InlineData("@f:", "Syntax error at offset 3 near ")]
    [InlineData("@f:[1 2", "Syntax error at offset 7 near ")]
    [InlineData("@f:[a 2]", "Syntax error at offset 4 near a 2]")]
    [InlineData("@f:[1 2 3 mm]", "Invalid GeoFilter unit mm")]
    [InlineData("@f:[1 2 -3 m]", "Invalid GeoFilter radius -3")]
    [InlineData("@f:{a", "Syntax error at offset 4 near a")]
    [InlineData("@f:{}", "Syntax error at offset 4 near }")]
    [InlineData("\"a", "Syntax error at offset 1 near a")]
    [InlineData("%a", "Syntax error at offset 0 near %a")]
    [InlineData("%%%a%%%", "3 edits are asked for at offset 0; at most 2 are allowed")]
    [InlineData("-", "Syntax error at offset 1 near ")]
    [InlineData("$nope", "No such parameter `nope`")]
    [InlineData("a=>{$phonetic: true}", "Invalid attribute phonetic at offset 4")]
    [InlineData("*=>[KNN 0 @v $q]", "KNN 0 is not allowed; 1 to 10000 are")]
    [InlineData("*=>[NEAR 3 @v $q]", "Syntax error at offset 3 near [NEAR 3 @v $q]")]
    [InlineData("*=>[KNN 3 @v $q WITH x]", "Syntax error at offset 16 near WITH x]")]
    [InlineData("@v:[VECTOR_RANGE -1 $q]",
        "Error parsing vector similarity query: negative radius (-1) given in a range query")]
    [InlineData("@v:[VECTOR_RANGE 1]", "Syntax error at offset 18 near ]")]
    [InlineData("a=>{$yield_distance_as: d}", "Invalid attribute yield_distance_as at offset 4")]
    [InlineData("a (b=>[KNN 3 @v $q])", "Syntax error at offset 6 near [KNN 3 @v $q])")]
    public void What_is_wrong_is_told_with_its_place(string query, string expected)
    {
        Assert.False(DialectParser.TryParse(query, Parameters, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Size_and_depth_are_bounded()
    {
        var tooLong = new string('a', DialectParser.CharactersMax + 1);
        Assert.Contains("characters", ErrorOf(tooLong), StringComparison.Ordinal);
        Assert.Contains("parts", ErrorOf(Repeat("a ", DialectParser.PartsMax + 1)), StringComparison.Ordinal);
        foreach (var open in new[] { "(", "-", "~", "@f:(", "@f:-", "-(" })
            Assert.Contains("nested deeper", ErrorOf(Repeat(open, 2_000)), StringComparison.Ordinal);
        Assert.True(DialectParser.TryParse(Repeat("(", 10) + "a" + Repeat(")", 10), Parameters, out _, out _));
    }

    [Fact]
    public void Every_query_cut_off_anywhere_is_read_or_refused()
    {
        const string Query = "@a|b:(\"x y\" -w'p*' | %f%) @n:[(1 +inf] @g:[1 2 3 km] "
            + "@t:{a|b*|$word}=>{$weight: 2} $low *z* ~q";
        for (var length = 0; length <= Query.Length; length++) Read(Query[..length]);
    }

    [Fact]
    public void Random_characters_are_read_or_refused()
    {
        var random = new Random(7_601);
        const string Characters = "ab $@:|-~()[]{}\"'%*\\=>;,.<!w12+inf\u00e9\ud800";
        for (var i = 0; i < 50_000; i++)
        {
            var query = new StringBuilder();
            for (var length = random.Next(40); length > 0; length--)
                query.Append(Characters[random.Next(Characters.Length)]);
            Read(query.ToString());
        }
    }

    [Theory]
    [InlineData("idx")]
    [InlineData("my_idx-2")]
    [InlineData("_x_")]
    [InlineData("a__41")]
    [InlineData("myIndex")]
    [InlineData("idx:doc/Größe")]
    [InlineData("__")]
    public void Names_of_indexes_are_names_of_collections_and_back(string index)
    {
        var collection = IndexName.ToCollection(index);
        Assert.Equal(index, IndexName.OfCollection(collection));
        Assert.Matches("^[a-z0-9_-]+$", collection);
    }

    private static void Read(string query)
    {
        var isRead = DialectParser.TryParse(query, Parameters, out var node, out var error);
        Assert.True(isRead == (error is null), $"'{query}': {error}");
        if (isRead) Assert.NotEmpty(DialectExplanation.Of(node!));
    }

    private static string ErrorOf(string query) =>
        DialectParser.TryParse(query, Parameters, out _, out var error) ? "" : error;

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Flat(string tree) =>
        string.Join(' ', tree.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
