namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Indexes from the hashes that were there before to their end.</summary>
public sealed class IndexLifeTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task Hashes_that_were_there_become_documents(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        for (var i = 0; i < 500; i++) Assert.Equal(2L, client.Ask("hset", $"old:{i}", "n", $"{i}", "t", "word"));
        client.Do("hset older:1 n 1");
        client.Do("set old:string text");
        client.Do("hset old:gone n 7");
        client.Do("del old:gone");
        Assert.Equal("\"OK\"", client.Do("ft.create old PREFIX 1 old: SCHEMA n NUMERIC t TEXT"));
        Assert.Equal("[500]", client.Do("ft.search old word LIMIT 0 0"));
        Assert.Equal("[1, \"old:77\", [\"n\", \"77\", \"t\", \"word\"]]", client.Do("ft.search old @n:[77,77]"));
        Assert.Equal("[\"n\", \"499\", \"t\", \"word\"]", client.Do("hgetall old:499"));
        Assert.Equal("0", client.Do("hset old:5 n 5000"));
        Assert.Equal("[1, \"old:5\"]", client.Do("ft.search old @n:[5000,5000] NOCONTENT"));
        Assert.Equal("\"hash\"", client.Do("type older:1"));
        Assert.Equal("[0]", client.Do("ft.search old @n:[1,1]@t:nothing"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task An_index_is_dropped_with_its_documents_and_made_again(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        for (var round = 0; round < 3; round++)
        {
            client.Do("hset d:before n 1");
            Assert.Equal("\"OK\"", client.Do("ft.create drop PREFIX 1 d: SCHEMA n NUMERIC"));
            client.Do("hset d:after n 2");
            Assert.Equal("[2]", client.Do("ft.search drop * LIMIT 0 0"));
            Assert.StartsWith("!ERR the 2 documents", client.Do("ft.dropindex drop"), StringComparison.Ordinal);
            Assert.Equal("\"OK\"", client.Do("ft.dropindex drop DD"));
            Assert.Equal("!drop: no such index", client.Do("ft.search drop *"));
            Assert.Equal("!Unknown index name", client.Do("ft.dropindex drop"));
            Assert.Equal("0", client.Do("exists d:before d:after"));
        }

        client.Do("ft.create empty PREFIX 1 e: SCHEMA n NUMERIC");
        Assert.Equal("\"OK\"", client.Do("ft.dropindex empty"));
        Assert.Equal("[]", client.Do("ft._list"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Another_name_leads_to_an_index(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        client.Do("ft.create one PREFIX 1 one: SCHEMA n NUMERIC");
        client.Do("ft.create two PREFIX 1 two: SCHEMA n NUMERIC");
        client.Do("hset one:1 n 1");
        client.Do("hset two:1 n 1");
        Assert.Equal("\"OK\"", client.Do("ft.aliasadd theIdx one"));
        Assert.Equal("[1, \"one:1\"]", client.Do("ft.search theIdx * NOCONTENT"));
        Assert.Equal("!Alias already exists", client.Do("ft.aliasadd theIdx two"));
        Assert.Equal("\"OK\"", client.Do("ft.aliasupdate theIdx two"));
        Assert.Equal("[1, \"two:1\"]", client.Do("ft.search theIdx * NOCONTENT"));
        Assert.StartsWith("!Unknown index name", client.Do("ft.aliasupdate x theIdx"), StringComparison.Ordinal);
        Assert.Equal("\"OK\"", client.Do("ft.aliasdel theIdx"));
        Assert.Equal("!Alias does not exist", client.Do("ft.aliasdel theIdx"));
        Assert.Equal("!theIdx: no such index", client.Do("ft.search theIdx *"));
    }
}
