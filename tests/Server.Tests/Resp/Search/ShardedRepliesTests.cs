namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>
/// The commands FT.* answer the same bytes on one shard and on seven with two replicas each, errors included: random
/// commands over the same documents. Where an order is defined all of the answer is compared, and it is for each here.
/// </summary>
public sealed class ShardedRepliesTests : IClassFixture<ShardedReplies>
{
    private const int CommandsOfSeed = 250;

    private readonly ShardedReplies _replies;

    public ShardedRepliesTests(ShardedReplies replies)
    {
        _replies = replies;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Searches(int seed) => Same(seed, RandomCommands.Search);

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Aggregations(int seed) => Same(seed, RandomCommands.Aggregate);

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void Spellings(int seed) => Same(seed, RandomCommands.SpellCheck);

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void Suggestions(int seed) => Same(seed, RandomCommands.Suggestion);

    [Theory]
    [InlineData(10)]
    public void Explanations(int seed) => Same(seed, RandomCommands.Explain);

    [Fact]
    public void Commands_without_choices()
    {
        foreach (var command in RandomCommands.Plain) _replies.Same(command);
    }

    [Fact]
    public void Cursors_give_the_same_rows_page_by_page()
    {
        foreach (var query in new[] { "*", "hedge | rose", "@price:[2 9]" })
        {
            string[] command =
                ["ft.aggregate", "x", query, "LOAD", "2", "@name", "@price", "WITHCURSOR", "COUNT", "7"];
            var pages = _replies.Both(client => Pages(client, command));
            Assert.Equal(pages.One, pages.Many);
        }
    }

    private static string Pages(RespTestClient client, string[] command)
    {
        var pages = new List<string>();
        var answer = client.Ask(command);
        while (true)
        {
            var page = Assert.IsType<object?[]>(answer);
            pages.Add(RespTestClient.Show(page[0]));
            var cursor = Assert.IsType<long>(page[1]);
            if (cursor == 0) return string.Join('\n', pages);
            answer = client.Ask("ft.cursor", "read", "x", $"{cursor}");
        }
    }

    private void Same(int seed, Func<Random, string[]> next)
    {
        var random = new Random(seed);
        var telling = new List<string>();
        for (var i = 0; i < CommandsOfSeed; i++)
        {
            var answer = _replies.Same(next(random)).One;
            if (answer is not ("[0]" or "[]") && !answer.StartsWith('!')) telling.Add(answer);
        }

        // Most of them are to have something to compare.
        Assert.True(telling.Count > CommandsOfSeed / 2, $"{telling.Count} of {CommandsOfSeed} answers tell something");
        Assert.True(telling.Distinct().Count() > CommandsOfSeed / 5, "most answers are the same");
    }
}

/// <summary>A cluster of one shard and one of seven, with the same documents.</summary>
public sealed class ShardedReplies : IAsyncLifetime
{
    private const int Documents = 220;

    private RespNode[] _nodes = [];
    private RespTestClient[] _clients = [];

    public async ValueTask InitializeAsync()
    {
        _nodes =
        [
            await RespNode.ClusterAsync(shards: 1, replicas: 1), await RespNode.ClusterAsync(shards: 7, replicas: 2),
        ];
        _clients = [.. _nodes.Select(node => node.Connect())];
        foreach (var command in RandomCommands.Fill(new Random(20_261_123), Documents))
        {
            var (one, many) = Same(command);
            Assert.Equal(one, many);
            Assert.False(one.StartsWith('!'), $"{string.Join(' ', command)}: {one}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var node in _nodes) await node.DisposeAsync();
    }

    /// <summary>Asks both, and demands one answer.</summary>
    internal (string One, string Many) Same(string[] command)
    {
        var both = Both(client => RespTestClient.Show(client.Ask(command)));
        var asked = string.Join(' ', command) + "\n";
        Assert.Equal(asked + both.One, asked + both.Many);
        return both;
    }

    internal (string One, string Many) Both(Func<RespTestClient, string> ask) => (ask(_clients[0]), ask(_clients[1]));
}
