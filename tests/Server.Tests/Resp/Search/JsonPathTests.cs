using System.Text.Json;
using Hedgerow.Server.FrontEnds.Resp.Search;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Paths into JSON.</summary>
public sealed class JsonPathTests
{
    private const string Json = """
        {"a":{"b":[1,{"a":2},[3]],"a":4},"c d":"x","e.f":5,"n":null,"l":[{"b":6},{"b":7},8]}
        """;

    [Theory]
    [InlineData("$.a.a", "4")]
    [InlineData("$['a']['b'][0]", "1")]
    [InlineData("$[\"c d\"]", "\"x\"")]
    [InlineData("$['e.f']", "5")]
    [InlineData("$.a.b[-1]", "[3]")]
    [InlineData("$.a.b[7]", "")]
    [InlineData("$.l[*].b", "6 7")]
    [InlineData("$.a.*", "[1,{\"a\":2},[3]] 4")]
    [InlineData("$..b", "[1,{\"a\":2},[3]] 6 7")]
    [InlineData("$..a", "{\"b\":[1,{\"a\":2},[3]],\"a\":4} 4 2")]
    [InlineData("$.n", "null")]
    [InlineData("$.z", "")]
    [InlineData("a.a", "4")]
    [InlineData(".a.a", "4")]
    [InlineData("a['b'][0]", "1")]
    public void A_path_leads_to_these_values(string text, string expected)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out var error), error);
        Assert.Equal(expected, Find(path, Json));
    }

    [Theory]
    [InlineData("$.l.b", "6 7")]
    [InlineData("$.l[*].b", "6 7")]
    [InlineData("$.a.b", "1 {\"a\":2} [3]")]
    [InlineData("$.a.a", "4")]
    public void An_index_takes_every_element_of_an_array(string text, string expected)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out _));
        using var document = JsonDocument.Parse(Json);
        var found = new List<JsonElement>();
        Assert.True(path.TryFindIndexed(document.RootElement, found, new JsonAllowance()));
        Assert.Equal(expected, string.Join(' ', found.Select(one => one.GetRawText())));
    }

    [Theory]
    [InlineData("$.a[?(@.b)]")]
    [InlineData("$.a[1:2]")]
    [InlineData("$.a[0,1]")]
    [InlineData("$.a[")]
    [InlineData("$.a['b")]
    [InlineData("$.a['b'")]
    [InlineData("$.")]
    [InlineData("$a")]
    [InlineData("$..")]
    [InlineData("$...a")]
    [InlineData("$.a..")]
    [InlineData("$.a]")]
    [InlineData("a(b)")]
    public void What_is_not_supported_is_refused_with_what_is(string text)
    {
        Assert.False(JsonPath.TryParse(text, out _, out var error));
        Assert.Contains(".name ['name'] [0] [-1] [*] .* ..name are supported", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.a.b", "a.b")]
    [InlineData("$['a'].b[*]", "a.b")]
    [InlineData("$.a[*].b", "a.b")]
    [InlineData("a", "a")]
    [InlineData("$", null)]
    [InlineData("$..a", null)]
    [InlineData("$.a[0]", null)]
    [InlineData("$['a.b']", null)]
    [InlineData("$.*", null)]
    public void Some_paths_are_members_of_an_index(string text, string? member)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out _));
        Assert.Equal(member, path.Member);
    }

    [Fact]
    public void Every_path_cut_off_anywhere_and_random_characters_are_read_or_refused()
    {
        const string Whole = "$.a['b\\'c'][\"d\"][-12]..e[*].*..f";
        for (var length = 0; length <= Whole.Length; length++) Read(Whole[..length]);
        var random = new Random(11);
        const string Characters = "$.[]'\"*ab01-,:?@()\\ ";
        for (var i = 0; i < 50_000; i++)
            Read(string.Concat(Enumerable.Range(0, random.Next(16)).Select(_ => Characters[random.Next(20)])));
    }

    [Fact]
    public void Steps_and_work_are_bounded()
    {
        Assert.False(JsonPath.TryParse("$" + string.Concat(Enumerable.Repeat(".a", 40)), out _, out _));
        var deep = string.Concat(Enumerable.Repeat("[", 60)) + string.Concat(Enumerable.Repeat("]", 60));
        Assert.True(JsonPath.TryParse("$" + string.Concat(Enumerable.Repeat("..*", 12)) + ".x", out var path, out _));
        using var document = JsonDocument.Parse(deep);
        Assert.False(path.TryFind(document.RootElement, [], new JsonAllowance()));
    }

    [Fact]
    public void Bytes_are_bounded_over_all_paths_of_a_command()
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", 12)) + "\"" + new string('x', 1 << 20) + "\""
            + new string('}', 12);
        using var document = JsonDocument.Parse(json);
        Assert.True(JsonPath.TryParse("$..*..*", out var wide, out _));
        Assert.False(wide.TryFind(document.RootElement, [], new JsonAllowance(json.Length)));
        Assert.True(JsonPath.TryParse("$.a", out var plain, out _));
        var left = new JsonAllowance(json.Length);
        for (var i = 0; i < 7; i++) Assert.True(plain.TryFind(document.RootElement, [], left));
        Assert.False(plain.TryFind(document.RootElement, [], left));
    }

    [Fact]
    public void A_document_that_is_longer_may_be_given_once()
    {
        var json = "\"" + new string('x', 9 << 20) + "\"";
        using var document = JsonDocument.Parse(json);
        Assert.True(JsonPath.TryParse("$", out var path, out _));
        var left = new JsonAllowance(json.Length);
        Assert.True(path.TryFind(document.RootElement, [], left));
        Assert.False(path.TryFind(document.RootElement, [], left));
    }

    [Fact]
    public void Visits_are_bounded_over_all_paths_of_a_command()
    {
        using var document = JsonDocument.Parse("[" + string.Join(',', Enumerable.Repeat("1", 10_000)) + "]");
        Assert.True(JsonPath.TryParse("$..x", out var path, out _));
        var left = new JsonAllowance();
        var found = 0;
        while (path.TryFind(document.RootElement, [], left)) found++;
        Assert.InRange(found, 10, 100);
    }

    private static void Read(string text)
    {
        if (JsonPath.TryParse(text, out var path, out var error)) Find(path, Json);
        else Assert.NotEmpty(error);
    }

    private static string Find(JsonPath path, string json)
    {
        using var document = JsonDocument.Parse(json);
        var found = new List<JsonElement>();
        Assert.True(path.TryFind(document.RootElement, found, new JsonAllowance()));
        return string.Join(' ', found.Select(one => one.GetRawText()));
    }
}
