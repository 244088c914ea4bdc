using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>What looks at so much that its loop must not wait for it.</summary>
public sealed class LongReadTests
{
    private static readonly string Hostile = string.Concat(Enumerable.Repeat("a*", 500)) + "b";

    [Fact]
    public async Task Walks_over_all_keys_are_not_on_the_loop()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        for (var i = 0; i < 100; i++) connection.Ask("SET", $"key{i}{new string('a', 1_000)}", "v");
        Assert.Equal("", connection.Ask("KEYS", Hostile));
        Assert.Equal("*0\r\n", await AnswerAsync(connection));
        Assert.Equal(1, harness.Server.LongReads.Begun);
        Assert.Equal("", connection.Ask("SCAN", "0", "MATCH", Hostile, "COUNT", "10"));
        Assert.StartsWith("*2\r\n", await AnswerAsync(connection), StringComparison.Ordinal);
        Assert.Equal(2, harness.Server.LongReads.Begun);

        // What is done soon stays.
        Assert.StartsWith("*2\r\n", connection.Ask("SCAN", "0", "MATCH", "key*"), StringComparison.Ordinal);
        Assert.Equal(2, harness.Server.LongReads.Begun);
    }

    [Fact]
    public async Task Many_of_one_client_and_of_others_all_end()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connections = Enumerable.Range(0, 4).Select(_ => harness.Connect()).ToArray();
        for (var i = 0; i < 3_000; i++) connections[0].Ask("SET", $"key{i}", "v");
        var all = string.Concat(Enumerable.Repeat("KEYS key1*\r\n", 20));
        foreach (var connection in connections) connection.Say(all + "PING");
        foreach (var connection in connections)
        {
            var answer = await AnswerAsync(connection);
            Assert.EndsWith("+PONG\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(21, answer.Split("*1111\r\n").Length);
        }
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_own()
    {
        await using var harness = await RespHarness.LeafAsync();
        var leaving = harness.Connect();
        for (var i = 0; i < 2_000; i++) leaving.Ask("SET", $"key{i}", "v");
        for (var i = 0; i < 10; i++) leaving.Ask("KEYS", Hostile);
        leaving.Session.OnClosed();
        var staying = harness.Connect();
        staying.Ask("KEYS", "key1");
        Assert.Equal("*1\r\n$4\r\nkey1\r\n", await AnswerAsync(staying));
    }

    [Fact]
    public async Task A_walk_over_a_large_hash_with_a_costly_pattern_is_not_on_the_loop()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        string[] fields = [.. Enumerable.Range(0, 500).SelectMany(i => new[] { $"f{i}{new string('a', 500)}", "v" })];
        Assert.Equal(":500\r\n", connection.Ask(["HSET", "h", .. fields]));
        Assert.Equal("", connection.Ask("HSCAN", "h", "0", "MATCH", Hostile));
        Assert.StartsWith("*2\r\n", await AnswerAsync(connection), StringComparison.Ordinal);
        Assert.Equal(1, harness.Server.LongReads.Begun);
    }

    [Theory]
    [InlineData("KEYS", "{0}")]
    [InlineData("SCAN", "0", "MATCH", "{0}")]
    [InlineData("HSCAN", "h", "0", "MATCH", "{0}")]
    [InlineData("PSUBSCRIBE", "{0}")]
    [InlineData("PUBSUB", "CHANNELS", "{0}")]
    public async Task Patterns_have_a_limit_that_the_error_tells(params string[] words)
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        connection.Ask("HSET", "h", "field", "1");
        var command = words.Select(word => word.Replace("{0}", new string('*', GlobPattern.BytesMax + 1))).ToArray();
        var answer = connection.Ask(command) + await AnswerAsync(connection);
        const string Expected = "at most 1024 are allowed where it has a star or a set";
        Assert.Equal($"-ERR the pattern has 1025 bytes; {Expected}\r\n", answer);
    }

    // Nothing is slept for: the loop's part is played until all is answered.
    private static async Task<string> AnswerAsync(TestConnection connection)
    {
        var answer = new StringBuilder(connection.Pump());
        while (connection.Session.HasUnanswered || connection.Held > 0)
        {
            await Task.Yield();
            answer.Append(connection.Pump());
        }

        return answer.ToString();
    }
}
