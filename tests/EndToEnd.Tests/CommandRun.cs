using System.Text;
using Hedgerow.Server.Cli;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Runs a client verb in this process, over the same code as the program, against real servers.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public static Task<CommandRun> Of(params string[] args) => WithInput("", args);

    public static async Task<CommandRun> WithInput(string input, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var console = CliConsole.Recording(
            new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, Patience.Variable);
        var exitCode = await CommandLine.RunAsync(args, console, TestContext.Current.CancellationToken);
        return new CommandRun(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    /// <summary>Fails with everything that was printed, unless it went well.</summary>
    public CommandRun MustSucceed()
    {
        Assert.True(ExitCode == ExitCodes.Ok, $"exit code {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}
