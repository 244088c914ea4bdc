namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>FT.PROFILE, and what it tells of how groups are counted.</summary>
public sealed class ProfileCommandTests
{
    [Theory, BeforeLeafAndCluster]
    public async Task An_answer_comes_with_where_its_time_went(string kind)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node, 20);
        var plain = RespTestClient.Show(client.Ask("ft.search", "p", "@n:[3 4]", "SORTBY", "n"));
        var answer = Assert.IsType<object?[]>(
            client.Ask("ft.profile", "p", "SEARCH", "LIMITED", "QUERY", "@n:[3 4]", "SORTBY", "n"));
        Assert.Equal(plain, RespTestClient.Show(answer[0]));
        var profile = Assert.IsType<object?[]>(answer[1]);
        Assert.Equal(
            ["Total profile time", "Parsing time", "Searches", "Bytes received", "Shards"],
            profile.Where((_, i) => i % 2 == 0));
        Assert.Equal(1L, profile[5]);
        Assert.NotEmpty(Assert.IsType<object?[]>(profile[9]));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Groups_that_the_leaves_count_move_no_documents(string kind)
    {
        const int Documents = 3_000;
        await using var node = await RespNode.StartAsync(kind);
        using var client = Filled(node, Documents);
        string[] group = ["GROUPBY", "1", "@g", "REDUCE", "SUM", "1", "@n", "AS", "sum"];
        var byLeaves = Profile(client, group);
        var byRows = Profile(client, ["FILTER", "1", .. group]);
        Assert.Equal(byRows.Rows, byLeaves.Rows);
        Assert.Equal("leaves", byLeaves.By);
        Assert.Equal("rows", byRows.By);
        Assert.Equal(1, byLeaves.Searches);
        Assert.True(byRows.Searches > 3, $"{byRows.Searches} searches");
        Assert.True(byLeaves.Bytes * 50 < byRows.Bytes, $"{byLeaves.Bytes} and {byRows.Bytes} bytes");
    }

    [Theory]
    [InlineData("ft.profile p FIND QUERY x", "No `SEARCH` or `AGGREGATE` provided")]
    [InlineData("ft.profile p SEARCH x y", "The QUERY keyword is expected")]
    [InlineData("ft.profile nope SEARCH QUERY x", "nope: no such index")]
    [InlineData("ft.profile p SEARCH QUERY @z:x", "Unknown field at offset 0 near z")]
    [InlineData("ft.profile p AGGREGATE QUERY * GROUPBY", "Bad arguments for GROUPBY")]
    [InlineData("ft.profile p SEARCH QUERY", "ERR wrong number of arguments for 'ft.profile' command")]
    public async Task What_is_wrong_is_said(string line, string error)
    {
        await using var node = await RespNode.LeafAsync();
        using var client = Filled(node, 1);
        Assert.StartsWith("!" + error, client.Do(line), StringComparison.Ordinal);
    }

    private static RespTestClient Filled(RespNode node, int documents)
    {
        var client = node.Connect();
        client.Do("ft.create p PREFIX 1 p: SCHEMA g TAG SORTABLE n NUMERIC t TEXT");
        for (var i = 0; i < documents; i++) client.Send("hset", $"p:{i}", "g", $"group{i % 9}", "n", $"{i}", "t", "x");
        for (var i = 0; i < documents; i++) Assert.Equal(3L, client.Receive());
        return client;
    }

    private static (string Rows, string By, long Searches, long Bytes) Profile(RespTestClient client, string[] steps)
    {
        var answer = Assert.IsType<object?[]>(
            client.Ask(["ft.profile", "p", "AGGREGATE", "QUERY", "*", .. steps]));
        var profile = Assert.IsType<object?[]>(answer[1]);
        return (RespTestClient.Show(answer[0]), (string)profile[9]!, (long)profile[5]!, (long)profile[7]!);
    }
}
