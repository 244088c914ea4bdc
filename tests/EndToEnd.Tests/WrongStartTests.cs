namespace Hedgerow.EndToEnd.Tests;

/// <summary>What a process says that can't start. Each message names what, where, and what is allowed.</summary>
public sealed class WrongStartTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Port_in_use_is_told_with_the_port_and_the_flag_that_changes_it()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var (exitCode, output) = await HedgerowProcess.RunAsync(
            "serve", "--listen", $"{taken.LocalEndpoint}", "--http", "off");
        Assert.Equal(1, exitCode);
        Assert.Contains($"{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}", output, StringComparison.Ordinal);
        Assert.Contains("in use", output, StringComparison.Ordinal);
        Assert.Contains("--listen", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_directory_of_another_version_is_told_with_both_versions()
    {
        Directory.CreateDirectory(_directory["data"]);
        await File.WriteAllTextAsync(
            Path.Combine(_directory["data"], "VERSION"), "hedgerow data 99\n", TestContext.Current.CancellationToken);
        var output = await RefusedLeafAsync(_directory["data"]);
        Assert.Contains("hedgerow data 99", output, StringComparison.Ordinal);
        Assert.Contains("hedgerow data 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_directory_that_is_a_file_is_told()
    {
        await File.WriteAllTextAsync(_directory["data"], "", TestContext.Current.CancellationToken);
        Assert.Contains("is a file", await RefusedLeafAsync(_directory["data"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_with_a_strangers_files_is_not_taken_for_data()
    {
        Directory.CreateDirectory(_directory["data"]);
        await File.WriteAllTextAsync(
            Path.Combine(_directory["data"], "notes.txt"), "", TestContext.Current.CancellationToken);
        Assert.Contains("notes.txt", await RefusedLeafAsync(_directory["data"]), StringComparison.Ordinal);
    }

    // The kernel lets nobody make a directory there, whatever user the tests run as.
    [Fact]
    public async Task Data_directory_that_may_not_be_made_is_told()
    {
        const string forbidden = "/sys/hedgerow-data";
        Assert.Contains(forbidden, await RefusedLeafAsync(forbidden), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_directory_in_use_by_another_process_is_told()
    {
        await using var first = await HedgerowProcess.ServeAsync(LeafArguments(_directory["data"]));
        Assert.Contains("in use", await RefusedLeafAsync(_directory["data"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--router.hedge.bugdet", "0.1", "--router.hedge.budget")]
    [InlineData("--router.hedge.budget", "7", "0 to 1")]
    [InlineData("--shards", "many", "1 to 4096")]
    public async Task Wrong_setting_stops_the_start_and_is_told_with_what_is_allowed(
        string flag, string value, string expected)
    {
        var (exitCode, output) = await HedgerowProcess.RunAsync("serve", flag, value);
        Assert.Equal(2, exitCode);
        Assert.Contains(flag, output, StringComparison.Ordinal);
        Assert.Contains(value, output, StringComparison.Ordinal);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topology_that_does_not_know_the_leaf_is_told()
    {
        var file = _directory["topology.json"];
        await File.WriteAllTextAsync(
            file,
            """{"epoch":1,"leaves":[{"id":"leaf-1","address":"127.0.0.1:1"}],"shards":[{"replicas":["leaf-1"]}]}""",
            TestContext.Current.CancellationToken);
        var (exitCode, output) = await HedgerowProcess.RunAsync(
            "leaf", "--name", "leaf-9", "--topology", file, "--listen", "127.0.0.1:0", "--http", "off");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("leaf-9", output, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedLeafAsync(string data)
    {
        var (exitCode, output) = await HedgerowProcess.RunAsync(LeafArguments(data));
        Assert.Equal(1, exitCode);
        Assert.Contains(data, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        return output;
    }

    private static string[] LeafArguments(string data) =>
        ["leaf", "--shards", "0-1", "--listen", "127.0.0.1:0", "--http", "off", "--data", data];
}
