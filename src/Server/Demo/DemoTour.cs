using Hedgerow.Server.Cli;

namespace Hedgerow.Server.Demo;

internal static class DemoTour
{
    public static Task<int> RunAsync(CliConsole console, bool once, CancellationToken cancel) => throw new NotImplementedException();
}
