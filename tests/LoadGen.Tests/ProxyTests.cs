using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Lab;

namespace Hedgerow.LoadGen.Tests;

public sealed class ProxyTests
{
    private const long Milli = 1_000_000;

    [Fact]
    public void A_link_without_loss_delays_each_piece_by_at_most_its_jitter_and_keeps_the_order()
    {
        var link = new LossyLink(0, 20 * Milli, new Random(1));
        var delays = Delays(link, 1_000, 100 * Milli);
        Assert.All(delays, delay => Assert.InRange(delay, 0, 20 * Milli));
        Assert.InRange(delays.Average(), 9.0 * Milli, 11.0 * Milli);

        link = new LossyLink(0, 20 * Milli, new Random(1));
        var arrivals = Enumerable.Range(0, 1_000).Select(i => link.ArrivesAt(i * Milli)).ToList();
        Assert.Equal(arrivals.Order(), arrivals);
    }

    [Fact]
    public void A_lost_piece_comes_after_the_time_out_and_holds_up_those_behind_it()
    {
        var link = new LossyLink(0.02, 0, new Random(1));
        var delays = Delays(link, 50_000, 1_000 * Milli);
        Assert.InRange(delays.Count(d => d >= LossyLink.RetransmitNanos) / 50_000.0, 0.018, 0.022);
        Assert.Contains(delays, d => d == 3 * LossyLink.RetransmitNanos);

        // Where more follows soon, it is learnt of by three more, a millisecond apart.
        delays = Delays(new LossyLink(0.02, 0, new Random(1)), 10_000, Milli);
        var lost = delays.FindIndex(3, d => d > 0);
        Assert.Equal(3 * Milli, delays[lost]);
        var arrives = (lost * Milli) + delays[lost];
        for (var i = lost; i < delays.Count; i++) Assert.InRange((i * Milli) + delays[i], arrives, long.MaxValue);
    }

    [Fact]
    public async Task Bytes_pass_both_ways_whole_and_in_order_and_an_end_is_handed_on()
    {
        var stop = TestContext.Current.CancellationToken;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var target = Listen();
        using var listener = Listen();
        var targetPort = ((IPEndPoint)target.LocalEndPoint!).Port;
        var proxy = new TcpProxy(
            listener, "127.0.0.1", targetPort, 0.01, TimeSpan.FromMilliseconds(1), 1, new MonotonicClock());
        var running = proxy.RunAsync(end.Token);

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, stop);
        using var server = await target.AcceptAsync(stop);
        var sent = new byte[20_000];
        new Random(2).NextBytes(sent);
        await client.SendAsync(sent, stop);
        await server.SendAsync(await ReadAsync(server, sent.Length, stop), stop);
        Assert.Equal(sent, await ReadAsync(client, sent.Length, stop));

        server.Close();
        Assert.Equal(0, await client.ReceiveAsync(new byte[1], stop));
        await end.CancelAsync();
        await running;
    }

    private static List<long> Delays(LossyLink link, int pieces, long gapNanos) =>
        [.. Enumerable.Range(0, pieces).Select(i => link.ArrivesAt(i * gapNanos) - (i * gapNanos))];

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int length, CancellationToken stop)
    {
        var bytes = new byte[length];
        for (var have = 0; have < length;)
        {
            var got = await socket.ReceiveAsync(bytes.AsMemory(have), stop);
            Assert.NotEqual(0, got);
            have += got;
        }

        return bytes;
    }
}
