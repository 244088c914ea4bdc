using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class WireLoadTests : IDisposable
{
    private readonly Socket _listener =
        new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private int _connections;

    public WireLoadTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(5_000, 1)]
    public async Task A_run_counts_the_answers_of_every_connection(double rate, int depth)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux (epoll)");
        var serving = Task.Run(() => Serve(connections: 3));
        var dialect = WireDialect.Of("resp", Drawn.Content("k"));
        var plan = new WirePlan(3, IsClosed: rate == 0, depth, 1_000, 60_000_000_000, []);
        using (var load = new WireLoad(plan, dialect, (IPEndPoint)_listener.LocalEndPoint!))
        {
            var stop = TestContext.Current.CancellationToken;
            var source = Drawn.Of("get=80,set=10,modify=10", keys: 100);
            // Values of the tests' content have five bytes.
            load.Fill(Drawn.Of("set=1", keys: 100), Enumerable.Range(0, 100).Select(key => (long)key), stop);
            var bounds = new LoadBounds(20_000_000, 200_000_000, 1_000_000, 1_000);
            var tally = new LoadTally(50_000_000);
            var intervals = new List<Interval>();
            var requests = new DrawnRequests(new ConstantArrivals(rate == 0 ? 1e6 : rate), source);
            var (counted, cpu) = load.Run(requests, new RunPhases(bounds, null, 0), tally, intervals.Add, stop);
            var answers = tally.Records.Sum(r => r.Response.TotalCount);
            // What is due is sent, however late; a closed loop sends what there is time for.
            if (rate > 0) Assert.InRange(answers, rate * 0.19, rate * 0.21);
            Assert.Equal(answers, tally.Records.Sum(r => r.Count(Outcome.Ok)));
            Assert.Equal(answers, intervals.Where(i => !i.IsWarmup).Sum(i => i.Answers));
            Assert.Equal((200_000_000L, null), (counted, cpu));
            Assert.True(intervals[0].IsWarmup);
        }

        await serving;
        Assert.Equal(3, _connections);
    }

    public void Dispose() => _listener.Dispose();

    // Answers +OK to every line that begins a command.
    private void Serve(int connections)
    {
        var threads = new List<Thread>();
        for (; _connections < connections; _connections++)
        {
            var socket = _listener.Accept();
            var thread = new Thread(() => Answer(socket));
            thread.Start();
            threads.Add(thread);
        }

        foreach (var thread in threads) thread.Join();
    }

    private static void Answer(Socket socket)
    {
        using var accepted = socket;
        var input = new byte[64 * 1024];
        while (true)
        {
            var count = socket.Receive(input, SocketFlags.None, out _);
            if (count <= 0) return;
            var commands = input.AsSpan(0, count).Count((byte)'*');
            for (var i = 0; i < commands; i++) socket.Send("+OK\r\n"u8, SocketFlags.None, out _);
        }
    }
}
