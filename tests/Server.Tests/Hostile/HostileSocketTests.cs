using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Hostile;

/// <summary>Clients that mean harm, or are broken, on the real ports: what they cost, and what their neighbours feel.
/// </summary>
public sealed class HostileSocketTests
{
    /// <summary>A small buffer for what is held of the input, and one for the output.</summary>
    private const long BytesHeldOfLittle = 2L * SessionBuffers.SmallBytes;

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task Clients_that_send_a_byte_at_a_time_hold_a_small_buffer_each_and_nobody_up(string protocol)
    {
        const int Clients = 100;
        await using var port = await TextPort.StartAsync(protocol);
        var slow = Enumerable.Range(0, Clients).Select(_ => port.Connect()).ToArray();
        var command = port.Set("key", new string('v', 50));
        foreach (var each in command.AsSpan()[..^1].ToArray())
        {
            foreach (var client in slow) client.Send([each]);
            port.AskNeighbour();
            Assert.InRange(port.BufferBytes, 0, (Clients + 1) * BytesHeldOfLittle);
        }

        foreach (var client in slow) client.Send(command.AsSpan()[^1..]);
        foreach (var client in slow) Assert.Equal(port.Stored, client.Receive(port.Stored.Length));
        port.AskNeighbour();
        Assert.Equal(0, port.Listener.Sessions.Count(session => session.HasUnanswered));
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task What_is_announced_and_not_sent_costs_nothing(string protocol)
    {
        const int Clients = 100;
        const long Trusted = 128 * 1024;
        await using var port = await TextPort.StartAsync(protocol);
        for (var i = 0; i < Clients; i++) port.Connect().Send(port.Set($"key{i}", "start", TextPort.ValueBytesMax));
        for (var i = 0; i < Clients && port.IsResp; i++)
            port.Connect().Send("*1048576\r\n$3\r\nDEL\r\n$536870912\r\nx"u8);
        port.AwaitConnections(1 + (port.IsResp ? 2 * Clients : Clients));
        port.AskNeighbour();
        Assert.InRange(port.BufferBytes, 0, 2 * Clients * Trusted);
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task Counts_that_can_be_no_command_are_refused_at_once(string protocol)
    {
        await using var port = await TextPort.StartAsync(protocol);
        string[] heads = port.IsResp
            ? ["*2147483647\r\n", "*9999999999999999999999\r\n", "*1\r\n$-5\r\n", "*2\r\n$3\r\nGET\r\n$536870913\r\n",
                "*1\r\n$99999999999\r\n"]
            : ["set k 0 0 2147483647\r\n", "set k 0 0 -1\r\n", "set k 0 0 99999999999999999999\r\n",
                "ms k 2147483647\r\n", "get " + new string('k', 251) + "\r\n"];
        foreach (var head in heads)
        {
            var client = port.Connect();
            client.Send(head);
            var error = new System.Text.StringBuilder();
            while (error.Length == 0 || error[^1] != '\n') error.Append(client.Receive(1));
            Assert.Contains(port.IsResp ? "-ERR Protocol error" : "ERROR", error.ToString(), StringComparison.Ordinal);
            port.AskNeighbour();
        }

        Assert.InRange(port.BufferBytes, 0, (heads.Length + 1) * BytesHeldOfLittle);
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task Who_never_reads_is_read_no_further_and_gets_all_answers_when_it_does(string protocol)
    {
        const int ValueBytes = 100_000;
        const int Patient = 3;
        await using var port = await TextPort.StartAsync(protocol);
        var value = new string('v', ValueBytes);
        var greedy = port.Connect();
        greedy.Send(port.Set("big", value));
        Assert.Equal(port.Stored, greedy.Receive(port.Stored.Length));
        var batch = Enumerable.Repeat(port.Get("big"), 1_000).SelectMany(bytes => bytes).ToArray();
        var bound = TextPort.OutputBytesSoft + (2 * ValueBytes) + (4 * batch.Length) + BytesHeldOfLittle;
        long asked = 0;
        for (var refused = 0; refused < Patient;)
        {
            var sent = greedy.SendWithoutWaiting(batch.AsSpan()[(int)(asked % batch.Length)..]);
            asked += sent;
            refused = sent == 0 ? refused + 1 : 0;
            port.AskNeighbour();
            Assert.InRange(port.BufferBytes, 0, 2 * bound);
            Assert.True(asked < 1L << 30, "It takes all, and reads nothing.");
        }

        // What was sent in full is answered in full, and in order.
        var answer = port.Value("big", value);
        var commands = asked / port.Get("big").Length;
        for (var i = 0; i < Math.Min(commands, 50); i++) Assert.Equal(answer, greedy.Receive(answer.Length));
        port.AskNeighbour();
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task Who_leaves_in_the_middle_of_a_command_leaves_nothing_behind(string protocol)
    {
        const int Clients = 60;
        await using var port = await TextPort.StartAsync(protocol);
        var command = port.Set("half", new string('v', 300_000));
        for (var i = 0; i < Clients; i++)
        {
            var client = port.Connect();
            client.Send(command.AsSpan()[..(1 + (i * (command.Length - 2) / Clients))]);
            if (i % 3 == 0) client.SayNoMore();
            else if (i % 3 == 1) client.Reset();
            else client.Dispose();
            port.AskNeighbour();
        }

        port.AwaitConnections(1);
        Assert.InRange(port.BufferBytes, 0, BytesHeldOfLittle);
        port.Neighbour.Send(port.Get("half"));
        var missing = port.IsResp ? "$-1\r\n" : "END\r\n";
        Assert.Equal(missing, port.Neighbour.Receive(missing.Length));
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task A_thousand_connections_are_all_served_and_idle_ones_hold_no_buffer(string protocol)
    {
        const int Clients = 1_000;
        await using var port = await TextPort.StartAsync(protocol);
        var (ask, answer) = port.Ping;
        var clients = Enumerable.Range(0, Clients).Select(_ => port.Connect()).ToArray();
        foreach (var client in clients) client.Send(ask);
        foreach (var client in clients) Assert.Equal(answer, client.Receive(answer.Length));
        Assert.Equal(Clients + 1, port.Listener.Connections);
        port.AwaitNoBuffers();
        foreach (var client in clients) client.Dispose();
        port.AwaitConnections(1);
    }

    [Theory, MemberData(nameof(TextPort.Both), MemberType = typeof(TextPort))]
    public async Task Noise_ends_only_the_connection_that_made_it(string protocol)
    {
        const int Seed = 7;
        await using var port = await TextPort.StartAsync(protocol);
        var random = new Random(Seed);
        for (var i = 0; i < 100; i++)
        {
            var noise = new byte[random.Next(1, 5_000)];
            random.NextBytes(noise);
            if (i % 2 == 0) noise = [.. port.Ping.Ask, .. noise];
            var client = port.Connect();
            try
            {
                client.Send(noise);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It was shown the door before it was done.
            }

            port.AskNeighbour();
        }
    }
}
