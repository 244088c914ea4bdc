namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Suggestions, and the tags of an attribute.</summary>
public sealed class SuggestionCommandTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task Suggestions_are_added_found_counted_and_deleted(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("0", client.Do("ft.suglen names"));
        Assert.Equal("[]", client.Do("ft.sugget names a"));
        Assert.Equal("1", client.Do("ft.sugadd names Hello 1"));
        Assert.Equal("2", client.Do("ft.sugadd names help 3 PAYLOAD me"));
        Assert.Equal("3", client.Do("ft.sugadd names hero 2"));
        Assert.Equal("1", client.Do("ft.sugadd {other}x} hello 9"));
        Assert.Equal("[\"help\", \"hero\", \"Hello\"]", client.Do("ft.sugget names HE"));
        Assert.Equal("[\"hello\"]", client.Do("ft.sugget {other}x} he"));
        Assert.Equal("[\"help\", \"3\", \"me\", \"hero\", \"2\", nil]",
            client.Do("ft.sugget names he MAX 2 WITHSCORES WITHPAYLOADS"));
        Assert.Equal("3", client.Do("ft.sugadd names Hello 4.5 INCR"));
        Assert.Equal("[\"Hello\", \"5.5\"]", client.Do("ft.sugget names hel WITHSCORES MAX 1"));
        Assert.Equal("[]", client.Do("ft.sugget names hol"));
        Assert.Equal("[\"Hello\", \"help\"]", client.Do("ft.sugget names hol FUZZY MAX 2"));
        Assert.Equal("[\"hero\"]", client.Do("ft.sugget names hxero FUZZY"));
        Assert.Equal("1", client.Do("ft.sugdel names hero"));
        Assert.Equal("0", client.Do("ft.sugdel names hero"));
        Assert.Equal("2", client.Do("ft.suglen names"));
        Assert.Equal("[]", client.Do("ft._list"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_score_that_grows_beyond_all_numbers_is_refused_and_stays(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.sugadd names hello 1.5e308");
        Assert.Contains("invalid score", client.Do("ft.sugadd names hello 1.5e308 INCR"), StringComparison.Ordinal);
        Assert.Equal("1", client.Do("ft.suglen names"));
        Assert.StartsWith(
            "[\"hello\", \"1.5", client.Do("ft.sugget names hello WITHSCORES"), StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Dictionaries_whose_names_look_alike_are_apart(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        (string Key, string Text)[] alike =
            [("a}/b", "c"), ("a", "/b}/c"), ("a", "b}/c"), ("a%7D", "c"), ("a}", "c"), ("{a", "c"), ("a/b", "c")];
        foreach (var (key, text) in alike) client.Ask("ft.sugadd", key, text, "1");
        foreach (var group in alike.GroupBy(one => one.Key))
        {
            Assert.Equal((long)group.Count(), client.Ask("ft.suglen", group.Key));
            foreach (var (key, text) in group)
                Assert.Equal($"[\"{text}\"]", RespTestClient.Show(client.Ask("ft.sugget", key, text)));
        }

        foreach (var (key, text) in alike) Assert.Equal(1L, client.Ask("ft.sugdel", key, text));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Documents_of_others_among_suggestions_are_passed_over(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.sugadd names hello 1");
        Assert.Equal("OK", client.Ask("set", "/ft-suggestions/x", "{\"key\":\"names\",\"text\":\"help\"}"));
        client.Ask("set", "/ft-suggestions/y", "{\"key\":\"names\",\"text\":7,\"score\":1}");
        client.Ask("set", "/ft-suggestions/z", "{}");
        client.Ask("set", "/ft-suggestions/{names}/helm", "{\"key\":\"names\",\"score\":\"3\"}");
        Assert.Equal("[\"hello\"]", client.Do("ft.sugget names hel"));
        Assert.Equal("[\"hello\"]", client.Do("ft.sugget names hello FUZZY"));
        client.Do("ft.sugadd names helm 2 INCR");
        Assert.Equal("[\"helm\", \"2\"]", client.Do("ft.sugget names helm WITHSCORES"));
    }

    [Theory]
    [InlineData("ft.sugadd k s nan")]
    [InlineData("ft.sugadd k s 1 WHAT")]
    [InlineData("ft.sugget k abcdefghijklm FUZZY")]
    [InlineData("ft.sugget k a MAX x")]
    public async Task What_is_wrong_is_said(string line)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        Assert.StartsWith("!", client.Do(line), StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Tags_of_an_attribute_are_listed_as_they_are_indexed(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create t PREFIX 1 t: SCHEMA tags TAG code TAG CASESENSITIVE n NUMERIC");
        client.Ask("hset", "t:1", "tags", "Red, green", "code", "Ab");
        client.Ask("hset", "t:2", "tags", "red,,blue ", "code", "aB");
        Assert.Equal("[\"blue\", \"green\", \"red\"]", client.Do("ft.tagvals t tags"));
        Assert.Equal("[\"Ab\", \"aB\"]", client.Do("ft.tagvals t code"));
        client.Do("ft.create j ON JSON PREFIX 1 j: SCHEMA $.tags[*] AS tags TAG $.a.code AS code TAG CASESENSITIVE");
        client.Ask("json.set", "j:1", "$", "{\"tags\":[\"Red\",\"green, dark\",null],\"a\":[{\"code\":\"X\"}]}");
        client.Ask("json.set", "j:2", "$", "{\"tags\":\"red\",\"a\":{\"code\":[\"x\",7,true]}}");
        Assert.Equal("[\"green, dark\", \"red\"]", client.Do("ft.tagvals j tags"));
        Assert.Equal("[\"7\", \"X\", \"true\", \"x\"]", client.Do("ft.tagvals j code"));
        Assert.Equal("!Not a tag field", client.Do("ft.tagvals t n"));
        Assert.Equal("!No such field", client.Do("ft.tagvals t x"));
    }
}
