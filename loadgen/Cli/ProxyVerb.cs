using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Coordination;
using Hedgerow.LoadGen.Lab;

namespace Hedgerow.LoadGen.Cli;

/// <summary><c>loadgen proxy</c>: a bad network between two programs, for labs.</summary>
internal static class ProxyVerb
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var listen = OptionKinds.Text("--listen", "127.0.0.1:7691", "IP:PORT to listen on.");
        var target = OptionKinds.Text("--target", "127.0.0.1:7600", "HOST:PORT to hand on to.");
        var loss = OptionKinds.Text("--loss", "2%", "Share of packets lost, below 90%.");
        var jitter = OptionKinds.Time("--jitter", "20ms", "Delays are evenly 0 to this.");
        var seed = OptionKinds.Whole("--seed", 1, 0, int.MaxValue, "Same seed, same losses.");
        var good = OptionKinds.Switch(
            "--good", "Begin as a good network; a line 'bad' or 'good' on standard input turns it.");
        var verb = new Command(
            "proxy", "Hand bytes on as a network that loses packets and varies in delay does to TCP; for labs.")
        {
            listen, target, loss, jitter, seed, good,
        };
        verb.SetAction(async (parsed, stop) =>
        {
            _ = Durations.TryParse(parsed.GetValue(jitter)!, out var delay);
            var from = AgentPlan.TryAddress(parsed.GetValue(listen)!);
            var to = AgentPlan.TryAddress(parsed.GetValue(target)!);
            var share = Share(parsed.GetValue(loss)!);
            var problem = from is null || !IPAddress.TryParse(from.Value.Host, out _)
                    ? $"--listen {parsed.GetValue(listen)}: allowed is IP:PORT."
                : to is null ? $"--target {parsed.GetValue(target)}: allowed is HOST:PORT."
                : share is null ? $"--loss {parsed.GetValue(loss)}: allowed is 0% to below 90%."
                : null;
            if (problem is not null)
            {
                await errors.WriteLineAsync("loadgen: " + problem);
                return ExitCodes.Usage;
            }

            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Parse(from!.Value.Host), from.Value.Port));
            listener.Listen();
            await output.WriteLineAsync($"Proxy on {listener.LocalEndPoint}");
            var proxy = new TcpProxy(
                listener, to!.Value.Host, to.Value.Port, share!.Value, delay, parsed.GetValue(seed),
                new MonotonicClock())
            {
                IsGood = parsed.GetValue(good),
            };
            _ = TurnAsync(proxy, stop);
            await proxy.RunAsync(stop);
            return ExitCodes.Met;
        });
        return verb;
    }

    /// <summary>Good or bad as standard input says.</summary>
    private static async Task TurnAsync(TcpProxy proxy, CancellationToken stop)
    {
        while (await Console.In.ReadLineAsync(stop) is { } line) proxy.IsGood = line.Trim() != "bad";
    }

    private static double? Share(string text) =>
        double.TryParse(text.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and < 90 ? percent / 100 : null;
}
