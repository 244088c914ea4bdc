using System.Globalization;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>Commands that read, compute and compare lose nothing when many clients run them on one key.</summary>
public sealed class ContentionTests
{
    private const int Clients = 4;
    private const int Rounds = 100;

    [Theory, BeforeLeafAndCluster]
    public async Task Every_step_of_a_floating_point_counter_counts(string kind)
    {
        await using var node = await RespNode.StartAsync(kind, loops: 2);
        await RunAsync(node, (client, _, _) =>
        {
            Assert.StartsWith("\"", client.Do("incrbyfloat k 0.5"));
            Assert.StartsWith("\"", client.Do("hincrbyfloat h f 0.25"));
        });
        using var reader = node.Connect();
        Assert.Equal($"\"{Clients * Rounds * 0.5}\"", reader.Do("get k"));
        Assert.Equal($"\"{Clients * Rounds * 0.25}\"", reader.Do("hget h f"));
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Every_part_that_was_written_stands(string kind)
    {
        await using var node = await RespNode.StartAsync(kind, loops: 2);
        await RunAsync(node, (client, number, round) =>
        {
            var offset = ((round * Clients) + number) * 2;
            var at = offset.ToString(CultureInfo.InvariantCulture);
            Assert.IsType<long>(client.Ask("setrange", "k", at, $"{number}!"));
            Assert.IsType<long>(client.Ask("append", "log", $"{number}"));
        });
        using var reader = node.Connect();
        var value = (string)reader.Ask("get", "k")!;
        Assert.Equal(Clients * Rounds * 2, value.Length);
        for (var i = 0; i < Clients * Rounds; i++) Assert.Equal($"{i % Clients}!", value.Substring(i * 2, 2));
        Assert.Equal(Clients * Rounds, ((string)reader.Ask("get", "log")!).Length);
    }

    [Theory, BeforeLeafAndCluster]
    public async Task Only_one_client_wins(string kind)
    {
        await using var node = await RespNode.StartAsync(kind, loops: 2);
        var wins = 0;
        await RunAsync(node, (client, number, round) =>
        {
            if (client.Do($"set lock{round} {number} nx") == "\"OK\"") Interlocked.Increment(ref wins);
            if (client.Do($"hsetnx h f{round} {number}") == "1") Interlocked.Increment(ref wins);
            if (client.Do($"msetnx {{m}}{round} {number} {{m}}x{round} 1") == "1") Interlocked.Increment(ref wins);
        });
        Assert.Equal(3 * Rounds, wins);
    }

    private static Task RunAsync(RespNode node, Action<RespTestClient, int, int> step) =>
        Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Factory.StartNew(
            () =>
            {
                using var client = node.Connect();
                for (var round = 0; round < Rounds; round++) step(client, number, round);
            },
            TaskCreationOptions.LongRunning)));
}
