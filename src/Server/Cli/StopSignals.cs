using System.Runtime.InteropServices;

namespace Hedgerow.Server.Cli;

/// <summary>
/// The first Ctrl-C or SIGTERM asks the verb to finish; the second Ctrl-C ends the process as if nobody listened.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested && context.Signal == PosixSignal.SIGINT) return;
        context.Cancel = true;
        _stop.Cancel();
    }
}
