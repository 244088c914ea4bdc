using System.Text;
using System.Xml.Linq;
using Hedgerow.LoadGen.Cli;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Plots;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;
using HdrHistogram;
using Spectre.Console;

namespace Hedgerow.LoadGen.Tests;

public sealed class ReportingTests
{
    private static readonly RunOutcome Run =
        Runs.Made(5, 400, (s, i) => i == 7 ? -30 : 0.2 + (0.01 * (i % 50)) + (s == 3 && i < 20 ? 40 : 0));

    private static readonly LoadReport Report = LoadReport.Of(
        new Dictionary<string, string> { ["workload"] = "<b>&", ["protocol"] = "resp", ["server"] = "h:1" }, Run,
        Objective.Parse("p99<1ms,errors<1%", out _));

    [Fact]
    public void A_histogram_survives_as_text()
    {
        var times = Run.Records[0].Response;
        var read = HistogramText.Decode(HistogramText.Encode(times));
        Assert.Equal(times.TotalCount, read.TotalCount);
        foreach (var percentile in (double[])[0, 50, 99, 99.9, 100])
            Assert.Equal(times.GetValueAtPercentile(percentile), read.GetValueAtPercentile(percentile));
        Assert.Throws<FormatException>(() => HistogramText.Decode("no base 64"));
        Assert.Throws<FormatException>(() => HistogramText.Decode(Convert.ToBase64String(new byte[40])));
    }

    [Fact]
    public void A_large_histogram_survives_as_text_and_is_refused_when_it_is_cut_off()
    {
        var times = OperationRecord.NewHistogram(3);
        var random = new Random(1);
        // 1 µs to 60 s, evenly over the orders of magnitude.
        for (var i = 0; i < 200_000; i++) times.RecordValue((long)(1e3 * Math.Pow(60e6, random.NextDouble())));
        var text = HistogramText.Encode(times);
        Assert.True(text.Length > 16 * 1024, $"only {text.Length} characters");
        var read = HistogramText.Decode(text);
        Assert.Equal((200_000, text), (read.TotalCount, HistogramText.Encode(read)));
        foreach (var length in (int[])[0, 8, 12, 1_024, text.Length / 8 * 4, text.Length - 4])
            Assert.Throws<FormatException>(() => HistogramText.Decode(text[..length]));
    }

