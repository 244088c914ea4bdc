using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Keys;
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
        Assert.True(OperationMix.TryParse("get=90,set=10", out var mix));
        var serving = Task.Run(() => Serve(connections: 3));
        var plan = new WirePlan(3, depth, rate, IsPoisson: true, mix!, 100, 20_000_000, 200_000_000, 1, []);
        var dialect = WireDialect.Of("resp", new WireKeys("k"), [1, 2, 3]);
        using (var load = new WireLoad(plan, dialect, (IPEndPoint)_listener.LocalEndPoint!, new SequentialKeys(100)))
        {
            load.Fill();
            load.Run();
            var result = load.Result;
            Assert.InRange(result.Ok, 1, long.MaxValue);
            Assert.Equal((0L, 0L, 0L), (result.Misses, result.Failed, result.NotSent));
            Assert.Equal(result.Answers, result.Latency.TotalCount);
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
