using System.Text;
using Spectre.Console;

namespace Hedgerow.Server.Cli;

/// <summary>
/// Everything a verb may touch of its terminal, so that tests can hold both ends. What machines read goes to
/// <see cref="Out"/> and <see cref="Output"/>; what people should know beside it goes to <see cref="Error"/>.
/// </summary>
internal sealed class CliConsole
{
    private const int PlainWidth = 120;

    /// <summary>Standard input as bytes.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output as bytes, for values.</summary>
    public required Stream Output { get; init; }

    /// <summary>Standard output as text.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error as text.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard output with tables and colours, plain where it is no terminal.</summary>
    public required IAnsiConsole Screen { get; init; }

    /// <summary>Standard error with a live progress bar, plain where it is no terminal.</summary>
    public required IAnsiConsole ErrorScreen { get; init; }

    /// <summary>Reads an environment variable; null where it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether standard output is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The clock of progress bars and positions.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The process's own terminal.</summary>
    public static CliConsole OfProcess()
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = Console.OpenStandardOutput();
        var error = Console.OpenStandardError();
        var outWriter = new StreamWriter(output, encoding) { AutoFlush = true };
        var errorWriter = new StreamWriter(error, encoding) { AutoFlush = true };
        Console.SetOut(outWriter);
        Console.SetError(errorWriter);
        return new CliConsole
        {
            Input = Console.OpenStandardInput(),
            Output = output,
            Out = outWriter,
            Error = errorWriter,
            Screen = ScreenOver(outWriter, Console.IsOutputRedirected),
            ErrorScreen = ScreenOver(errorWriter, Console.IsErrorRedirected),
            IsTerminal = !Console.IsOutputRedirected,
        };
    }

    /// <summary>All bytes of a file, or of standard input for <c>-</c>.</summary>
    public async Task<byte[]> ReadAllAsync(string file, CancellationToken cancel)
    {
        if (file != "-") return await File.ReadAllBytesAsync(file, cancel);
        using var all = new MemoryStream();
        await Input.CopyToAsync(all, cancel);
        return all.ToArray();
    }

    /// <summary>A terminal that remembers what was written to it.</summary>
    public static CliConsole Recording(
        Stream input, MemoryStream output, StringWriter error, Func<string, string?>? variable = null)
    {
        var writer = new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true };
        return new CliConsole
        {
            Input = input,
            Output = output,
            Out = writer,
            Error = error,
            Variable = variable ?? Environment.GetEnvironmentVariable,
            Screen = ScreenOver(writer, redirected: true),
            ErrorScreen = ScreenOver(error, redirected: true),
        };
    }

    private static IAnsiConsole ScreenOver(TextWriter writer, bool redirected)
    {
        var screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        screen.Profile.Capabilities.Unicode = true;

        // A pipe has no width: tables get one that fits a log, and lines of text are cut by whoever prints them.
        if (redirected) screen.Profile.Width = PlainWidth;
        return screen;
    }
}
