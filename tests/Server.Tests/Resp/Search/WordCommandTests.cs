namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Dictionaries, synonyms and spelling.</summary>
public sealed class WordCommandTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task Dictionaries_take_and_give_terms(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("[]", client.Do("ft.dictdump d"));
        Assert.Equal("0", client.Do("ft.dictdel d a"));
        Assert.Equal("2", client.Do("ft.dictadd d b a"));
        Assert.Equal("1", client.Do("ft.dictadd d a c a"));
        Assert.Equal("1", client.Do("ft.dictadd D/e x"));
        Assert.Equal("[\"a\", \"b\", \"c\"]", client.Do("ft.dictdump d"));
        Assert.Equal("1", client.Do("ft.dictdel d b x"));
        Assert.Equal("[\"a\", \"c\"]", client.Do("ft.dictdump d"));
        Assert.Equal("[\"x\"]", client.Do("ft.dictdump D/e"));
        Assert.Equal("[]", client.Do("ft._list"));
        var long256 = new string('w', 256);
        Assert.Equal("!ERR a word has 256 bytes; 1 to 255 are allowed", client.Do($"ft.dictadd d {long256}"));
        client.Ask("set", "/ft-words/dictionary/odd", "{\"lists\":[1]}");
        Assert.Equal("[]", client.Do("ft.dictdump odd"));
        Assert.Equal("1", client.Do("ft.dictadd odd x"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Words_that_no_document_has_get_others(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT NOSTEM u TEXT NOSTEM n NUMERIC");
        string[] texts = ["hello world", "hello there", "help wanted", "held over"];
        for (var i = 0; i < texts.Length; i++) client.Ask("hset", $"s:{i}", "t", texts[i]);
        client.Ask("hset", "s:u", "u", "hallo");
        Assert.Equal("[]", client.Do("ft.spellcheck s hello"));
        Assert.Equal(
            "[[\"TERM\", \"hellp\", [[\"0.4\", \"hello\"], [\"0.2\", \"help\"]]]]",
            client.Do("ft.spellcheck s @t:hellp"));
        Assert.Equal(
            "[[\"TERM\", \"hellp\", [[\"0.4\", \"hello\"], [\"0.2\", \"hallo\"], [\"0.2\", \"held\"], "
            + "[\"0.2\", \"help\"]]]]",
            client.Do("ft.spellcheck s hellp DISTANCE 2"));
        Assert.Equal(
            "[[\"TERM\", \"wurld\", [[\"0.2\", \"world\"]]], [\"TERM\", \"xyzzy\", []]]",
            RespTestClient.Show(client.Ask("ft.spellcheck", "s", "(Wurld the | -xyzzy) @n:[1 2]")));
        client.Do("ft.dictadd more hellq hallp xyzzy");
        Assert.Equal(
            "[[\"TERM\", \"hellp\", [[\"0.4\", \"hello\"], [\"0\", \"hallp\"], [\"0\", \"hellq\"]]]]",
            client.Do("ft.spellcheck s @t:hellp TERMS INCLUDE more TERMS EXCLUDE none help"));
        Assert.Equal("[]", client.Do("ft.spellcheck s xyzzy TERMS INCLUDE more"));
        Assert.Equal("[]", client.Do("ft.spellcheck s @n:(xyzzy)"));
        client.Do("ft.dictadd swaps helol");
        Assert.Equal(
            "[[\"TERM\", \"heoll\", []]]", client.Do("ft.spellcheck s @t:heoll TERMS INCLUDE none"));
        Assert.Equal(
            "[[\"TERM\", \"hleol\", [[\"0\", \"helol\"]]]]",
            client.Do("ft.spellcheck s @t:hleol TERMS INCLUDE swaps"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Synonyms_are_looked_for_together(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create y PREFIX 1 y: SCHEMA t TEXT");
        client.Ask("hset", "y:1", "t", "a boy");
        client.Ask("hset", "y:2", "t", "the child and the girl");
        client.Ask("hset", "y:3", "t", "a baby");
        Assert.Equal("\"OK\"", client.Do("ft.synupdate y g1 Boy child"));
        Assert.Equal("\"OK\"", client.Do("ft.synupdate y g1 SKIPINITIALSCAN kid"));
        Assert.Equal("\"OK\"", client.Do("ft.synupdate y g2 child baby"));
        Assert.Equal(
            "[\"baby\", [\"g2\"], \"boy\", [\"g1\"], \"child\", [\"g1\", \"g2\"], \"kid\", [\"g1\"]]",
            client.Do("ft.syndump y"));
        Assert.Equal("[2, \"y:1\", \"y:2\"]", Sorted(client.Ask("ft.search", "y", "kid", "NOCONTENT")));
        Assert.Equal("[3, \"y:1\", \"y:2\", \"y:3\"]", Sorted(client.Ask("ft.search", "y", "CHILD", "NOCONTENT")));
        Assert.Equal("[1, \"y:2\"]", client.Do("ft.search y @t:(boy)@t:girl NOCONTENT"));
        Assert.Equal("[0]", client.Do("ft.search y \"kid\" NOCONTENT"));
        Assert.Equal("!Unknown index name", client.Do("ft.synupdate nope g a"));
        Assert.Equal("!Unknown index name", client.Do("ft.syndump nope"));
        var many = Enumerable.Range(0, 257).Select(i => $"w{i}").ToArray();
        Assert.StartsWith(
            "!ERR there would be 257 words or more in the group; at most 64 are allowed",
            RespTestClient.Show(client.Ask(["ft.synupdate", "y", "g9", .. many])), StringComparison.Ordinal);
        client.Do("ft.dropindex y DD");
        client.Do("ft.create y PREFIX 1 y: SCHEMA t TEXT");
        Assert.Equal("[]", client.Do("ft.syndump y"));
    }

    [Theory]
    [InlineData("ft.spellcheck nope x", "nope: no such index")]
    [InlineData("ft.spellcheck s x DISTANCE 3", "invalid distance given: 3; distance must be 1 or 2 here")]
    [InlineData("ft.spellcheck s x TERMS d", "bad format, exclude/include operation was not given")]
    [InlineData("ft.spellcheck s x WHAT", "Unknown argument `WHAT` at position 3 for FT.SPELLCHECK")]
    [InlineData("ft.spellcheck s (", "Syntax error at offset")]
    [InlineData("ft.spellcheck s", "ERR wrong number of arguments for 'ft.spellcheck' command")]
    [InlineData("ft.dictadd d", "ERR wrong number of arguments for 'ft.dictadd' command")]
    [InlineData("ft.synupdate s g", "ERR wrong number of arguments for 'ft.synupdate' command")]
    [InlineData("ft.synupdate s g SKIPINITIALSCAN", "ERR wrong number of arguments for 'ft.synupdate' command")]
    public async Task What_is_wrong_is_said(string line, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        Assert.StartsWith("!" + error, client.Do(line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_spelling_looks_for_a_bounded_number_of_words()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        var words = string.Join(' ', Enumerable.Range(0, 257).Select(i => $"word{i}"));
        Assert.StartsWith(
            "!ERR the query has 257 words", RespTestClient.Show(client.Ask("ft.spellcheck", "s", words)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terms_that_are_compared_are_bounded()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        client.Do("ft.create s PREFIX 1 s: SCHEMA t TEXT");
        var terms = Enumerable.Range(0, 8_000).Select(i => $"term{i}").ToArray();
        Assert.Equal(
            "!more than 1000 terms are given; keep them by FT.DICTADD",
            RespTestClient.Show(client.Ask(["ft.spellcheck", "s", "x", "TERMS", "INCLUDE", "d", .. terms[..1_001]])));
        Assert.Equal(8_000L, client.Ask(["ft.dictadd", "d", .. terms]));
        var words = string.Join(' ', Enumerable.Range(0, 251).Select(i => $"word{i}"));
        Assert.Equal(
            "!ERR 251 words would be compared with 8000 included terms; at most 2000000 pairs are allowed",
            RespTestClient.Show(client.Ask("ft.spellcheck", "s", words, "TERMS", "INCLUDE", "d")));
    }

    private static string Sorted(object? answer)
    {
        var many = Assert.IsType<object?[]>(answer);
        return RespTestClient.Show(many.Take(1).Concat(many.Skip(1).Order()).ToArray());
    }
}
