using System.Text.Json;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Workload;
using Spectre.Console;

namespace Hedgerow.LoadGen.Tests;

public sealed class OpenLoopTests
{
    private const long Second = 1_000_000_000;
    private const long Milli = 1_000_000;

    [Fact]
    public async Task A_stall_is_counted_for_every_request_that_was_due_during_it()
    {
        var clock = new VirtualClock();
        // 1,000 requests a second for 10 s; the server takes 0.1 ms, and once stands still for one second.
        var server = new SequentialServer(clock, serviceNanos: Milli / 10, stallAtRequest: 2_000, stallNanos: Second);
        var loop = Loop(clock, server, rate: 1_000, seconds: 10);
        await loop.RunAsync(default);

        var get = loop.Tally.Records[(int)OperationKind.Get];
        // About 1,000 requests were due in that second: 10 % of all waited, half of them longer than 0.5 s.
        Assert.InRange(get.Response.GetValueAtPercentile(94), 300 * Milli, 700 * Milli);
        Assert.InRange(get.Response.GetValueAtPercentile(99.9), 950 * Milli, 1_010 * Milli);
        // Measured from the real send, as a closed loop does, the stall is one request in ten thousand.
        Assert.InRange(get.Service.GetValueAtPercentile(99.9), 1, Milli);
    }