    [Fact]
    public void A_histogram_log_is_read_by_the_library_that_defines_it()
    {
        using var text = new StringWriter();
        var log = new HistogramLog(text, DateTimeOffset.UnixEpoch.AddSeconds(1_000));
        foreach (var interval in Run.Intervals) log.Observe(interval);
        var lines = text.ToString().Split('\n');
        Assert.Equal("#[Histogram log format version 1.3]", lines[0]);
        Assert.StartsWith("#[StartTime: 1000.000 (seconds since epoch)", lines[1], StringComparison.Ordinal);
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(text.ToString()));
        using var reader = new HistogramLogReader(stream);
        var read = reader.ReadHistograms().ToArray();
        Assert.Equal(5, read.Length);
        Assert.All(read, histogram => Assert.Equal(("get", 400L), (histogram.Tag, histogram.TotalCount)));
        Assert.Equal(
            Run.Intervals[3].Response(OperationKind.Get)!.GetValueAtPercentile(99), read[3].GetValueAtPercentile(99));
    }

    [Fact]
    public void The_page_is_whole_and_asks_for_nothing_from_elsewhere()
    {
        var page = HtmlReport.Of(Report);
        foreach (var outside in (string[])["<script", "src=", "@import", "url(", "<link", "href="])
            Assert.DoesNotContain(outside, page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>&", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Equal(4, page.Split("<svg").Length - 1);
        Assert.Contains("class=\"missed\">missed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_operation_has_its_lines_in_the_plot_by_percentile()
    {
        OperationKind[] kinds = [.. Enum.GetValues<OperationKind>().Take(SvgPlot.Colours)];
        var run = Run with { Records = [.. kinds.Select(kind => new OperationRecord(kind))] };
        foreach (var record in run.Records) record.Answered(0, 1_000, 2_000_000, Outcome.Ok, "");
        var page = HtmlReport.Of(LoadReport.Of(new Dictionary<string, string>(), run));
        foreach (var name in kinds.Select(OperationReport.NameOf))
        {
            Assert.Contains($"<title>{name}, from due</title>", page, StringComparison.Ordinal);
            Assert.Contains($"<title>{name}, from sent</title>", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Plots_are_well_formed_and_stay_in_their_frame()
    {
        foreach (var plot in (SvgPlot[])
        [
            RunPlots.OverTime("t", Report), RunPlots.HeatMap("t", Report), RunPlots.Rates("t", Report),
            RunPlots.Beside("t", [("a", Report), ("b & c", Report)], 99),
            RunPlots.ByPercentile("t", [("get", Run.AllResponses())]),
        ])
        {
            var root = XDocument.Parse(plot.ToFile()).Root!;
            Assert.Equal("svg", root.Name.LocalName);
            var points = root.Descendants().Where(e => e.Name.LocalName == "polyline")
                .SelectMany(e => e.Attribute("points")!.Value.Split(' '))
                .Select(p => p.Split(',').Select(n => double.Parse(n, null)).ToArray());
            Assert.All(points, p => Assert.True(p[0] is >= 0 and <= 860 && p[1] is >= 0 and <= 320));
        }
    }

    [Fact]
    public void A_run_in_which_nothing_was_answered_has_a_page_and_a_text_all_the_same()
    {
        var nothing = LoadReport.Of(new Dictionary<string, string>(), Runs.Made(0, 1, (_, _) => 1));
        Assert.Contains("Load report", HtmlReport.Of(nothing), StringComparison.Ordinal);
        using var text = new StringWriter();
        TextReport.Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text) }), nothing);
        Assert.Contains("0 answers a second", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(0.5)]
    [InlineData(123_456)]
    public void An_axis_reaches_its_highest_value_with_few_marks(double high)
    {
        var scale = Scale.Linear(high);
        Assert.InRange(scale.Marks.Count, 5, 10);
        Assert.Equal((0, "0"), scale.Marks[0]);
        Assert.InRange(scale.High, high, high * 1.5);
    }

    [Fact]
    public void Progress_is_a_line_for_each_stretch()
    {
        using var text = new StringWriter();
        var progress = new PlainProgress(text);
        foreach (var interval in Run.Intervals) progress.Observe(interval);
        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Contains("400/s", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Contains("failed 1", line, StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_in_place_shows_the_last_stretches_and_the_sum()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text), Interactive = InteractionSupport.No, Ansi = AnsiSupport.No,
        });
        console.Profile.Width = 120;
        using var view = new LiveView(console);
        foreach (var interval in Run.Intervals) view.Observe(interval);
        console.Write(view.Render());
        Assert.Contains("2,000 answers counted, 5 failed", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_has_the_stretches_whose_middle_lies_in_it()
    {
        var whole = WindowVerb.Of(Report, 0, 100, out var answers);
        Assert.Equal(2_000, answers);
        // Histograms of stretches have two digits, those of the whole three.
        Assert.Equal(Report.Latency.P50, whole.P50, Report.Latency.P50 / 50);
        // Only the fourth second has the twenty slow ones.
        Assert.True(WindowVerb.Of(Report, 3, 4, out answers).P99 > 30_000);
        Assert.Equal(400, answers);
        Assert.True(WindowVerb.Of(Report, 0, 3, out answers).P99 < 1_000);
        Assert.Equal(1_200, answers);
        WindowVerb.Of(Report, 3.6, 3.9, out answers);
        Assert.Equal(0, answers);
    }

    [Fact]
    public async Task Plots_of_reports_are_drawn_by_the_verb()
    {
        var folder = Directory.CreateTempSubdirectory("loadgen-plot-").FullName;
        try
        {
            var file = Path.Combine(folder, "r.json");
            var json = System.Text.Json.JsonSerializer.Serialize(Report, ReportJson.Default.LoadReport);
            await File.WriteAllTextAsync(file, json, TestContext.Current.CancellationToken);
            foreach (var kind in (string[])["percentiles", "time", "heat", "page"])
            {
                using var output = new StringWriter();
                Assert.Equal(0, await LoadCommand.RunAsync(["plot", $"a name={file}", "--kind", kind], output, output));
                Assert.Contains("<svg", output.ToString(), StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
