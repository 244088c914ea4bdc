using System.Globalization;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Cache entries over a restart of the real process: stopped well, killed, and asked for a snapshot.</summary>
public sealed class WarmRestartTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly int _port = FreePorts.Take(1)[0];

    private string Server => $"127.0.0.1:{_port}";

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_server_that_was_stopped_well_starts_with_its_entries()
    {
        await using (var first = await StartAsync())
        {
            await SetAsync("/warm", "kept");
            Assert.Equal(0, await first.TerminateAsync());
        }

        await using var second = await StartAsync();
        Assert.Equal("kept", await GetAsync("/warm"));
        Assert.Contains("starts warm", second.Output);
    }

    [Fact]
    public async Task A_server_that_was_killed_starts_cold_unless_any_snapshot_is_wanted()
    {
        await using (var first = await StartAsync())
        {
            await SetAsync("/old", "as of the snapshot");
            var snapshot = await CommandRun.Of("snapshot", "--server", Server, "--json");
            Assert.Contains("\"entries\":1", snapshot.MustSucceed().Output.Replace(" ", ""));
            await SetAsync("/late", "not in it");
            await first.KillAsync();
        }

        await using (var cold = await StartAsync())
        {
            Assert.Null(await GetAsync("/old"));
            await cold.KillAsync();
        }

        await using var warm = await StartAsync("--leaf.snapshot.load", "any");
        Assert.Equal("as of the snapshot", await GetAsync("/old"));
        Assert.Null(await GetAsync("/late"));
    }

    [Fact]
    public async Task A_server_killed_while_it_writes_a_snapshot_has_the_one_before()
    {
        await using (var first = await StartAsync())
        {
            await SetAsync("/first", "whole");
            (await CommandRun.Of("snapshot", "--server", Server)).MustSucceed();
            for (var i = 0; i < 200; i++)
                await SetAsync(string.Create(CultureInfo.InvariantCulture, $"/filler/{i}"), new string('x', 100_000));
            var second = CommandRun.Of("snapshot", "--server", Server);
            await first.KillAsync();
            await second;
        }

        await using var warm = await StartAsync("--leaf.snapshot.load", "any");
        Assert.Equal("whole", await GetAsync("/first"));
    }

    private Task<HedgerowProcess> StartAsync(params string[] more) => HedgerowProcess.ServeAsync(
    [
        "serve", "--listen", Server, "--http", "off", "--memory", "64MiB", "--shards", "2", "--replicas", "1",
        "--data", _directory["data"], .. more,
    ]);

    private async Task SetAsync(string path, string value) =>
        (await CommandRun.Of("set", path, value, "--server", Server)).MustSucceed();

    private async Task<string?> GetAsync(string path)
    {
        var run = await CommandRun.Of("get", path, "--server", Server);
        return run.ExitCode == 0 ? run.Output : null;
    }
}
