using System.Text;
using Hedgerow.Server.Cli;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>An import that is stopped in the middle, and goes on.</summary>
public sealed class ResumeTests : IClassFixture<ServeFixture>
{
    private const int Documents = 5_000;
    private readonly ServeFixture _serve;

    public ResumeTests(ServeFixture serve)
    {
        _serve = serve;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopped_import_leaves_a_position_from_which_the_rest_is_imported()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, Documents).Select(n => $$"""{"id":"{{n:00000}}","t":"number {{n}}"}""" + "\n")));
        var position = _serve.FilePath("stopped.position");
        string[] import =
        [
            "import", "-", "--collection", "stopped", "--text-fields", "t", "--resume-file", position, "--server",
            _serve.Server,
        ];

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var interrupted = new InterruptingStream(lines, lines.Length / 2, stop);
        using var error = new StringWriter();
        var console = CliConsole.Recording(interrupted, new MemoryStream(), error, Patience.Variable);
        Assert.Equal(ExitCodes.Failed, await CommandLine.RunAsync(import, console, stop.Token));
        Assert.Contains("--resume", error.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(position), "no position was left");

        var resumed = await CommandRun.WithInput(Encoding.UTF8.GetString(lines), [.. import, "--resume", "--json"]);
        using var json = System.Text.Json.JsonDocument.Parse(resumed.MustSucceed().Output);
        Assert.InRange(json.RootElement.GetProperty("documents").GetInt64(), 1, Documents - 1);
        Assert.Equal(
            Encoding.UTF8.GetString(lines),
            (await CommandRun.Of("export", "stopped", "--server", _serve.Server)).Output);
    }

    [Fact]
    public async Task Position_of_another_file_is_refused()
    {
        var position = _serve.FilePath("other.position");
        await File.WriteAllTextAsync(
            position,
            """
            {"format":1,"collection":"words","lines":1,"bytes":9,"hash":"0123456789abcdef","documents":1,"skipped":0}
            """,
            Cancel);
        var import = await CommandRun.WithInput(
            "{\"id\":1}\n{\"id\":2}\n",
            "import", "-", "--collection", "words", "--resume", "--resume-file", position, "--server", _serve.Server);
        Assert.Equal(ExitCodes.Usage, import.ExitCode);
        Assert.Contains("is not the file that 1 lines were imported from", import.Error, StringComparison.Ordinal);
    }

    /// <summary>Presses Ctrl-C when so many bytes were read, and ends there as far as the reader knows.</summary>
    private sealed class InterruptingStream(byte[] bytes, int interruptAt, CancellationTokenSource stop)
        : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < interruptAt)
                return await base.ReadAsync(buffer[..Math.Min(buffer.Length, 16 * 1024)], cancellationToken);
            await stop.CancelAsync();
            throw new OperationCanceledException(stop.Token);
        }
    }
}
