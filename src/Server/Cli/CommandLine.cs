using System.CommandLine;
using System.CommandLine.Help;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Cli.Verbs;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Cli;

/// <summary>The whole command line: verbs, help, and how every failure becomes a message and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliConsole console, CancellationToken cancel)
    {
        if (await ServerVerbs.TryRunAsync(args, console, cancel) is { } served) return served;
        var root = Build(console);
        var result = root.Parse(args);
        var configuration = new InvocationConfiguration
        {
            Output = console.Out,
            Error = console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (result.Action is not { ClearsParseErrors: true })
        {
            if (args.Length == 0)
            {
                root.Parse(["--help"]).Invoke(configuration);
                return ExitCodes.Usage;
            }

            if (UsageErrors.Describe(result) is { } error) return Fail(console, ExitCodes.Usage, error);
        }

        try
        {
            return await result.InvokeAsync(configuration, cancel);
        }
        catch (Exception failure) when (Explain(failure, cancel) is var (exitCode, message) && message is not null)
        {
            return Fail(console, exitCode, message);
        }
    }

    private static RootCommand Build(CliConsole console)
    {
        var root = new RootCommand(
            "Hedgerow: a sharded, replicated cache and full-text search server with hedged reads.");
        foreach (var verb in ServerVerbs.All()) root.Add(verb);
        root.Add(DemoVerb.Create(console));
        root.Add(GetVerb.Create(console));
        root.Add(SetVerb.Create(console));
        root.Add(DeleteVerb.Create(console));
        root.Add(SearchVerb.Create(console));
        root.Add(SuggestVerb.Create(console));
        root.Add(AnalyzeVerb.Create(console));
        root.Add(CollectionVerb.Create(console));
        root.Add(ImportVerb.Create(console));
        root.Add(ExportVerb.Create(console));
        root.Add(StatusVerb.Create(console));
        root.Add(SnapshotVerb.Create(console));
        root.Add(FaultVerb.Create(console));
        root.Add(SimulateVerb.Create(console));
        root.Add(VersionVerb.Create(console));
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new ExamplesHelpAction((HelpAction)help.Action!);
        return root;
    }

    /// <summary>
    /// The failures that a user can do something about; any other is a defect and keeps its stack trace.
    /// </summary>
    private static (int ExitCode, string? Message) Explain(Exception failure, CancellationToken cancel) =>
        failure switch
        {
            CliException cli => (cli.ExitCode, cli.Message),
            ScenarioException wrong => (ExitCodes.Usage, wrong.Message),
            HedgerowException { Status: StatusCode.BadQuery or StatusCode.BadRequest } refused =>
                (ExitCodes.Usage, refused.Message),
            HedgerowException refused => (ExitCodes.Failed, $"{refused.Message} ({refused.Status})"),
            ProtocolException broken => (ExitCodes.Failed, $"{broken.Message} ({broken.Status})"),
            OperationCanceledException when cancel.IsCancellationRequested => (ExitCodes.Failed, "Stopped."),
            TimeoutException timeout => (ExitCodes.Failed, timeout.Message),
            SocketException or IOException or UnauthorizedAccessException => (ExitCodes.Failed, failure.Message),
            _ => (ExitCodes.Failed, null),
        };

    private static int Fail(CliConsole console, int exitCode, string message)
    {
        console.Error.WriteLine($"hedgerow: {message}");
        return exitCode;
    }
}
