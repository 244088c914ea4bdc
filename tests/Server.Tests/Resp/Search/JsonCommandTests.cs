using System.Globalization;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Commands on places in JSON values.</summary>
public sealed class JsonCommandTests
{
    private static readonly (string[] Words, string Answer)[] Cases =
    [
        (["json.set", "k", "$.a", "1"], "!ERR new objects must be created at the root"),
        (["json.set", "k", "$", """{"a":{"b":[1,"x",2.5]},"n":null,"größe":"ü"}"""], "\"OK\""),
        (["json.set", "k", "$.a.c", "{\"d\":true}"], "\"OK\""),
        (["json.set", "k", "$.z.y", "1"], "nil"),
        (["json.set", "k", "$.a.b[1]", "\"y\""], "\"OK\""),
        (["json.set", "k", "$.a.b[-1]", "7"], "\"OK\""),
        (["json.set", "k", "$.a.b[9]", "7"], "nil"),
        (["json.set", "k", "$.a.c", "1", "NX"], "nil"),
        (["json.set", "k", "$.q", "1", "XX"], "nil"),
        (["json.set", "k", "$['n']", "\"now\"", "XX"], "\"OK\""),
        (["json.set", "k", "$..b", "1"],
            "!ERR Path '$..b' may lead to several places or is the root; one of .name ['name'] [0] is changed here"),
        (["json.get", "k", "$.a"], "\"[{\"b\":[1,\"y\",7],\"c\":{\"d\":true}}]\""),
        (["json.numincrby", "k", "$.a.b[0]", "41"], "\"[42]\""),
        (["json.numincrby", "k", ".a.b[0]", "0.5"], "\"42.5\""),
        (["json.numincrby", "k", "$.n", "1"], "\"[null]\""),
        (["json.numincrby", "k", ".n", "1"], "!ERR wrong type of path value - expected a number"),
        (["json.numincrby", "none", "$.n", "1"],
            "!ERR could not perform this operation on a key that doesn't exist"),
        (["json.arrappend", "k", "$.a.b", "3", "{}"], "[5]"),
        (["json.arrappend", "k", ".a.b", "4"], "6"),
        (["json.arrappend", "k", "$.n", "4"], "[nil]"),
        (["json.arrlen", "k", "$.a.b"], "[6]"),
        (["json.arrlen", "k", "$.*"], "[nil, nil, nil]"),
        (["json.objlen", "k"], "3"),
        (["json.objkeys", "k", "$.a"], "[[\"b\", \"c\"]]"),
        (["json.strlen", "k", "n"], "3"),
        (["json.strlen", "k", ".a"], "!ERR wrong type of path value"),
        (["json.type", "k", "$.a.b[*]"],
            "[\"number\", \"string\", \"integer\", \"integer\", \"object\", \"integer\"]"),
        (["json.type", "k"], "\"object\""),
        (["json.type", "none"], "nil"),
        (["json.set", "l", "$", "{\"n\":1}"], "\"OK\""),
        (["json.mget", "k", "none", "l", "$.n"], "[\"[\"now\"]\", nil, \"[1]\"]"),
        (["json.mget", "k", "l", "zz"], "[nil, nil]"),
        (["json.set", "l", "$.n", "1.5e308"], "\"OK\""),
        (["json.numincrby", "l", "$.n", "1.5e308"], "!ERR the sum is beyond all numbers"),
        (["json.numincrby", "l", ".n", "1.5e308"], "!ERR the sum is beyond all numbers"),
        (["json.get", "l", "$.n"], "\"[1.5e308]\""),
        (["json.del", "k", "$.a.b[1]"], "1"),
        (["json.del", "k", "$.nope"], "0"),
        (["json.forget", "k", "$.a"], "1"),
        (["json.del", "k", "$.*"],
            "!ERR Path '$.*' may lead to several places or is the root; one of .name ['name'] [0] is changed here"),
        (["json.objkeys", "k"], "[\"n\", \"gr\u00c3\u00b6\u00c3\u009fe\"]"),
        (["json.set", "twice", "$", "{\"a\":1,\"a\":2}"], "\"OK\""),
        (["json.del", "k"], "1"),
        (["json.del", "k", "$.a"], "0"),
    ];

