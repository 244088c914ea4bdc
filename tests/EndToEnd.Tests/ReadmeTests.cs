using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

public sealed class ReadmeTests : IClassFixture<ServeFixture>
{
    private readonly ServeFixture _serve;

    public ReadmeTests(ServeFixture serve)
    {
        _serve = serve;
    }

    [Fact]
    public async Task Example_of_the_readme_runs_and_finds_something()
    {
        var printed = await RunAsync();
        Assert.StartsWith("hello", printed, StringComparison.Ordinal);
        Assert.Contains("/words/", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Example_of_the_readme_is_the_one_that_is_compiled()
    {
        var cancel = TestContext.Current.CancellationToken;
        var readme = await File.ReadAllTextAsync(Path.Combine(Root(), "README.md"), cancel);
        var compiled = await File.ReadAllTextAsync(
            Path.Combine(Root(), "tests", "EndToEnd.Tests", "ReadmeExample.cs"), cancel);
        var start = readme.IndexOf("```csharp\n", StringComparison.Ordinal) + "```csharp\n".Length;
        var example = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
        var at = 0;
        const StringSplitOptions clean = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        foreach (var line in example.Split('\n', clean))
        {
            // The test collects what the README prints, and takes the address as an argument.
            var same = line.Replace("Console.WriteLine(", "printed.AppendLine(")
                .Replace("\"127.0.0.1:7600\"", "address");
            var found = compiled.IndexOf(same, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"README.md has this line, ReadmeExample.cs has not (or elsewhere): {line}");
            at = found + same.Length;
        }
    }

    /// <summary>Its calls end after a second, as is the default: again, where a machine is slower.</summary>
    private async Task<string> RunAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                return await ReadmeExample.RunAsync(_serve.Server);
            }
            catch (HedgerowException late) when (late.Status == StatusCode.DeadlineExceeded)
            {
                patience.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Cache.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
