using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Hedgerow.Router;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>Makes the driver of a workload as the command line has it, or says what is wrong with it.</summary>
internal delegate Task<ILoadDriver> PrepareWorkload(PrepareOrder order, CancellationToken stop);

/// <summary>An agent's side of one leader's connection: does what it is told until that closes.</summary>
internal sealed class AgentSession(MessageStream messages, string token, PrepareWorkload prepare, ILoadClock clock)
    : IAsyncDisposable
{
    private ILoadDriver? _driver;
    private RunLead? _lead;
    private CancellationTokenSource? _running;
    private Task _run = Task.CompletedTask;

    /// <summary>Serves until the leader closes or breaks the protocol.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (await messages.ReceiveAsync(AgentJson.Default.AgentOrder, stop) is { } order)
                await ObeyAsync(order, clock.NowNanos, stop);
        }
        finally
        {
            if (_running is { } running) await running.CancelAsync();
            await _run;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _running?.Dispose();
        if (_driver is { } driver) await driver.DisposeAsync();
    }

    private async Task ObeyAsync(AgentOrder order, long receivedNanos, CancellationToken stop)
    {
        if (order.Count) _lead?.Count();
        else if (order.Stop && _running is { } running) await running.CancelAsync();
        else if (order.Ping) await AnswerAsync(new AgentAnswer { Ready = true }, stop);
        else if (order.Prepare is { } asked) await TryAsync(() => PrepareAsync(asked, stop), stop);
        else if (_driver is not { } driver)
            await AnswerAsync(new AgentAnswer { Error = "nothing is prepared yet" }, stop);
        else if (order.Fill) await TryAsync(() => driver.FillAsync(stop), stop);
        else if (order.Run is { } run)
        {
            await _run;
            _running?.Dispose();
            _running = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _lead = run.IsLed ? new RunLead() : null;
            // Orders to count and to stop come while it runs.
            _run = RunAsync(driver, run, receivedNanos, _running.Token, stop);
        }
    }

    private async Task PrepareAsync(PrepareOrder order, CancellationToken stop)
    {
        if (token.Length > 0 && order.Token != token) throw new IOException("the agent asks for another --agent-token");
        if (_driver is not null) throw new IOException("a workload is prepared already");
        _driver = await prepare(order, stop);
    }

    private async Task RunAsync(
        ILoadDriver driver, RunOrder order, long receivedNanos, CancellationToken runStop, CancellationToken stop)
    {
        var bounds = new LoadBounds(
            order.WarmupNanos, order.DurationNanos, order.OperationsMax, order.InFlightMax);
        var request = new RunRequest(
            order.Rate, bounds, UntilSteady: false, order.WarmupNanosMax, order.IntervalNanos, _lead);
        var teller = new Teller(messages, stop);
        try
        {
            await using (var feed = new IntervalFeed([teller]))
            {
                await Task.Yield();
                clock.WaitUntil(receivedNanos + (order.StartInMicros * 1_000));
                var outcome = await driver.RunAsync(request, feed.Take, runStop);
                teller.Outcome = OutcomeMessage.Of(outcome);
            }

            await AnswerAsync(new AgentAnswer { Outcome = teller.Outcome }, stop);
        }
        catch (Exception e) when (IsExpected(e))
        {
            await TellAsync(e);
        }
    }

    private async Task TryAsync(Func<Task> work, CancellationToken stop)
    {
        try
        {
            await work();
            await AnswerAsync(new AgentAnswer { Ready = true }, stop);
        }
        catch (Exception e) when (IsExpected(e))
        {
            await AnswerAsync(new AgentAnswer { Error = e.Message }, stop);
        }
    }

    /// <summary>Tells of a failed run, if anybody still listens.</summary>
    private async Task TellAsync(Exception failure)
    {
        try
        {
            await AnswerAsync(new AgentAnswer { Error = failure.Message }, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The leader is gone, which its receiving side sees, too.
            return;
        }
    }

    private Task AnswerAsync(AgentAnswer answer, CancellationToken stop) =>
        messages.SendAsync(answer, AgentJson.Default.AgentAnswer, stop);

    private static bool IsExpected(Exception e) =>
        e is HedgerowException or TopologyException or IOException or InvalidDataException or OperationCanceledException
            or PlatformNotSupportedException or ArgumentException;

    /// <summary>Tells the leader of each stretch of time.</summary>
    private sealed class Teller(MessageStream messages, CancellationToken stop) : IIntervalObserver
    {
        public OutcomeMessage? Outcome { get; set; }

        public void Observe(Interval interval) =>
            messages.SendAsync(
                new AgentAnswer { Interval = IntervalMessage.Of(interval) }, AgentJson.Default.AgentAnswer, stop)
                .Wait(stop);
    }
}