    [Fact]
    public async Task The_run_ends_at_its_duration_and_leaves_the_warm_up_out()
    {
        var clock = new VirtualClock();
        var server = new SequentialServer(clock, 1_000, -1, 0);
        var loop = Loop(clock, server, rate: 100, seconds: 5, warmupSeconds: 2);
        await loop.RunAsync(default);
        Assert.InRange(loop.Sent, 698, 700);
        Assert.InRange(loop.Tally.Counted, 499, 501);
        Assert.Equal(loop.Tally.Counted, loop.Tally.Records[(int)OperationKind.Get].Response.TotalCount);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.15)]
    public async Task A_rare_arrival_does_not_keep_a_run_going(double rate)
    {
        var clock = new VirtualClock();
        var closed = new List<Interval>();
        var server = new SequentialServer(clock, 1_000, -1, 0);
        var loop = Loop(clock, server, rate, seconds: 10, warmupSeconds: 1, onInterval: closed.Add);
        await loop.RunAsync(default);
        Assert.InRange(clock.NowNanos, 11 * Second, (11 * Second) + Milli);
        Assert.Equal(10 * Second, loop.CountedNanos);
        // One a second, and what was answered after the end.
        Assert.Equal(11, closed.Count(i => i.Seconds > 0.5));
        Assert.InRange(closed.Count, 11, 12);
    }

    [Fact]
    public async Task The_run_ends_at_its_count()
    {
        var clock = new VirtualClock();
        var loop = Loop(clock, new SequentialServer(clock, 1_000, -1, 0), rate: 100, seconds: 50, count: 30);
        await loop.RunAsync(default);
        Assert.Equal(30, loop.Sent);
    }

    [Fact]
    public async Task Requests_beyond_the_bound_in_flight_are_counted_as_failed()
    {
        var clock = new VirtualClock();
        var silent = new SilentServer();
        var loop = Loop(clock, silent, rate: 100, seconds: 1, inFlight: 10);
        var run = loop.RunAsync(default);
        silent.AnswerAll();
        await run;
        var get = loop.Tally.Records[(int)OperationKind.Get];
        Assert.Equal(10, get.Count(Outcome.Ok));
        Assert.Equal(loop.Sent - 10, get.Errors["NotSent"]);
    }

    [Fact]
    public async Task An_unexpected_exception_ends_the_run_and_reaches_the_caller()
    {
        var clock = new VirtualClock();
        var loop = Loop(clock, new BrokenServer(), rate: 100, seconds: 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.RunAsync(default));
    }

    [Fact]
    public async Task The_report_has_the_members_that_machines_read()
    {
        var clock = new VirtualClock();
        var loop = Loop(clock, new SequentialServer(clock, Milli, -1, 0), rate: 100, seconds: 1);
        await loop.RunAsync(default);
        var run = Runs.Of(loop, 100) with { Router = new RouterWork(Requests: 100, Sent: 2, Won: 1, 0, 0, 0) };
        var report = LoadReport.Of(new Dictionary<string, string> { ["rate"] = "100" }, run);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(report, ReportJson.Default.LoadReport));
        var get = json.RootElement.GetProperty("operations")[0];
        Assert.Equal("get", get.GetProperty("operation").GetString());
        Assert.InRange(get.GetProperty("response").GetProperty("p99.9").GetDouble(), 999, 1_010);
        Assert.Equal(0.02, json.RootElement.GetProperty("hedges").GetProperty("extraShare").GetDouble());
        Assert.Equal("100", json.RootElement.GetProperty("plan").GetProperty("rate").GetString());
    }

    [Fact]
    public async Task The_text_keeps_each_operation_on_one_line()
    {
        var clock = new VirtualClock();
        var loop = Loop(clock, new SequentialServer(clock, Milli, -1, 0), rate: 100, seconds: 1);
        await loop.RunAsync(default);
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text) });
        TextReport.Write(console, LoadReport.Of(new Dictionary<string, string>(), Runs.Of(loop, 100)));
        var row = Assert.Single(text.ToString().Split('\n'), line => line.Contains("│  due │"));
        Assert.Equal(7, row.Split(" ms").Length - 1);
    }

    [Fact]
    public async Task A_generator_that_falls_behind_says_so()
    {
        var clock = new VirtualClock();
        // Every send takes 2 ms of the scheduling thread; 1,000 a second can't be kept.
        var loop = Loop(clock, new SequentialServer(clock, 2 * Milli, -1, 0), rate: 1_000, seconds: 5);
        await loop.RunAsync(default);
        var report = LoadReport.Of(new Dictionary<string, string>(), Runs.Of(loop, 1_000));
        Assert.Contains("sent late by", report.Warning, StringComparison.Ordinal);

        var prompt = Loop(clock, new SequentialServer(clock, Milli / 10, -1, 0), rate: 1_000, seconds: 5);
        await prompt.RunAsync(default);
        Assert.Null(LoadReport.Of(new Dictionary<string, string>(), Runs.Of(prompt, 1_000)).Warning);
    }

    private static OpenLoop Loop(
        VirtualClock clock, ILoadTarget target, double rate, int seconds, int warmupSeconds = 0, long count = 1_000_000,
        int inFlight = 1_000_000, Action<Interval>? onInterval = null)
    {
        var bounds = new LoadBounds(warmupSeconds * Second, seconds * Second, count, inFlight);
        var phases = new RunPhases(bounds, steady: null, 0);
        var requests = new DrawnRequests(new ConstantArrivals(rate), Drawn.Reads());
        return new OpenLoop(bounds, phases, new LoadTally(Second), requests, target, clock, onInterval ?? (_ => { }));
    }

    /// <summary>Serves one request at a time, on the sender's own time, as a stalled machine would.</summary>
    private sealed class SequentialServer(VirtualClock clock, long serviceNanos, int stallAtRequest, long stallNanos)
        : ILoadTarget
    {
        private int _served;

        public ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation)
        {
            clock.NowNanos += _served++ == stallAtRequest ? stallNanos : serviceNanos;
            return ValueTask.FromResult((Outcome.Ok, ""));
        }
    }

    private sealed class SilentServer : ILoadTarget
    {
        private readonly TaskCompletionSource<(Outcome, string)> _answer = new();

        public ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation) => new(_answer.Task);

        public void AnswerAll() => _answer.SetResult((Outcome.Ok, ""));
    }

    private sealed class BrokenServer : ILoadTarget
    {
        public async ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation)
        {
            await Task.Yield();
            throw new InvalidOperationException("a defect");
        }
    }
}
