using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Coordination;
using Hedgerow.LoadGen.Running;

namespace Hedgerow.LoadGen.Cli;

/// <summary><c>loadgen agent</c>: a generator that another one leads.</summary>
internal static class AgentVerb
{
    private const string DefaultListen = "127.0.0.1:7690";

    public static Command Create(TextWriter output, TextWriter errors)
    {
        var listen = OptionKinds.Text("--listen", DefaultListen, "HOST:PORT to listen on.");
        var token = OptionKinds.Text("--agent-token", "", "What a leader must know; needed beyond loopback.");
        var once = OptionKinds.Switch("--once", "End after the first leader.");
        var verb = new Command(
            "agent",
            "Wait to be led by 'loadgen --agents HOST:PORT,...'. Files that its command line names must be here, too.")
        {
            listen, token, once,
        };
        verb.SetAction(async (parsed, stop) =>
        {
            var address = AgentPlan.TryAddress(parsed.GetValue(listen)!) is var (host, port)
                && IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : null;
            var secret = parsed.GetValue(token)!;
            var problem = address is null ? $"--listen {parsed.GetValue(listen)}: allowed is IP:PORT."
                : secret.Length == 0 && !IPAddress.IsLoopback(address.Address)
                    ? $"--listen {address}: beyond loopback an agent needs --agent-token; who reaches it sends load."
                    : null;
            if (problem is null) return await ServeAsync(address!, secret, parsed.GetValue(once), output, errors, stop);
            await errors.WriteLineAsync("loadgen: " + problem);
            return ExitCodes.Usage;
        });
        return verb;
    }

    /// <summary>Makes the driver that a command line asks for.</summary>
    /// <exception cref="IOException">The command line is wrong; the message says how.</exception>
    internal static async Task<ILoadDriver> PrepareAsync(PrepareOrder order, CancellationToken stop)
    {
        var options = new LoadOptions();
        var root = new RootCommand();
        foreach (var option in options.OfGenerators) root.Options.Add(option);
        var parsed = root.Parse([.. order.Arguments]);
        if (parsed.Errors.Count > 0) throw new IOException(parsed.Errors[0].Message);
        var share = new Share(order.Index, order.Of);
        return WorkloadOptions.Read(parsed, options, share, out var error) is { } workload
            ? await RunSetup.ConnectAsync(parsed, options, workload, share, stop)
            : throw new IOException(error);
    }

    private static async Task<int> ServeAsync(
        IPEndPoint address, string token, bool once, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen();
            await output.WriteLineAsync(AgentProcesses.ReadyMark + listener.LocalEndPoint);
            await output.FlushAsync(stop);
            do
            {
                using var messages = MessageStream.Over(await listener.AcceptAsync(stop));
                await LeadAsync(messages, token, errors, stop);
            }
            while (!once && !stop.IsCancellationRequested);
        }
        catch (SocketException e)
        {
            await errors.WriteLineAsync($"loadgen: --listen {address}: {e.Message}");
            return ExitCodes.Missed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how an agent ends.
            return ExitCodes.Met;
        }

        return ExitCodes.Met;
    }

    private static async Task LeadAsync(
        MessageStream messages, string token, TextWriter errors, CancellationToken stop)
    {
        await using var session = new AgentSession(messages, token, PrepareAsync, new MonotonicClock());
        try
        {
            await session.RunAsync(stop);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            await errors.WriteLineAsync($"loadgen: the leader went away: {e.Message}");
        }
    }
}
