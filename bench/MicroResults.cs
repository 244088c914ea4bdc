using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;

namespace Hedgerow.Bench;

/// <summary>BenchmarkDotNet's summaries as pages under <c>bench/results</c>, one for each class.</summary>
internal static class MicroResults
{
    /// <summary>Writes <c>micro-CLASS.md</c> for each summary that has results; gives the paths.</summary>
    public static IEnumerable<string> Write(IEnumerable<Summary> summaries)
    {
        foreach (var summary in summaries.Where(s => s.Reports.Length > 0))
        {
            var name = summary.Reports[0].BenchmarkCase.Descriptor.Type.Name;
            var page = new AccumulationLogger();
            page.WriteLine($"# {name}");
            page.WriteLine();
            page.WriteLine($"Commit {ResultFile.CommitOf(SharedFolder.Root)}; "
                + $"`dotnet run -c Release --project bench -- --filter *{name}*`");
            MarkdownExporter.GitHub.ExportToLog(summary, page);
            var path = Path.Combine(SharedFolder.Root, "bench", "results", $"micro-{name}.md");
            File.WriteAllText(path, page.GetLog());
            yield return path;
        }
    }
}
