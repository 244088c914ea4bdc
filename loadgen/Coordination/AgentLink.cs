using System.Net.Sockets;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>The leader's connection to one agent.</summary>
internal sealed class AgentLink(string name, MessageStream messages) : IDisposable
{
    /// <summary>Trips timed to tell how far away an agent is; the shortest counts.</summary>
    private const int Pings = 5;

    /// <summary>HOST:PORT, for messages.</summary>
    public string Name => name;

    /// <summary>Half of the shortest round trip: how long an order is under way.</summary>
    public TimeSpan Distance { get; private set; }

    /// <exception cref="IOException">It is not there.</exception>
    public static async Task<AgentLink> ConnectAsync(string host, int port, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, stop);
            return new AgentLink($"{host}:{port}", MessageStream.Over(socket));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"agent {host}:{port}: {e.Message}", e);
        }
    }

    /// <summary>Prepares it, and times the way to it.</summary>
    public async Task PrepareAsync(PrepareOrder order, TimeProvider time, CancellationToken stop)
    {
        await AskAsync(new AgentOrder { Prepare = order }, stop);
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < Pings; i++)
        {
            var sentAt = time.GetTimestamp();
            await AskAsync(new AgentOrder { Ping = true }, stop);
            var trip = time.GetElapsedTime(sentAt);
            if (trip < shortest) shortest = trip;
        }

        Distance = shortest / 2;
    }

    public Task FillAsync(CancellationToken stop) => AskAsync(new AgentOrder { Fill = true }, stop);

    public Task SendAsync(AgentOrder order, CancellationToken stop) =>
        messages.SendAsync(order, AgentJson.Default.AgentOrder, stop);

    /// <summary>The next answer.</summary>
    /// <exception cref="IOException">The agent failed or is gone.</exception>
    public async Task<AgentAnswer> ReceiveAsync(CancellationToken stop)
    {
        try
        {
            var answer = await messages.ReceiveAsync(AgentJson.Default.AgentAnswer, stop)
                ?? throw new IOException("it closed the connection");
            return answer.Error is { } error ? throw new IOException(error) : answer;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new IOException($"agent {name}: {e.Message}", e);
        }
    }

    public void Dispose() => messages.Dispose();

    private async Task AskAsync(AgentOrder order, CancellationToken stop)
    {
        await SendAsync(order, stop);
        var answer = await ReceiveAsync(stop);
        if (!answer.Ready) throw new IOException($"agent {name}: it answered something else than was asked");
    }
}
