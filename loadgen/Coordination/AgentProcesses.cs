using System.Diagnostics;
using System.Globalization;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>Agents that are processes of this machine, started for one call and ended with it.</summary>
internal sealed class AgentProcesses : IAsyncDisposable
{
    /// <summary>What an agent prints when it listens; HOST:PORT follows.</summary>
    public const string ReadyMark = "Agent on ";

    private readonly List<Process> _processes = [];
    private readonly List<(string Host, int Port)> _addresses = [];

    /// <summary>Where they listen.</summary>
    public IReadOnlyList<(string Host, int Port)> Addresses => _addresses;

    /// <exception cref="IOException">One did not start.</exception>
    public static async Task<AgentProcesses> StartAsync(int count, CancellationToken stop)
    {
        var agents = new AgentProcesses();
        try
        {
            for (var i = 0; i < count; i++) agents._processes.Add(Start());
            foreach (var process in agents._processes) agents._addresses.Add(await ReadAddressAsync(process, stop));
            return agents;
        }
        catch
        {
            await agents.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static Process Start()
    {
        // The runtime that runs this program runs the others.
        var own = Environment.ProcessPath;
        var isRuntime = own is not null && Path.GetFileNameWithoutExtension(own) == "dotnet";
        var start = new ProcessStartInfo(isRuntime ? own! : "dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "loadgen.dll"));
        foreach (var argument in (string[])["agent", "--listen", "127.0.0.1:0", "--once"])
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new IOException("a generator process did not start");
    }

    private static async Task<(string Host, int Port)> ReadAddressAsync(Process process, CancellationToken stop)
    {
        while (await process.StandardOutput.ReadLineAsync(stop) is { } line)
        {
            if (!line.StartsWith(ReadyMark, StringComparison.Ordinal)) continue;
            var address = line[ReadyMark.Length..];
            var colon = address.LastIndexOf(':');
            return (address[..colon], int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture));
        }

        throw new IOException("a generator process ended before it listened");
    }
}
