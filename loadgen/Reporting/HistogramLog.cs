using System.Globalization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>
/// Writes the stretches of a run as an HdrHistogram interval log (format 1.3), which the project's own tools and others
/// read: for each stretch and operation a line with its tag, when it began, how long it was, its longest time in
/// milliseconds, and its histogram of nanoseconds. Tags of the warm-up begin with <c>warmup-</c>.
/// </summary>
internal sealed class HistogramLog : IIntervalObserver
{
    private const double NanosPerMilli = 1e6;
    private readonly TextWriter _output;

    /// <param name="output">The caller's to dispose.</param>
    /// <param name="startedAt">When the run begins, which times are counted from.</param>
    public HistogramLog(TextWriter output, DateTimeOffset startedAt)
    {
        _output = output;
        var seconds = startedAt.ToUnixTimeMilliseconds() / 1e3;
        WriteLine("#[Histogram log format version 1.3]");
        WriteLine(Text($"#[StartTime: {seconds:F3} (seconds since epoch), {startedAt:yyyy-MM-ddTHH:mm:ss.fffzzz}]"));
        WriteLine("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
    }

    public void Observe(Interval interval)
    {
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            if (interval.Response(kind) is not { } histogram) continue;
            var tag = (interval.IsWarmup ? "warmup-" : "") + OperationReport.NameOf(kind);
            var max = histogram.GetMaxValue() / NanosPerMilli;
            WriteLine(Text($"Tag={tag},{interval.StartNanos / 1e9:F3},{interval.Seconds:F3},{max:F3},")
                + HistogramText.Encode(histogram));
        }

        _output.Flush();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // The format's line end, whatever the system's.
    private void WriteLine(string line) => _output.Write(line + "\n");
}
