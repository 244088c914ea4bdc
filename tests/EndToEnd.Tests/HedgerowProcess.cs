using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>
/// The built server as a process of its own, as a user starts it. Remembers what it printed, and can be told to stop or
/// be killed. Never outlives the test.
/// </summary>
internal sealed partial class HedgerowProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HedgerowProcess(string[] args, string readyMark)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "hedgerow.dll"));
        foreach (var argument in args) start.ArgumentList.Add(argument);

        // A debug build under test is not what is measured: start quicker rather than run faster.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["HEDGEROW__NODE__WARMUP"] = "0s";
        // Many run at once; the default port is one.
        if (!args.Any(argument => argument.StartsWith("--resp", StringComparison.Ordinal)))
            start.Environment["HEDGEROW__RESP__LISTEN"] = "off";
        if (!args.Any(argument => argument.StartsWith("--memcached", StringComparison.Ordinal)))
            start.Environment["HEDGEROW__MEMCACHED__LISTEN"] = "off";
        if (args.Length > 0 && args[0] is "serve" or "router") Patience.Give(start.Environment, args);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => OnLine(line.Data, readyMark);
        _process.ErrorDataReceived += (_, line) => OnLine(line.Data, readyMark);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The process ended early."));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it printed so far, both streams.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a server verb and waits until it says that it serves.</summary>
    public static async Task<HedgerowProcess> ServeAsync(params string[] args)
    {
        var process = new HedgerowProcess(args, "Native on ");
        try
        {
            await process._ready.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            return process;
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException)
        {
            var output = process.Output;
            await process.DisposeAsync();
            throw new InvalidOperationException(
                $"hedgerow {string.Join(' ', args)} did not get ready:\n{output}", failure);
        }
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] args)
    {
        await using var process = new HedgerowProcess(args, "\0");
        process._process.StandardInput.Close();
        await process._process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return (process._process.ExitCode, process.Output);
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM, and waits for the drain.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        Assert.Equal(0, Kill(_process.Id, SigTerm));
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: false);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void OnLine(string? line, string readyMark)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        if (line.Contains(readyMark, StringComparison.OrdinalIgnoreCase)) _ready.TrySetResult();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
