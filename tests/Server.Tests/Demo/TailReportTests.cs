using HdrHistogram;
using Hedgerow.Router;
using Hedgerow.Server.Demo;
using Hedgerow.Server.Tests.Cli;

namespace Hedgerow.Server.Tests.Demo;

public sealed class TailReportTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TailResult _off = Result(slowMicros: 100_000, hedges: 0);
    private readonly TailResult _on = Result(slowMicros: 2_000, hedges: 150);

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Table_names_both_loads_their_ratio_and_what_hedging_cost()
    {
        _terminal.Console.Screen.Write(TailReport.Table(_off, _on, _on));
        Assert.Contains("100.03", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("50.0 x", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("1.50 %", _terminal.Output, StringComparison.Ordinal);
        Assert.Equal(50, TailReport.Ratio(_off, _on, 99.9), 0.5);
    }

    [Fact]
    public void Bars_grow_with_the_logarithm_of_the_latency()
    {
        TailReport.WritePlot(_terminal.Console.Screen, _off, _on);
        var bars = _terminal.Output.Split('\n')
            .Where(line => line.Contains('━'))
            .Select(line => line.Count(c => c == '━'));
        Assert.Equal([20, 20, 20, 20, 50, 33, 50, 33], bars);
    }

    private static TailResult Result(long slowMicros, long hedges)
    {
        var latencies = new LongHistogram(1, 60_000_000, 3);
        latencies.RecordValueWithCount(100, 9_950);
        latencies.RecordValueWithCount(slowMicros, 50);
        return new TailResult(latencies, 10_000, 0, new RouterCounters(10_000, hedges, hedges, 0, 0, 0));
    }
}
