using System.Net.Sockets;
using System.Threading.Channels;
using Hedgerow.LoadGen.Arrivals;

namespace Hedgerow.LoadGen.Lab;

/// <summary>
/// Stands between two programs and hands bytes on as a bad network would, for labs on machines whose kernel can't
/// (no netem). What is under way is bounded: a full direction is not read from.
/// </summary>
internal sealed class TcpProxy(
    Socket listener, string targetHost, int targetPort, double lossShare, TimeSpan jitter, int seed, ILoadClock clock)
{
    /// <summary>Pieces under way in each direction of a connection.</summary>
    private const int PiecesMax = 4_096;

    private const int PieceBytes = 1_448; // what a packet of Ethernet carries

    private volatile bool _isGood = true;
    private int _connections;

    /// <summary>Whether bytes are handed on at once; the network turns bad when it is set to false.</summary>
    public bool IsGood
    {
        get => _isGood;
        set => _isGood = value;
    }

    /// <summary>Serves until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop);
                serving.RemoveAll(task => task.IsCompleted);
                serving.Add(ServeAsync(socket, stop));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket near, CancellationToken stop)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                await far.ConnectAsync(targetHost, targetPort, stop);
                var number = Interlocked.Increment(ref _connections);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var there = CarryAsync(near, far, new Random(seed + (2 * number)), end.Token);
                var back = CarryAsync(far, near, new Random(seed + (2 * number) + 1), end.Token);
                await Task.WhenAny(there, back);
                // Either side's end is the end of both: the programs here never close one direction alone.
                await end.CancelAsync();
                await Task.WhenAll(there, back);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The side that lives sees its connection closed.
                return;
            }
        }
    }

    private async Task CarryAsync(Socket from, Socket to, Random random, CancellationToken stop)
    {
        var pieces = Channel.CreateBounded<(long ArrivesAt, byte[] Bytes)>(PiecesMax);
        var sending = SendAsync(to, pieces.Reader, stop);
        try
        {
            var link = new LossyLink(lossShare, (long)(jitter.TotalSeconds * 1e9), random);
            var buffer = new byte[PieceBytes];
            while (await from.ReceiveAsync(buffer, stop) is var count and > 0)
            {
                var now = clock.NowNanos;
                var arrivesAt = _isGood ? now : link.ArrivesAt(now);
                await pieces.Writer.WriteAsync((arrivesAt, buffer.AsSpan(0, count).ToArray()), stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            pieces.Writer.TryComplete(e);
        }

        pieces.Writer.TryComplete();
        await sending;
    }

    private async Task SendAsync(
        Socket to, ChannelReader<(long ArrivesAt, byte[] Bytes)> pieces, CancellationToken stop)
    {
        try
        {
            await foreach (var (arrivesAt, bytes) in pieces.ReadAllAsync(stop))
            {
                var left = TimeSpan.FromTicks((arrivesAt - clock.NowNanos) / 100);
                if (left > TimeSpan.FromMilliseconds(1)) await Task.Delay(left, stop);
                await to.SendAsync(bytes, stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The receiving side ends by itself, or was the one to end first.
            return;
        }
    }
}
