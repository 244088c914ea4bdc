using Hedgerow.Server.Cli;
using Spectre.Console;

namespace Hedgerow.Server.Demo;

/// <summary>What the tour shows, and what it has checked so far.</summary>
internal sealed class DemoStage
{
    private readonly CliConsole _console;
    private readonly string _serverOption;
    private readonly List<string> _failures = [];
    private int _steps;
    private string _title = "";

    /// <summary>A stage over a console.</summary>
    /// <param name="console">Where it is shown.</param>
    /// <param name="server">HOST:PORT that commands talk to.</param>
    /// <param name="isDefaultServer">Whether commands find it without being told.</param>
    public DemoStage(CliConsole console, string server, bool isDefaultServer)
    {
        _console = console;
        Server = server;
        _serverOption = isDefaultServer ? "" : $" --server {server}";
    }

    /// <summary>HOST:PORT that commands talk to.</summary>
    public string Server { get; }

    /// <summary>What did not do what it says, with the step it happened in.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The screen itself, for tables.</summary>
    public IAnsiConsole Screen => _console.Screen;

    /// <summary>Begins a step.</summary>
    public void Step(string title)
    {
        _steps++;
        _title = $"step {_steps}, {title}";
        Screen.WriteLine();
        Screen.Write(new Rule($"[bold]{_steps}  {Markup.Escape(title)}[/]")
        {
            Justification = Justify.Left, Style = Style.Parse("green"),
        });
    }

    /// <summary>Says something in words; markup is allowed.</summary>
    public void Say(string markup) => Screen.MarkupLine(markup);

    /// <summary>Shows a command as somebody would type it.</summary>
    public void Show(string command) => Screen.MarkupLine($"[cyan]$ {Markup.Escape(command)}[/]");

    /// <summary>
    /// Shows a command of this program, runs it as the command line would, and checks that it exits with 0.
    /// </summary>
    public async Task RunAsync(string verb, string[] args, CancellationToken cancel)
    {
        Show(string.Join(' ', ["hedgerow", verb, .. args.Select(Quoted)]) + _serverOption);
        var exitCode = await CommandLine.RunAsync([verb, .. args, "--server", Server], _console, cancel);
        cancel.ThrowIfCancellationRequested();

        // A value in a pipe ends where it ends; here the next line of the tour follows.
        if (verb == "get" && !_console.IsTerminal) Screen.WriteLine();
        if (exitCode != ExitCodes.Ok) Fail($"'hedgerow {verb}' exited with {exitCode}");
    }

    /// <summary>Shows whether something is as it should be, and remembers when it is not.</summary>
    public bool Check(bool holds, string what)
    {
        if (holds) Screen.MarkupLine($"[green]✓[/] {Markup.Escape(what)}");
        else Fail(what);
        return holds;
    }

    /// <summary>Remembers that the current step went wrong.</summary>
    public void Fail(string what)
    {
        Screen.MarkupLine($"[bold red]✗ {Markup.Escape(what)}[/]");
        _failures.Add($"{_title}: {what}");
    }

    private static string Quoted(string word)
    {
        var isPlain = word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:,=*{}@%".Contains(c));
        if (isPlain) return word;
        return word.Contains('"') ? $"'{word}'" : $"\"{word}\"";
    }
}
