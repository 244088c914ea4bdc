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

    [Fact]
    public async Task A_request_that_the_socket_takes_in_parts_is_sent_though_nothing_is_answered_before()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux (epoll)");
        const int ValueBytes = 24 << 20;
        _listener.ReceiveBufferSize = 64 * 1024;
        var serving = Task.Run(() => AnswerOnce(ValueBytes));
        var content = Drawn.Content("k") with { Values = new byte[ValueBytes] };
        var plan = new WirePlan(1, IsClosed: false, 1, 1_000, 600_000_000_000, []);
        var tally = new LoadTally(1_000_000_000);
        using (var load = new WireLoad(plan, WireDialect.Of("resp", content), (IPEndPoint)_listener.LocalEndPoint!))
        {
            var bounds = new LoadBounds(0, 1_000_000_000, 10, 10);
            load.Run(
                new One(new Operation(OperationKind.Set, 1, ValueBytes: ValueBytes)), new RunPhases(bounds, null, 0),
                tally, _ => { }, TestContext.Current.CancellationToken);
        }

        await serving;
        Assert.Equal(1, tally.Records[(int)OperationKind.Set].Count(Outcome.Ok));
    }

    [Fact]
    public void A_modify_whose_write_finds_no_room_failed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux (sockets)");
        const int ValueBytes = 1 << 20;
        var content = Drawn.Content("k") with { Values = new byte[ValueBytes] };
        var blocked = new BlockedSends();
        using var connection = new WireConnection(
            WireDialect.Of("resp", content), (IPEndPoint)_listener.LocalEndPoint!, blocked);
        using var server = _listener.Accept();
        connection.Write(new Operation(OperationKind.Modify, 1, ValueBytes: ValueBytes), 0, 0, isCounted: true);
        connection.Flush();
        while (connection.HasRoom)
            connection.Write(new Operation(OperationKind.Set, 2, ValueBytes: ValueBytes), 0, 0, isCounted: true);
        server.Send("$1\r\nx\r\n"u8);
        var sink = new Heard([]);
        SpinWait.SpinUntil(() =>
        {
            connection.Receive(ref sink);
            return sink.Answers.Count > 0;
        });
        var answer = Assert.Single(sink.Answers);
        Assert.Equal((OperationKind.Modify, Outcome.Failed), (answer.Operation.Kind, answer.Outcome));
        Assert.Equal(0, blocked.Count);
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

    // Says nothing before it has the whole value.
    private void AnswerOnce(int bytes)
    {
        using var socket = _listener.Accept();
        var input = new byte[64 * 1024];
        for (var left = bytes; left > 0;)
        {
            var count = socket.Receive(input, SocketFlags.None, out _);
            if (count <= 0) return;
            left -= count;
        }

        socket.Send("+OK\r\n"u8);
        while (socket.Receive(input, SocketFlags.None, out _) > 0)
        {
        }
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

    /// <summary>A single request, due at once.</summary>
    private sealed class One(Operation request) : IRequestStream
    {
        private bool _isTaken;

        public bool TryNext(out long dueNanos, out Operation operation)
        {
            (dueNanos, operation) = (0, request);
            return !_isTaken && (_isTaken = true);
        }
    }

    private readonly struct Heard(List<WireSlot> answers) : IAnswerSink
    {
        public List<WireSlot> Answers => answers;

        public void Begin()
        {
        }

        public void Answered(in WireSlot slot) => answers.Add(slot);
    }
}
