using System.Text;
using Hedgerow.Server.Cli.Import;

namespace Hedgerow.Server.Tests.Cli;

public sealed class PathTemplateTests
{
    [Theory]
    [InlineData("/c/{id}", """{"id":"a b"}""", "/c/a b")]
    [InlineData("/c/{id}", """{"x":{"id":"inner"},"id":12.50}""", "/c/12.50")]
    [InlineData("/c/{lang}/{id}.json", """{"id":"7","lang":"fr"}""", "/c/fr/7.json")]
    [InlineData("/c/{line}", "{}", "/c/3")]
    [InlineData("/c/{id}-{id}", """{"id":"é\u0041"}""", "/c/éA-éA")]
    public void Path_is_made_of_the_fields_that_the_template_names(string template, string json, string expected)
    {
        Assert.Null(Make(template, json, out var path));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("""{"id":"a" "b":1}""", 11, "invalid after a value")]
    [InlineData("""{"id":"a",}""", 11, "trailing comma")]
    [InlineData("""{"id":"a" """, 11, "")]
    [InlineData("[1]", 1, "expected a JSON object, found an array")]
    [InlineData("7", 1, "expected a JSON object, found a number")]
    [InlineData("nonsense", 2, "")]
    [InlineData("""{"name":"a"}""", 1, "expected a field 'id' for the path; there is none")]
    [InlineData("""{"id":null}""", 7, "expected a string or a number as 'id', found null")]
    [InlineData("""{"id":""}""", 7, "'id' is empty")]
    [InlineData("""{"id":"a"} {}""", 12, "")]
    public void Bad_line_is_told_with_its_column_and_what_was_expected(string json, long column, string expected)
    {
        var error = Make("/c/{id}", json, out _);
        Assert.NotNull(error);
        Assert.Equal(column, error.Value.Column);
        Assert.Contains(expected, error.Value.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_cut_off_anywhere_is_an_error_and_never_an_exception()
    {
        const string whole = """{"id":"x","list":[1,{"a":"é"}],"t":true}""";
        var bytes = Encoding.UTF8.GetBytes(whole);
        var template = PathTemplate.Parse("/c/{id}", "c");
        for (var length = 0; length < bytes.Length; length++)
            Assert.NotNull(template.TryMakePath(bytes.AsSpan(0, length), 1, out _));
        Assert.Null(template.TryMakePath(bytes, 1, out _));
    }

    [Fact]
    public void Path_over_the_limit_is_told_with_both_numbers()
    {
        var error = Make("/c/{id}", $$"""{"id":"{{new string('x', 8_190)}}"}""", out _);
        Assert.Contains("The path has 8193 bytes; at most 8192", error!.Value.Message, StringComparison.Ordinal);
    }

    private static LineError? Make(string template, string json, out string path) =>
        PathTemplate.Parse(template, "c").TryMakePath(Encoding.UTF8.GetBytes(json), 3, out path);
}
