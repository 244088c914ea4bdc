namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class ScanCommandTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task A_scan_sees_every_key_that_stays(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        for (var i = 0; i < 500; i++) client.Do($"set key:{i} {i}");
        for (var i = 0; i < 50; i++) client.Do($"hset hash:{i} f {i}");
        var seen = new HashSet<string>();
        var cursor = "0";
        var pages = 0;
        do
        {
            var page = (object?[])client.Ask("scan", cursor, "count", "20")!;
            cursor = (string)page[0]!;
            foreach (var key in (object?[])page[1]!) seen.Add((string)key!);
            client.Do($"set passing:{pages} 1");
            client.Do($"del passing:{pages++}");
        }
        while (cursor != "0");

        Assert.Equal(550, seen.Count(key => !key.StartsWith("passing", StringComparison.Ordinal)));
        Assert.True(pages > 5);
        Assert.Equal(50, Walk(client, "scan", "type", "hash").Count);
        Assert.Equal(500, Walk(client, "scan", "type", "STRING").Count);
        Assert.Empty(Walk(client, "scan", "type", "list"));
        Assert.Equal(11, Walk(client, "scan", "match", "key:4?").Count + Walk(client, "scan", "match", "hash:4").Count);
        Assert.Equal(550, ((object?[])client.Ask("keys", "*")!).Length);
        Assert.Equal(100, ((object?[])client.Ask("keys", "key:[1]??")!).Length);
        Assert.Contains((string)client.Ask("randomkey")!, seen);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task A_scan_of_a_hash_sees_every_field_that_stays_once(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        for (var i = 0; i < 400; i++) client.Do($"hset h f{i} {i}");
        var seen = new Dictionary<string, int>();
        var cursor = "0";
        for (var pages = 0; pages == 0 || cursor != "0"; pages++)
        {
            var page = (object?[])client.Ask("hscan", "h", cursor, "count", "30")!;
            cursor = (string)page[0]!;
            foreach (var pair in ((object?[])page[1]!).Chunk(2))
                seen[(string)pair[0]!] = seen.GetValueOrDefault((string)pair[0]!) + 1;
            client.Do($"hset h passing{pages} 1");
            client.Do($"hdel h passing{pages}");
        }

        Assert.Equal(400, seen.Count(field => field.Key[0] == 'f' && field.Value == 1));
        Assert.Equal(22, Walk(client, "hscan h", "match", "f39*").Count);
        Assert.Equal("[\"0\", []]", client.Do("hscan none 0"));
        Assert.Equal(20, ((object?[])client.Ask("hrandfield", "h", "20")!).Distinct().Count());
        Assert.Equal(900, ((object?[])client.Ask("hrandfield", "h", "-900")!).Length);
        Assert.Equal(800, ((object?[])client.Ask("hrandfield", "h", "1000", "withvalues")!).Length);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task An_empty_keyspace_has_nothing(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        Assert.Equal("nil", client.Do("randomkey"));
        Assert.Equal("[]", client.Do("keys *"));
        Assert.Equal("!ERR invalid cursor", client.Do("scan -1"));
        Assert.Equal("!ERR syntax error", client.Do("scan 0 count 0"));
        Assert.Equal("!ERR syntax error", client.Do("scan 0 match"));
        Assert.Equal("!ERR value is not an integer or out of range", client.Do("scan 0 count x"));
    }

    /// <summary>All that the pages of a walk have: keys, or fields and values.</summary>
    private static List<string> Walk(RespTestClient client, string command, params string[] options)
    {
        var found = new List<string>();
        var cursor = "0";
        do
        {
            var page = (object?[])client.Ask([.. command.Split(' '), cursor, .. options])!;
            cursor = (string)page[0]!;
            found.AddRange(((object?[])page[1]!).Cast<string>());
        }
        while (cursor != "0");

        return found;
    }
}
