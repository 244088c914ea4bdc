using Hedgerow.LoadGen.Cli;

namespace Hedgerow.LoadGen.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--rate", "0")]
    [InlineData("--duration", "2h")]
    [InlineData("--duration", "10")]
    [InlineData("--connections", "0")]
    [InlineData("--arrivals", "bursty")]
    [InlineData("--mix", "read=1")]
    [InlineData("--keys-by", "zipf:none")]
    [InlineData("--values", "big")]
    [InlineData("--paths", "/nowhere/paths.txt")]
    [InlineData("--queries", "/nowhere/queries.txt")]
    public async Task A_wrong_option_is_a_usage_error_that_names_it(string option, string value)
    {
        var (exit, _, errors) = await RunAsync(option, value);
        Assert.Equal(2, exit);
        Assert.Contains(value, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_is_a_usage_error()
    {
        var (exit, _, errors) = await RunAsync("--rat", "5");
        Assert.Equal(2, exit);
        Assert.Contains("--rat", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Searches_without_queries_are_a_usage_error()
    {
        var (exit, _, errors) = await RunAsync("--mix", "search=1");
        Assert.Equal(2, exit);
        Assert.Contains("--queries", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ramp_of_a_workload_with_times_of_its_own_is_a_usage_error()
    {
        var folder = Directory.CreateTempSubdirectory("loadgen-ramp-").FullName;
        try
        {
            var workload = Path.Combine(folder, "w.json");
            await File.WriteAllTextAsync(
                workload, """{ "name": "w", "trace": { "file": "t.csv" } }""", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "t.csv"), "0,a,1,10,1,get,0\n", TestContext.Current.CancellationToken);
            var (exit, _, errors) = await RunAsync("--workload", workload, "--ramp", "--objective", "p99<5ms");
            Assert.Equal(2, exit);
            Assert.Contains("--ramp needs a workload without times of its own", errors, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        var (exit, output, _) = await RunAsync("--help");
        Assert.Equal(0, exit);
        Assert.Contains("Examples:", output, StringComparison.Ordinal);
        Assert.Contains("--keys-by", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500us", 500)]
    [InlineData("1.5ms", 1_500)]
    [InlineData("2s", 2_000_000)]
    [InlineData("1m", 60_000_000)]
    public void Durations_are_read_as_people_write_them(string text, double micros)
    {
        Assert.True(Durations.TryParse(text, out var time));
        Assert.Equal(micros, time.TotalMicroseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("10")]
    [InlineData("1e3s")]
    public void Other_durations_are_refused(string text) => Assert.False(Durations.TryParse(text, out _));

    private static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exit = await LoadCommand.RunAsync(arguments, output, errors);
        return (exit, output.ToString(), errors.ToString());
    }
}
