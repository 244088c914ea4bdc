namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class KeyspaceModelTests
{
    private const int CommandsPerRun = 4_000;

    [Theory]
    [InlineData(RespNode.BareLeaf, 11)]
    [InlineData(RespNode.BareLeaf, 12)]
    [InlineData(RespNode.Cluster, 13)]
    [InlineData(RespNode.Router, 14)]
    public async Task Any_sequence_of_commands_is_answered_as_the_model_does(string kind, int seed)
    {
        await using var node = await RespNode.StartAsync(kind);
        using var client = node.Connect();
        var (lines, model) = (new CommandLines(seed), new KeyspaceModel());
        var modelled = 0;
        for (var i = 0; i < CommandsPerRun; i++)
        {
            var words = lines.Next();
            if (model.Ask(Known(words)) is not { } expected) continue;
            modelled++;
            var actual = Shown(words[0], client.Ask(words));
            Assert.True(expected == actual, $"seed {seed}, {i}: {string.Join(' ', words)}: {expected}, not {actual}");
        }

        Assert.True(modelled > CommandsPerRun / 2);
    }

    /// <summary>The model leaves out what the generator makes wrong on purpose.</summary>
    private static string[] Known(string[] words)
    {
        var isWrong = words[0] switch
        {
            "set" => words.Contains("ex") || (words.Contains("nx") && words.Contains("xx")),
            "hset" => words.Length % 2 != 0,
            "mset" => words.Length % 2 == 0,
            "copy" => words[^1] == "sideways",
            "hrandfield" => words.Length == 4,
            _ => false,
        };
        return isWrong ? ["left out"] : words;
    }

    /// <summary>Fields in an order of their own.</summary>
    private static string Shown(string command, object? answer) => RespTestClient.Show(command switch
    {
        "hkeys" or "hvals" or "hrandfield" when answer is object?[] items => Sorted(items),
        "hgetall" when answer is object?[] pairs =>
            pairs.Chunk(2).OrderBy(pair => (string)pair[0]!, StringComparer.Ordinal).SelectMany(pair => pair).ToArray(),
        _ => answer,
    });

    private static object?[] Sorted(object?[] items) =>
        [.. items.OrderBy(item => (string)item!, StringComparer.Ordinal)];
}
