using System.Globalization;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>Redis's own command line and load generator.</summary>
public sealed class RedisToolTests(ClientServers servers) : IClassFixture<ClientServers>
{
    public static TheoryData<string> Targets => ClientServers.Targets;

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Redis_cli_talks_to_it(string target)
    {
        Assert.Equal("PONG", await CliAsync(target, "PING"));
        Assert.Equal("OK", await CliAsync(target, "SET", "{cli}:a", "hello world", "EX", "100"));
        Assert.Equal("hello world", await CliAsync(target, "GET", "{cli}:a"));
        Assert.Equal("11", await CliAsync(target, "-3", "STRLEN", "{cli}:a"));
        Assert.Contains("unknown command", await CliAsync(target, "NOSUCHCOMMAND"));
        Assert.Contains("redis_version", await CliAsync(target, "INFO"));
        Assert.Contains("{cli}:a", await CliAsync(target, "--scan", "--pattern", "{cli}:*"));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Redis_cli_loads_many_through_its_pipe(string target)
    {
        var commands = string.Concat(Enumerable.Range(0, 20_000).Select(i =>
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"pipe:{i}");
            return $"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n$5\r\nvalue\r\n";
        }));
        var output = await Tool.RunAsync("redis-cli", ["-p", $"{servers.Resp(target)}", "--pipe"], commands);
        Assert.Contains("errors: 0, replies: 20000", output);
        Assert.Equal("value", await CliAsync(target, "GET", "pipe:19999"));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Redis_benchmark_runs_every_test_that_is_about_our_commands(string target)
    {
        var output = await Tool.RunAsync("redis-benchmark",
        [
            "-p", $"{servers.Resp(target)}", "-q", "-n", "20000", "-c", "20", "-P", "16", "-r", "1000",
            "-t", "ping_inline,ping_mbulk,set,get,incr,hset,mset",
        ]);
        foreach (var name in new[] { "PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "HSET", "MSET" })
            Assert.Contains(name, output);
        Assert.DoesNotContain("ERR", output);
    }

    private async Task<string> CliAsync(string target, params string[] args) =>
        (await Tool.RunAsync("redis-cli", ["-p", $"{servers.Resp(target)}", .. args])).Trim();
}
