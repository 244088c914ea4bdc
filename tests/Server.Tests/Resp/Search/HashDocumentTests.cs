using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Documents of a collection of hashes, by the commands on hashes.</summary>
public sealed class HashDocumentTests
{
    private static readonly string[] Names = ["a", "b", "n", "größe", "x\"y", "f.g"];
    private static readonly string[] Values =
        ["", "1", "-7", "12.5", "text with \\ and \"", "ümlaut", "[1,2]", "null"];


    [Theory, BeforeLeafAndCluster]
    public async Task A_document_of_hashes_answers_every_command_as_an_entry_of_fields_does(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await Collections.DeclareAsync(node, Collections.Hashes("docs", "doc:"));
        using var client = node.Connect();
        var random = new Random(20_261_123);
        for (var i = 0; i < 600; i++)
        {
            var key = random.Next(4).ToString(CultureInfo.InvariantCulture);
            var words = Command(random);
            var ofDocument = client.Ask([words[0], "doc:" + key, .. words[1..]]);
            var ofEntry = client.Ask([words[0], "plain:" + key, .. words[1..]]);
            Assert.Equal(
                $"{string.Join(' ', words)} {RespTestClient.Show(ofEntry)}",
                $"{string.Join(' ', words)} {RespTestClient.Show(ofDocument)}");
        }
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_document_of_hashes_is_json_to_others_and_no_string_here(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await Collections.DeclareAsync(node, Collections.Hashes("docs", "doc:"));
        using var client = node.Connect();
        Assert.Equal("2", client.Do("hset doc:1 title Hedges price 12.5"));
        Assert.Equal("{\"title\":\"Hedges\",\"price\":\"12.5\"}", await Collections.JsonAsync(node, "doc:1"));
        Assert.StartsWith("!WRONGTYPE", client.Do("get doc:1"), StringComparison.Ordinal);
        Assert.Equal("[nil]", client.Do("mget doc:1"));
        const string Elm = "{\"title\":\"Elm\",\"price\":3,\"a\":[1,2],\"no\":null,\"on\":true}";
        Assert.Equal("\"OK\"", client.Do($"set doc:2 {Elm}"));
        Assert.Equal(
            "[\"title\", \"Elm\", \"price\", \"3\", \"a\", \"[1,2]\", \"on\", \"true\"]", client.Do("hgetall doc:2"));
        Assert.Equal("\"3\"", client.Do("hget doc:2 price"));
        Assert.Equal("1", client.Do("del doc:1"));
        Assert.Equal("\"none\"", client.Do("type doc:1"));
        Assert.StartsWith("!ERR ", client.Do("expire doc:2 10"), StringComparison.Ordinal);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Bytes_that_are_no_text_come_back_as_they_were(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        await Collections.DeclareAsync(node, Collections.Hashes("docs", "doc:"));
        using var client = node.Connect();
        var bytes = string.Concat(Enumerable.Range(0, 256).Select(i => (char)i));
        Assert.Equal(2L, client.Ask("hset", "doc:b", "vector", bytes, "t", "x"));
        Assert.Equal(bytes, client.Ask("hget", "doc:b", "vector"));
        var refused = Assert.IsType<RespFault>(client.Ask("hset", "doc:b", "\u00FF", "1"));
        Assert.StartsWith("ERR ", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefixes_that_hold_each_other_are_refused()
    {
        await using var node = await RespNode.LeafAsync();
        await Collections.DeclareAsync(node, Collections.Hashes("docs", "doc:"));
        foreach (var prefix in new[] { "doc:", "doc:1", "d", "doc:x:" })
        {
            var status = await Collections.TryDeclareAsync(node, Collections.Hashes("other", prefix));
            Assert.Equal(StatusCode.SchemaConflict, status);
        }

        Assert.Equal(StatusCode.Ok, await Collections.TryDeclareAsync(node, Collections.Hashes("other", "docs:")));
        Assert.Equal(StatusCode.BadRequest, await Collections.TryDeclareAsync(node, Collections.Hashes("third", "")));
    }

    private static string[] Command(Random random)
    {
        var (name, value) = (Names[random.Next(Names.Length)], Values[random.Next(Values.Length)]);
        var (other, second) = (Names[random.Next(Names.Length)], Values[random.Next(Values.Length)]);
        return random.Next(16) switch
        {
            0 or 1 => ["hset", Latin(name), Latin(value)],
            2 => ["hset", Latin(name), Latin(value), Latin(other), Latin(second)],
            3 => ["hsetnx", Latin(name), Latin(value)],
            4 => ["hmset", Latin(name), Latin(value), Latin(other), Latin(second)],
            5 => ["hdel", Latin(name), Latin(other)],
            6 => ["hincrby", "n", "3"],
            7 => ["hincrbyfloat", "n", "0.5"],
            8 => ["hget", Latin(name)],
            9 => ["hmget", Latin(name), Latin(other)],
            10 => ["hgetall"],
            11 => ["hlen"],
            12 => ["hkeys"],
            13 => ["hvals"],
            14 => ["hexists", Latin(name)],
            _ => random.Next(3) switch { 0 => ["type"], 1 => ["hstrlen", Latin(name)], _ => ["hscan", "0"] },
        };
    }

    // The client sends Latin-1: the bytes of UTF-8 as characters.
    private static string Latin(string text) =>
        System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
