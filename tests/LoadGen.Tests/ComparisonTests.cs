using System.Text.Json;
using Hedgerow.LoadGen.Cli;
using Hedgerow.LoadGen.Comparing;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Tests;

public sealed class ComparisonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loadgen-compare-").FullName;

    [Fact]
    public void Two_runs_of_the_same_do_not_differ()
    {
        var all = Compare(Noisy(1, 1.0), Noisy(2, 1.0));
        foreach (var figure in (string[])["rate", "p50", "p99"])
            Assert.Equal(Verdict.WithinNoise, Of(all, figure).Verdict);
    }

    [Fact]
    public void A_difference_beyond_what_each_run_varies_by_is_seen_both_ways()
    {
        Assert.Equal(Verdict.Worse, Of(Compare(Noisy(1, 1.0), Noisy(2, 1.3)), "p99").Verdict);
        Assert.Equal(Verdict.Better, Of(Compare(Noisy(1, 1.3), Noisy(2, 1.0)), "p50").Verdict);
    }

    [Fact]
    public void A_difference_that_is_sure_and_too_small_to_matter_is_none()
    {
        var all = new Comparison(relativeMin: 0.5).Compare(Noisy(1, 1.0), Noisy(2, 1.3));
        Assert.Equal(Verdict.WithinNoise, Of(all, "p99").Verdict);
    }

    [Fact]
    public void Few_requests_are_told_of_and_not_judged()
    {
        var all = Compare(Noisy(1, 1.0, seconds: 4), Noisy(2, 9.0, seconds: 4));
        Assert.Equal(Verdict.TooFew, Of(all, "p50").Verdict);
        // Of 30 stretches with 200 requests each, six have the thousand that a p99 takes, and none the ten of p99.9.
        all = Compare(Noisy(1, 1.0), Noisy(2, 1.0));
        Assert.Equal((6, 6), Of(all, "p99").Samples);
        Assert.Equal(Verdict.TooFew, Of(all, "p99.9").Verdict);
    }

    [Fact]
    public void Failures_are_compared_by_their_shares()
    {
        LoadReport Failing(int each) => Report(Runs.Made(10, 200, (_, i) => i % each == 0 ? -1 : 1));
        Assert.Equal(Verdict.Worse, Of(Compare(Failing(50), Failing(10)), "failed").Verdict);
        Assert.Equal(Verdict.WithinNoise, Of(Compare(Failing(10), Failing(10)), "failed").Verdict);
        Assert.Equal(Verdict.Better, Of(Compare(Failing(10), Failing(201)), "failed").Verdict);
    }

    [Fact]
    public void Equal_values_share_the_mean_of_their_ranks() =>
        Assert.Equal([1, 3.5, 3.5, 2, 5], RankTest.Ranks([1.0, 3, 3, 2, 9]));

    [Fact]
    public void Ranks_that_do_not_overlap_are_unlikely_and_ranks_that_alternate_are_not()
    {
        double[] low = [1, 2, 3, 4, 5, 6];
        double[] high = [11, 12, 13, 14, 15, 16];
        // 2 of the 924 ways to deal twelve ranks to two hands of six.
        Assert.InRange(RankTest.Chance(low, high), 0.0008, 0.005);
        Assert.InRange(RankTest.Chance([1, 3, 5, 7, 9, 11], [2, 4, 6, 8, 10, 12]), 0.3, 1);
        Assert.Equal(1, RankTest.Chance(low, low));
    }

    [Fact]
    public async Task The_verb_says_what_differs_and_what_was_asked_differently_and_exits_by_it()
    {
        var a = Write("a.json", Noisy(1, 1.0) with { Plan = new Dictionary<string, string> { ["hedge"] = "off" } });
        var b = Write("b.json", Noisy(2, 1.4) with { Plan = new Dictionary<string, string> { ["hedge"] = "on" } });
        var (exit, output) = await RunAsync("compare", a, b);
        Assert.Equal(1, exit);
        Assert.Contains("--hedge: 'off' and 'on'", output, StringComparison.Ordinal);
        Assert.Contains("WORSE beyond noise", output, StringComparison.Ordinal);
        Assert.Contains("Beyond noise B is worse in get p50, get p99.", output, StringComparison.Ordinal);
        (exit, output) = await RunAsync("compare", b, a);
        Assert.Equal(0, exit);
        Assert.Contains("Beyond noise B is better in", output, StringComparison.Ordinal);
        (exit, output) = await RunAsync("compare", a, a, "--json");
        Assert.Equal(0, exit);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("WithinNoise", json.RootElement[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task An_operation_that_only_one_run_has_is_told()
    {
        var report = Noisy(1, 1.0);
        var (a, none) = (Write("a.json", report), Write("none.json", report with { Operations = [] }));
        Assert.Contains("get: only A has it", (await RunAsync("compare", a, none)).Output, StringComparison.Ordinal);
        Assert.Contains("get: only B has it", (await RunAsync("compare", none, a)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("only", (await RunAsync("compare", a, a)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("null")]
    public async Task What_is_no_report_is_a_usage_error_that_names_the_file(string text)
    {
        var file = Path.Combine(_folder, "x.json");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        using var errors = new StringWriter();
        Assert.Equal(2, await LoadCommand.RunAsync(["compare", file, file], TextWriter.Null, errors));
        Assert.Contains("x.json", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_report_is_a_usage_error_that_names_the_file()
    {
        var report = Noisy(1, 1.0);
        var cut = report.Operations[0].ResponseHistogram[..^8];
        var good = Write("good.json", report);
        var damaged = Write(
            "damaged.json",
            report with { Operations = [report.Operations[0] with { ResponseHistogram = cut }] });
        using var errors = new StringWriter();
        Assert.Equal(2, await LoadCommand.RunAsync(["compare", good, damaged], TextWriter.Null, errors));
        Assert.Contains("damaged.json", errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("good.json", errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<Difference> Compare(LoadReport a, LoadReport b) => new Comparison(0.02).Compare(a, b);

    private static Difference Of(IReadOnlyList<Difference> all, string figure) => all.Single(d => d.Figure == figure);

    private static LoadReport Report(RunOutcome run) => LoadReport.Of(new Dictionary<string, string>(), run);

    /// <summary>Exponential times around a mean that drifts by 5 % from second to second; seeded.</summary>
    private static LoadReport Noisy(int seed, double meanMillis, int seconds = 30)
    {
        var random = new Random(seed);
        var drift = Enumerable.Range(0, seconds).Select(_ => 0.95 + (random.NextDouble() * 0.1)).ToArray();
        return Report(Runs.Made(
            seconds, 200, (s, _) => 0.1 + (-Math.Log(1 - random.NextDouble()) * meanMillis * drift[s])));
    }

    private static async Task<(int Exit, string Output)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        return (await LoadCommand.RunAsync(arguments, output, TextWriter.Null), output.ToString());
    }

    private string Write(string name, LoadReport report)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, JsonSerializer.Serialize(report, ReportJson.Default.LoadReport));
        return file;
    }
}