    [Theory, BeforeLeafAndCluster]
    public async Task Places_are_set_read_and_deleted(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var wrong = new List<string>();
        foreach (var (words, expected) in Cases)
        {
            var answer = RespTestClient.Show(client.Ask([.. words.Select(Latin)]));
            if (answer != expected) wrong.Add($"{string.Join(' ', words)}\n{answer}\n{expected}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        Assert.StartsWith(
            "!ERR the value is not JSON that can be changed", client.Do("json.set twice $.b 1"),
            StringComparison.Ordinal);
        client.Do("hset h f v");
        Assert.StartsWith("!WRONGTYPE", client.Do("json.set h $.a 1"), StringComparison.Ordinal);
        Assert.StartsWith("!WRONGTYPE", client.Do("json.type h"), StringComparison.Ordinal);
        client.Do("set s text");
        Assert.StartsWith("!ERR the value is not JSON", client.Do("json.arrappend s $.a 1"), StringComparison.Ordinal);
        Assert.StartsWith(
            "!ERR the value is not valid JSON", client.Do("json.arrappend l $.n {"), StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_document_that_is_changed_in_one_place_is_found_by_it(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create d ON JSON PREFIX 1 d: SCHEMA $.n AS n NUMERIC $.t AS t TAG");
        Assert.Equal("\"OK\"", client.Do("json.set d:1 $ {\"n\":1,\"t\":[\"a\"]}"));
        Assert.Equal("\"[11]\"", client.Do("json.numincrby d:1 $.n 10"));
        Assert.Equal("[2]", client.Do("json.arrappend d:1 $.t \"b\""));
        Assert.Equal(
            "[1, \"d:1\", [\"$\", \"{\"n\":11,\"t\":[\"a\",\"b\"]}\"]]",
            client.Do("ft.search d @n:[11,11]@t:{b}"));
        Assert.Equal("1", client.Do("json.del d:1 $.n"));
        Assert.Equal("[0]", client.Do("ft.search d @n:[11,11]"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Increments_of_many_clients_are_all_counted(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var first = node.Connect();
        first.Do("json.set c $ {\"n\":0}");
        var clients = Enumerable.Range(0, 4).Select(_ => node.Connect()).ToArray();
        var counted = 0;
        for (var round = 0; round < 50; round++)
        {
            foreach (var client in clients) client.Send("json.numincrby", "c", "$.n", "1");
            // One that lost too often says so, and has not counted.
            foreach (var client in clients) counted += client.Receive() is string ? 1 : 0;
        }

        foreach (var client in clients) client.Dispose();
        Assert.Equal($"\"[{counted.ToString(CultureInfo.InvariantCulture)}]\"", first.Do("json.get c $.n"));
    }

    [Fact]
    public async Task Texts_that_are_no_text_are_refused_with_their_place()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        string[] halves =
        [
            "[\"\\ud800\"]", "[\"\\udc00\"]", "{\"\\ud83dx\":1}", "[\"\\ud83d\\n\"]",
        ];
        foreach (var json in halves)
        {
            Assert.Equal(
                "!ERR the value has half a pair of surrogates at byte 2",
                RespTestClient.Show(client.Ask("json.set", "k", "$", json)));
        }

        Assert.Equal(
            "!ERR the value is not valid UTF-8 at byte 3",
            RespTestClient.Show(client.Ask("json.set", "k", "$", "[\"a\u00ff\"]")));
        Assert.Equal("OK", client.Ask("json.set", "k", "$", "[\"\\ud83d\\ude00\\\\ud800\"]"));
        Assert.Equal("[10]", client.Do("json.strlen k $[0]"));
    }

    [Fact]
    public async Task Paths_of_one_command_are_bounded()
    {
        await using var node = await RespNode.LeafAsync();
        using var client = node.Connect();
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", 12)) + "\"" + new string('x', 1 << 20) + "\"";
        client.Ask("json.set", "k", "$", nested + new string('}', 12));
        var many = Enumerable.Repeat("$.b", 65).ToArray();
        Assert.Equal(
            "!ERR 65 paths are named; at most 64 are allowed",
            RespTestClient.Show(client.Ask(["json.get", "k", .. many])));
        string[][] commands = [[.. Enumerable.Repeat("$.a", 9)], ["$..*..*"]];
        foreach (var paths in commands)
        {
            Assert.EndsWith(
                "or to more than 8 MiB", RespTestClient.Show(client.Ask(["json.get", "k", .. paths])),
                StringComparison.Ordinal);
        }

        Assert.StartsWith("!Bad arguments for format", client.Do("json.get k INDENT"), StringComparison.Ordinal);
    }

    // The client sends Latin-1: the bytes of UTF-8 as characters.
    private static string Latin(string text) =>
        System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
