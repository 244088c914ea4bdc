using Hedgerow.Router;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Hosting;

/// <summary>The way in for the verbs serve, leaf and router: from arguments to an exit code.</summary>
internal static class NodeHost
{
    /// <summary>Exit code of a process that did what it was asked.</summary>
    public const int ExitWell = 0;

    /// <summary>Exit code of a process that failed.</summary>
    public const int ExitFailed = 1;

    /// <summary>Exit code of a wrong command line or setting.</summary>
    public const int ExitUsage = 2;

    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Makes socket completions run on the thread that polls, which halves the processor time of a small request
    /// (docs/decisions/0005-inline-completions.md). Call first thing in the process: the runtime reads it at the first
    /// socket, once.
    /// </summary>
    public static void PrepareProcess()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) == null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>Reads the settings of a verb from flags, file and environment; serves until it is stopped.</summary>
    /// <returns>The exit code. Usage errors are told on standard error.</returns>
    public static Task<int> RunVerbAsync(
        NodeRole role, IReadOnlyList<string> args, CancellationToken stop = default) =>
        RunVerbAsync(role, args, Console.Out, Console.Error, stop);

    /// <summary>As the shorter overload, with what it tells going elsewhere than to the console.</summary>
    public static async Task<int> RunVerbAsync(
        NodeRole role, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            await output.WriteAsync(SettingsHelp.ForVerb(role));
            return ExitWell;
        }

        try
        {
            var settings = SettingsSources.Read(role, args, Environment.GetEnvironmentVariables());
            return await ServeAsync(settings, error, stop);
        }
        catch (SettingsException e)
        {
            await error.WriteLineAsync("hedgerow: " + e.Message);
            return ExitUsage;
        }
    }

    /// <summary>Serves by these settings until <paramref name="stop"/>, then drains.</summary>
    /// <returns>The exit code. What keeps the node from starting is told on standard error.</returns>
    public static Task<int> ServeAsync(ServerSettings settings, CancellationToken stop) =>
        ServeAsync(settings, Console.Error, stop);

    private static async Task<int> ServeAsync(ServerSettings settings, TextWriter error, CancellationToken stop)
    {
        using var logs = NodeLog.Create(settings);
        await using var lifecycle = new NodeLifecycle(settings, TimeProvider.System, logs);
        try
        {
            lifecycle.Warmed = await WarmUp.RunOnceAsync(settings.WarmUp, stop);
            await lifecycle.StartAsync(stop);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lifecycle.DrainAsync();
            return ExitWell;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before it was ready: nothing was acknowledged, nothing is to be drained.
            return ExitWell;
        }
        catch (Exception e) when (
            e is StartException or TopologyException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync("hedgerow: " + e.Message);
            return ExitFailed;
        }
    }
}
