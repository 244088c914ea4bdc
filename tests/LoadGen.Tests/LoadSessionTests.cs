using System.CommandLine;
using System.Globalization;
using Hedgerow.LoadGen.Cli;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.LoadGen.Tests;

public sealed class LoadSessionTests
{
    [Fact]
    public async Task The_histogram_log_of_a_ramp_begins_with_the_run_that_it_is_of()
    {
        var folder = Directory.CreateTempSubdirectory("loadgen-session-").FullName;
        try
        {
            var file = Path.Combine(folder, "run.hlog");
            var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddSeconds(1_000));
            await using var driver = new TenSecondsEach(time);
            using var output = new StringWriter();
            var options = new LoadOptions();
            var root = new RootCommand();
            foreach (var option in options.All) root.Options.Add(option);
            var parsed = root.Parse(["--ramp", "--rate", "1000", "--hlog", file, "--json"]);
            var session = new LoadSession(
                parsed, options, driver, output, time, TestContext.Current.CancellationToken);
            Assert.Equal(ExitCodes.Met, await session.RunAsync(Objective.Parse("p99<5ms", out _)));
            Assert.True(driver.BeganAt.Count > 2);
            var began = driver.BeganAt[^1].ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            Assert.StartsWith($"#[StartTime: {began}.000 ", lines[1], StringComparison.Ordinal);
            Assert.StartsWith("Tag=get,0.000,1.000,", Assert.Single(lines[3..]), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A second of load that takes ten; in time up to 2,000 a second.</summary>
    private sealed class TenSecondsEach(FakeTimeProvider time) : ILoadDriver
    {
        public List<DateTimeOffset> BeganAt { get; } = [];

        public Task FillAsync(CancellationToken stop) => Task.CompletedTask;

        public Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
        {
            BeganAt.Add(time.GetUtcNow());
            time.Advance(TimeSpan.FromSeconds(10));
            var run = Runs.Made(1, (int)request.Rate, (_, _) => request.Rate <= 2_000 ? 1 : 1_000);
            foreach (var interval in run.Intervals) onInterval(interval);
            return Task.FromResult(run);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
