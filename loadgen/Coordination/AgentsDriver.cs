using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>
/// Several generators as one: each gets its share of the rate and of the keys to fill and insert, all begin at one
/// moment, and what they counted is added up histogram by histogram.
/// </summary>
internal sealed class AgentsDriver : ILoadDriver
{
    /// <summary>From the order to run to the start: longer than the orders to all agents take.</summary>
    private static readonly TimeSpan LeadTime = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyList<AgentLink> _agents;
    private readonly IAsyncDisposable? _owned;
    private readonly TimeProvider _time;

    internal AgentsDriver(IReadOnlyList<AgentLink> agents, IAsyncDisposable? owned, TimeProvider time)
    {
        _agents = agents;
        _owned = owned;
        _time = time;
    }

    /// <exception cref="IOException">An agent is not there, or refuses.</exception>
    public static async Task<AgentsDriver> ConnectAsync(AgentPlan plan, CancellationToken stop)
    {
        var processes = plan.Processes > 0 ? await AgentProcesses.StartAsync(plan.Processes, stop) : null;
        var links = new List<AgentLink>();
        var driver = new AgentsDriver(links, processes, TimeProvider.System);
        try
        {
            foreach (var (host, port) in processes?.Addresses ?? plan.Agents)
                links.Add(await AgentLink.ConnectAsync(host, port, stop));
            await driver.PrepareAsync(plan.Arguments, plan.Token, stop);
            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    public Task FillAsync(CancellationToken stop) => Task.WhenAll(_agents.Select(agent => agent.FillAsync(stop)));

    public async Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
    {
        var startAt = _time.GetTimestamp() + (long)(LeadTime.TotalSeconds * _time.TimestampFrequency);
        var merge = new IntervalMerge(_agents.Count, request, onInterval);
        var runs = _agents.Select((agent, index) => RunOneAsync(agent, index, request, startAt, merge, stop)).ToArray();
        await using var stopping = stop.Register(() => _ = SendAllAsync(new AgentOrder { Stop = true }));
        var parts = await Task.WhenAll(runs);
        var outcome = RunOutcome.Merge(parts);
        return outcome with { IsUnsteady = merge.IsUnsteady };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents) agent.Dispose();
        if (_owned is { } owned) await owned.DisposeAsync();
    }

    internal Task PrepareAsync(IReadOnlyList<string> arguments, string token, CancellationToken stop) =>
        Task.WhenAll(_agents.Select((agent, index) =>
            agent.PrepareAsync(new PrepareOrder(arguments, index, _agents.Count, token), _time, stop)));

    private async Task<RunOutcome> RunOneAsync(
        AgentLink agent, int index, RunRequest request, long startAt, IntervalMerge merge, CancellationToken stop)
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), startAt) - agent.Distance;
        await agent.SendAsync(
            new AgentOrder
            {
                Run = new RunOrder
                {
                    StartInMicros = Math.Max(0, (long)left.TotalMicroseconds),
                    Rate = request.Rate / _agents.Count,
                    WarmupNanos = request.Bounds.WarmupNanos,
                    DurationNanos = request.Bounds.DurationNanos,
                    OperationsMax = Math.Max(1, request.Bounds.OperationsMax / _agents.Count),
                    InFlightMax = request.Bounds.InFlightMax,
                    IntervalNanos = request.IntervalNanos,
                    WarmupNanosMax = request.UntilSteady ? request.WarmupNanosMax : request.Bounds.WarmupNanos,
                    IsLed = request.UntilSteady,
                },
            },
            stop);
        var intervals = new IntervalList(request.IntervalNanos, _ => { });
        while (true)
        {
            // The stop is told to the agents, which then give what they have.
            var answer = await agent.ReceiveAsync(CancellationToken.None);
            if (answer.Outcome is { } outcome) return outcome.Read(intervals.All);
            if (answer.Interval?.Read() is not { } interval) continue;
            intervals.Take(interval);
            if (merge.Take(index, interval)) await SendAllAsync(new AgentOrder { Count = true });
        }
    }

    private Task SendAllAsync(AgentOrder order) =>
        Task.WhenAll(_agents.Select(agent => agent.SendAsync(order, CancellationToken.None)));
}
