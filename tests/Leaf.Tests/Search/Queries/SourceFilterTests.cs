using System.Text;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Tests.Search.Queries;

public sealed class SourceFilterTests
{
    private const string Document =
        """{"id":7,"title":"Grün","author":{"name":"Ada","age":1.50,"home":{"city":"Kew"}}""" +
        ""","tags":[{"w":1,"x":2},{"x":3}]}""";

    [Theory]
    [InlineData("id", "", """{"id":7}""")]
    [InlineData("author", "", """{"author":{"name":"Ada","age":1.50,"home":{"city":"Kew"}}}""")]
    [InlineData("author.name,id", "", """{"id":7,"author":{"name":"Ada"}}""")]
    [InlineData("author.*", "author.home", """{"author":{"name":"Ada","age":1.50}}""")]
    [InlineData("*.city", "", """{"author":{"home":{"city":"Kew"}}}""")]
    [InlineData("t*", "*.x", """{"title":"Grün","tags":[{"w":1},{}]}""")]
    [InlineData("tags.w", "", """{"tags":[{"w":1}]}""")]
    [InlineData("", "author,tags", """{"id":7,"title":"Grün"}""")]
    [InlineData("nothing,author.home.city.more", "", "{}")]
    [InlineData("author", "author", "{}")]
    public void Only_what_is_named_and_not_excluded_is_left(string includes, string excludes, string expected)
    {
        var filter = SourceFilter.For(Split(includes), Split(excludes), out var problem);
        Assert.Null(problem);
        Assert.Equal(expected, Encoding.UTF8.GetString(filter!.Filter(Encoding.UTF8.GetBytes(Document))));
    }

    [Fact]
    public void Without_patterns_there_is_no_filter() => Assert.Null(SourceFilter.For([], [], out _));

    [Fact]
    public void A_pattern_that_explodes_is_refused()
    {
        SourceFilter.For(["*a" + new string('?', 30)], [], out var problem);
        Assert.Contains("that is the limit", problem);
    }

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
