using System.CommandLine;
using System.Text.Json;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Running;
using Spectre.Console;

namespace Hedgerow.LoadGen.Cli;

/// <summary>One call of the program: fill, run or ramp, report. Returns the exit code.</summary>
internal sealed class LoadSession(
    ParseResult parsed, LoadOptions options, ILoadDriver driver, TextWriter output, TimeProvider time,
    CancellationToken stop)
{
    private readonly bool _isJson = parsed.GetValue(options.Json);

    /// <summary>Runs.</summary>
    /// <param name="objective">To be kept; null for none.</param>
    public async Task<int> RunAsync(Objective? objective)
    {
        if (parsed.GetValue(options.Fill)) await driver.FillAsync(stop);
        var request = RunSetup.Request(parsed, options);
        // Opened first: what can't be written is told before anything is sent.
        using var log = OpenLog();
        var (run, ramp) = await MeasureAsync(request, objective, log);
        var report = LoadReport.Of(options.PlanOf(parsed), run, objective, ramp);
        await WriteAsync(report);
        var isMissed = report.Objective?.Any(condition => !condition.IsMet) ?? false;
        return isMissed || ramp is { Best: 0 } ? ExitCodes.Missed : ExitCodes.Met;
    }

    private async Task<(RunOutcome Run, RampReport? Ramp)> MeasureAsync(
        RunRequest request, Objective? objective, TextWriter? log)
    {
        RampReport? ramp = null;
        if (parsed.GetValue(options.Ramp))
        {
            await using var feed = new IntervalFeed([]);
            var search = new Ramp(driver, objective!, RunSetup.Nanos(parsed, options.Step), Tell);
            ramp = await search.SearchAsync(request, feed.Take, stop);
            // The search warmed everything up; what is reported is a run of its own at what was found.
            request = request with { Rate = ramp.Best > 0 ? ramp.Best : request.Rate, UntilSteady = false };
        }

        using var view = OpenView();
        List<IIntervalObserver> observers = [];
        if (log is not null) observers.Add(new HistogramLog(log, time.GetLocalNow()));
        if (view is IIntervalObserver shown) observers.Add(shown);
        else if (ShowsProgress) observers.Add(new PlainProgress(output));
        await using var intervals = new IntervalFeed(observers);
        return (await driver.RunAsync(request, intervals.Take, stop), ramp);
    }

    private bool ShowsProgress => parsed.GetValue(options.Live) switch
    {
        "on" => true,
        "off" => false,
        _ => !_isJson,
    };

    /// <summary>The table in place, on a terminal.</summary>
    private LiveView? OpenView()
    {
        if (!ShowsProgress || !ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected) return null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Profile.Capabilities.Interactive ? new LiveView(console) : null;
    }

    private StreamWriter? OpenLog() =>
        parsed.GetValue(options.HistogramLog) is { Length: > 0 } file ? new StreamWriter(file) : null;

    private void Tell(RampStep step)
    {
        if (ShowsProgress) output.WriteLine(TextReport.Line(step));
    }

    private async Task WriteAsync(LoadReport report)
    {
        var json = JsonSerializer.Serialize(report, ReportJson.Default.LoadReport);
        if (parsed.GetValue(options.Output) is { Length: > 0 } file)
            await File.WriteAllTextAsync(file, json, CancellationToken.None);
        if (parsed.GetValue(options.Html) is { Length: > 0 } page)
            await File.WriteAllTextAsync(page, HtmlReport.Of(report), CancellationToken.None);
        if (_isJson) await output.WriteLineAsync(json);
        else
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
            TextReport.Write(console, report);
        }
    }
}
