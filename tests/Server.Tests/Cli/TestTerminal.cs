using System.Text;
using Hedgerow.Server.Cli;

namespace Hedgerow.Server.Tests.Cli;

/// <summary>Runs command lines and remembers what they printed.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly StringWriter _error = new();

    public TestTerminal(string input = "", Func<string, string?>? variable = null)
    {
        Console = CliConsole.Recording(new MemoryStream(Encoding.UTF8.GetBytes(input)), _output, _error, variable);
    }

    public CliConsole Console { get; }

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    public string Error => _error.ToString();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    public Task<int> RunAsync(params string[] args) =>
        CommandLine.RunAsync(args, Console, TestContext.Current.CancellationToken);
}
