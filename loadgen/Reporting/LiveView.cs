using System.Globalization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>Progress as lines, for files and pipes.</summary>
internal sealed class PlainProgress(TextWriter output) : IIntervalObserver
{
    /// <summary>What is left over at the end of a run is too short for rates.</summary>
    public const double SecondsMin = 0.05;

    public void Observe(Interval interval)
    {
        if (interval.Seconds < SecondsMin) return;
        var l = LatencySummary.Of(interval.All());
        var rate = interval.Answers / Math.Max(interval.Seconds, 1e-9);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{interval.EndNanos / 1e9,7:F1} s  {rate,10:N0}/s  p50 {TextReport.Time(l.P50),9}  p99 "
            + $"{TextReport.Time(l.P99),9}  p99.9 {TextReport.Time(l.P999),9}  max {TextReport.Time(l.Max),9}  failed "
            + $"{interval.Failed:N0}{(interval.IsWarmup ? "  (warm-up)" : "")}"));
        output.Flush();
    }
}

/// <summary>Progress as a table that stays in place, with a line of the last minute's p99.</summary>
internal sealed class LiveView : IIntervalObserver, IDisposable
{
    private const int RowsMax = 12;
    private const int TrailMax = 60;
    private static readonly char[] Bars = [.. "▁▂▃▄▅▆▇█"];
    private readonly LinkedList<Interval> _last = [];
    private readonly Queue<double> _trail = [];
    private readonly TaskCompletionSource _end = new();
    private readonly Task _display;
    private LiveDisplayContext? _context;
    private long _answers;
    private long _failed;

    public LiveView(IAnsiConsole console)
    {
        var started = new TaskCompletionSource();
        _display = console.Live(new Text("warming up …")).AutoClear(true).StartAsync(context =>
        {
            _context = context;
            started.SetResult();
            return _end.Task;
        });
        started.Task.Wait();
    }

    public void Observe(Interval interval)
    {
        if (interval.Seconds < PlainProgress.SecondsMin) return;
        if (!interval.IsWarmup)
        {
            _answers += interval.Answers;
            _failed += interval.Failed;
        }

        _last.AddLast(interval);
        if (_last.Count > RowsMax) _last.RemoveFirst();
        _trail.Enqueue(LatencySummary.Of(interval.All()).P99);
        if (_trail.Count > TrailMax) _trail.Dequeue();
        _context!.UpdateTarget(Render());
    }

    public void Dispose()
    {
        _end.TrySetResult();
        _display.Wait();
    }

    /// <summary>The table and the line under it.</summary>
    internal IRenderable Render()
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in new[] { "time", "a second", "p50", "p99", "p99.9", "max", "failed" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (var interval in _last)
        {
            var l = LatencySummary.Of(interval.All());
            var failed = interval.Failed.ToString("N0", CultureInfo.InvariantCulture);
            table.AddRow(
                (interval.IsWarmup ? "[grey]warm-up[/] " : "")
                    + string.Create(CultureInfo.InvariantCulture, $"{interval.EndNanos / 1e9:F0} s"),
                (interval.Answers / interval.Seconds).ToString("N0", CultureInfo.InvariantCulture),
                TextReport.Time(l.P50), TextReport.Time(l.P99), TextReport.Time(l.P999), TextReport.Time(l.Max),
                interval.Failed > 0 ? $"[red]{failed}[/]" : failed);
        }

        var line = string.Create(CultureInfo.InvariantCulture,
            $"p99 {Trail()}  {_answers:N0} answers counted, {_failed:N0} failed");
        return new Rows(table, new Text(line));
    }

    /// <summary>The p99 of the last minute, each a bar on a logarithmic scale.</summary>
    private string Trail()
    {
        var logs = _trail.Select(p99 => Math.Log(Math.Max(1, p99))).ToArray();
        var (low, span) = (logs.Min(), Math.Max(logs.Max() - logs.Min(), 0.7));
        return string.Concat(logs.Select(log => Bars[(int)((log - low) / span * (Bars.Length - 1))]));
    }
}
