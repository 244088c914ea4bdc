using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>Random commands to Redis and to this server: the answers must be the same, errors to the letter.</summary>
public sealed class RedisAgreementTests
{
    private const int CommandsPerRun = 4_000;

    [Theory]
    [InlineData(RespNode.BareLeaf, 1)]
    [InlineData(RespNode.BareLeaf, 2)]
    [InlineData(RespNode.Cluster, 3)]
    [InlineData(RespNode.Router, 4)]
    public async Task Answers_are_those_of_Redis(string kind, int seed)
    {
        using var redis = RedisProcess.Start();
        await using var node = await RespNode.StartAsync(kind);
        using var theirs = redis.Connect();
        using var ours = node.Connect();
        var lines = new CommandLines(seed);
        var history = new List<string>();
        for (var i = 0; i < CommandsPerRun; i++)
        {
            string[][] batch = [.. Enumerable.Range(0, lines.NextTransaction()).Select(_ => lines.Next())];
            var isTransaction = batch.Length > 0;
            if (isTransaction) history.Add("multi");
            else batch = [lines.Next()];
            history.AddRange(batch.Select(words => string.Join(' ', words)));
            var expected = Run(theirs, batch, isTransaction);
            var actual = Run(ours, batch, isTransaction);
            Assert.True(expected == actual, $"seed {seed}: Redis {expected}, here {actual}, after\n"
                + string.Join('\n', history.TakeLast(12)));
        }
    }

    private static string Run(RespTestClient client, string[][] batch, bool isTransaction)
    {
        if (!isTransaction) return Shown(batch[0][0], client.Ask(batch[0]));
        Assert.Equal("\"OK\"", client.Do("multi"));
        var queued = string.Join(", ", batch.Select(words => RespTestClient.Show(client.Ask(words))));
        if (client.Ask("exec") is not object?[] answers) return queued + ": aborted";
        return queued + ": " + string.Join(", ", answers.Select((answer, i) => Shown(batch[i][0], answer)));
    }

    /// <summary>Fields have no order that is promised.</summary>
    private static string Shown(string command, object? answer) => command switch
    {
        "hkeys" or "hvals" or "hrandfield" when answer is object?[] items =>
            string.Join(", ", items.Select(RespTestClient.Show).Order(StringComparer.Ordinal)),
        "hgetall" when answer is object?[] pairs =>
            string.Join(", ", pairs.Chunk(2).Select(RespTestClient.Show).Order(StringComparer.Ordinal)),
        _ => RespTestClient.Show(answer),
    };
}

/// <summary>A Redis of the test's own, gone with it.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly Process _process;
    private readonly IPEndPoint _endPoint;

    private RedisProcess(Process process, IPEndPoint endPoint)
    {
        _process = process;
        _endPoint = endPoint;
    }

    /// <summary>Starts one on a free port and waits until it listens. Skips the test where there is none.</summary>
    public static RedisProcess Start()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!paths.Any(path => File.Exists(Path.Combine(path, "redis-server"))))
            Assert.Skip("needs redis-server (Debian package redis-server)");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var endPoint = (IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true };
        foreach (var argument in new[] { "--port", $"{endPoint.Port}", "--save", "", "--bind", "127.0.0.1" })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal)) break;
        process.StandardOutput.Close();
        return new RedisProcess(process, endPoint);
    }

    public RespTestClient Connect() => new(_endPoint);

    public RawAnswers Raw() => new(_endPoint);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
