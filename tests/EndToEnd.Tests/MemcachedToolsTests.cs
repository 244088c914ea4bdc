using System.Diagnostics;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>libmemcached's own tools against a whole cluster and against a bare leaf.</summary>
public sealed class MemcachedToolsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("serve")]
    [InlineData("leaf")]
    public async Task Memcapable_finds_every_ascii_command(string role)
    {
        await using var server = await StartAsync(role);
        var (exitCode, output) = await RunAsync(
            "memccapable", "-a", "-t", "60", "-h", "127.0.0.1", "-p", $"{server.Port}");
        Assert.True(exitCode == 0 && !output.Contains("FAIL", StringComparison.Ordinal), output);
        Assert.True(output.Split("[pass]").Length > 25, output);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("leaf")]
    public async Task Files_are_put_found_touched_read_and_removed(string role)
    {
        await using var server = await StartAsync(role);
        var servers = $"--servers=127.0.0.1:{server.Port}";
        var small = WriteFile("small", 100);
        var large = WriteFile("large", 3_000_000);
        Assert.Equal(0, (await RunAsync("memccp", servers, "--set", small, large)).ExitCode);
        Assert.Equal(0, (await RunAsync("memcexist", servers, "small")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("memcexist", servers, "absent")).ExitCode);
        Assert.Equal(0, (await RunAsync("memctouch", servers, "--expire=100", "small")).ExitCode);
        foreach (var name in new[] { "small", "large" })
        {
            var copy = _directory[name + ".copy"];
            Assert.Equal(0, (await RunAsync("memccat", servers, $"--file={copy}", name)).ExitCode);
            Assert.Equal(File.ReadAllBytes(_directory[name]), File.ReadAllBytes(copy));
        }

        Assert.Equal(0, (await RunAsync("memcrm", servers, "small")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("memccat", servers, "small")).ExitCode);
        var stats = await RunAsync("memcstat", servers);
        Assert.Contains("cmd_get", stats.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("memcflush", servers)).ExitCode);
        Assert.NotEqual(0, (await RunAsync("memcexist", servers, "large")).ExitCode);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("mget")]
    [InlineData("set")]
    public async Task Memslap_loads_a_cluster(string test)
    {
        await using var server = await StartAsync("serve");
        var (exitCode, output) = await RunAsync(
            "memcslap", $"--servers=127.0.0.1:{server.Port}", $"--test={test}", "--concurrency=4",
            "--execute-number=200", "--initial-load=200");
        Assert.True(exitCode == 0, output);
    }

    private string WriteFile(string name, int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        File.WriteAllBytes(_directory[name], content);
        return _directory[name];
    }

    private static async Task<Running> StartAsync(string role)
    {
        var port = FreePorts.Take(1)[0];
        string[] own = role == "leaf" ? ["--shards", "0"] : ["--shards", "2"];
        var process = await HedgerowProcess.ServeAsync(
            [role, .. own, "--listen", "127.0.0.1:0", "--http", "off", "--memory", "64MiB",
                "--memcached", $"127.0.0.1:{port}"]);
        return new Running(process, port);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string tool, params string[] args)
    {
        var path = Path.Combine("/usr/bin", tool);
        if (!File.Exists(path)) Assert.Skip($"needs {path} of libmemcached-tools; eng/test.sh installs it");
        var start = new ProcessStartInfo(path, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var cancel = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(60), cancel);
        return (process.ExitCode, await output + await errors);
    }

    private sealed record Running(HedgerowProcess Process, int Port) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
