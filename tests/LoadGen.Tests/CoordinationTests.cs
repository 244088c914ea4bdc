using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Coordination;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;

namespace Hedgerow.LoadGen.Tests;

public sealed class CoordinationTests : IAsyncDisposable
{
    private const long Second = 1_000_000_000;
    private readonly List<Task> _serving = [];
    private readonly List<AgentLink> _links = [];
    private readonly List<FakeDriver> _drivers = [];

    [Fact]
    public async Task Agents_share_the_rate_and_their_histograms_add_up()
    {
        var driver = await LeadAsync(2);
        await driver.FillAsync(Stop);
        var heard = new List<Interval>();
        var run = await driver.RunAsync(Request(untilSteady: false), heard.Add, Stop);
        Assert.All(_drivers, d => Assert.True(d.IsFilled));
        Assert.All(_drivers, d => Assert.Equal(500, d.Asked.Single().Rate));
        Assert.Equal([0, 1], _drivers.Select(d => d.Share.Index).Order());
        Assert.Equal(2 * 8 * 100, run.Counted);
        Assert.Equal(2 * 8 * 100, run.AllResponses().TotalCount);
        // One agent answers in 1 ms, the other in 2.
        Assert.InRange(run.AllResponses().GetValueAtPercentile(25), 900_000, 1_100_000);
        Assert.InRange(run.AllResponses().GetValueAtPercentile(75), 1_900_000, 2_100_000);
        Assert.Equal(Enumerable.Repeat(200L, 8), run.Intervals.Select(i => i.Answers));
        Assert.Equal(Enumerable.Repeat(200L, 8), heard.Select(i => i.Answers));
    }

    [Fact]
    public async Task The_leader_ends_the_warm_up_for_all_when_all_together_are_steady()
    {
        var driver = await LeadAsync(2);
        var run = await driver.RunAsync(Request(untilSteady: true), _ => { }, Stop);
        Assert.All(_drivers, d => Assert.True(d.Asked.Single().Lead!.MayCount));
        Assert.False(run.IsUnsteady);
    }

    [Fact]
    public async Task A_run_follows_the_other_on_the_same_agents()
    {
        var driver = await LeadAsync(1);
        await driver.RunAsync(Request(untilSteady: false), _ => { }, Stop);
        await driver.RunAsync(Request(untilSteady: false) with { Rate = 9 }, _ => { }, Stop);
        Assert.Equal([1_000.0, 9.0], _drivers[0].Asked.Select(r => r.Rate));
    }

    [Fact]
    public async Task What_an_agent_refuses_reaches_the_leader_with_its_name()
    {
        var link = await LinkAsync(token: "secret");
        var driver = new AgentsDriver([link], null, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<IOException>(() => driver.PrepareAsync([], "guess", Stop));
        Assert.Contains(link.Name, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--agent-token", refused.Message, StringComparison.Ordinal);
        var unprepared = await Assert.ThrowsAsync<IOException>(() => driver.FillAsync(Stop));
        Assert.Contains("prepared", unprepared.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_line_that_an_agent_does_not_understand_is_told_of()
    {
        var order = new PrepareOrder(["--mix", "read=1"], 0, 1, "");
        var error = await Assert.ThrowsAsync<IOException>(() => Cli.AgentVerb.PrepareAsync(order, Stop));
        Assert.Contains("read=1", error.Message, StringComparison.Ordinal);
        order = new PrepareOrder(["--connections", "0"], 0, 1, "");
        error = await Assert.ThrowsAsync<IOException>(() => Cli.AgentVerb.PrepareAsync(order, Stop));
        Assert.Contains("--connections", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_message_is_an_error_and_not_a_wait_for_more()
    {
        using var broken = new MessageStream(new MemoryStream([255, 255, 255, 255, 1]));
        await Assert.ThrowsAsync<InvalidDataException>(() => broken.ReceiveAsync(AgentJson.Default.AgentOrder, Stop));
        using var text = new MessageStream(new MemoryStream([2, 0, 0, 0, (byte)'x', (byte)'y']));
        await Assert.ThrowsAsync<InvalidDataException>(() => text.ReceiveAsync(AgentJson.Default.AgentOrder, Stop));
        using var cut = new MessageStream(new MemoryStream([9, 0, 0, 0, (byte)'{']));
        await Assert.ThrowsAsync<EndOfStreamException>(() => cut.ReceiveAsync(AgentJson.Default.AgentOrder, Stop));
        using var closed = new MessageStream(new MemoryStream([]));
        Assert.Null(await closed.ReceiveAsync(AgentJson.Default.AgentOrder, Stop));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links) link.Dispose();
        await Task.WhenAll(_serving);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RunRequest Request(bool untilSteady) => new(
        1_000, new LoadBounds(Second, 8 * Second, 1_000_000, 1_000), untilSteady, 60 * Second, Second);

    private async Task<AgentsDriver> LeadAsync(int agents)
    {
        for (var i = 0; i < agents; i++) await LinkAsync(token: "");
        var driver = new AgentsDriver(_links, null, TimeProvider.System);
        await driver.PrepareAsync(["--rate", "5"], "", Stop);
        return driver;
    }

    private async Task<AgentLink> LinkAsync(string token)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var accepting = listener.AcceptAsync(Stop);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var link = await AgentLink.ConnectAsync("127.0.0.1", port, Stop);
        _links.Add(link);
        _serving.Add(ServeAsync(await accepting, token));
        return link;
    }

    private async Task ServeAsync(Socket socket, string token)
    {
        using var messages = MessageStream.Over(socket);
        await using var session = new AgentSession(messages, token, PrepareAsync, new VirtualClock());
        await session.RunAsync(Stop);
    }

    private Task<ILoadDriver> PrepareAsync(PrepareOrder order, CancellationToken stop)
    {
        Assert.Equal(["--rate", "5"], order.Arguments);
        var driver = new FakeDriver(new Share(order.Index, order.Of));
        lock (_drivers) _drivers.Add(driver);
        return Task.FromResult<ILoadDriver>(driver);
    }

    /// <summary>
    /// Answers at once with a run as the real one would count it; led, it waits for the leader's word.
    /// </summary>
    private sealed class FakeDriver(Share share) : ILoadDriver
    {
        public Share Share => share;

        public bool IsFilled { get; private set; }

        public List<RunRequest> Asked { get; } = [];

        public Task FillAsync(CancellationToken stop)
        {
            IsFilled = true;
            return Task.CompletedTask;
        }

        public async Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop)
        {
            Asked.Add(request);
            var run = Runs.Made(8, 100, (_, _) => 1 + share.Index);
            foreach (var interval in run.Intervals)
            {
                if (request.Lead is null)
                {
                    onInterval(interval);
                    continue;
                }

                var warmup = new Interval(interval.StartNanos, isWarmup: true, 2);
                warmup.Add(interval);
                onInterval(warmup);
            }

            while (request.Lead is { MayCount: false })
            {
                stop.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            return run;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
