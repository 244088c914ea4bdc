using System.Globalization;
using Hedgerow.Bench.Peers.Search;

namespace Hedgerow.Bench.Search;

/// <summary>
/// <c>bench -- search</c>: the queries of the search benchmark game over Wikipedia's paragraphs, ours beside Lucene.NET
/// and Lucene. Each engine is a process of its own; rounds take turns, so that what else the machine does meets all.
/// <c>bench/search.sh</c> starts all of them. Exit codes: 0 well, 2 usage or missing data.
/// </summary>
internal static class SearchCommand
{
    /// <summary>Runs.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments is ["drive", var engine, var work, var repeat])
        {
            using var driven = Engine(engine);
            var times = int.Parse(repeat, CultureInfo.InvariantCulture);
            new SearchDriver(driven, work, engine, times).Run(Console.In, output);
            return 0;
        }

        if (SearchOptions.Parse(arguments, out var error) is not { } options)
        {
            errors.WriteLine($"search: {error}; usage:\n{SearchOptions.Usage}");
            return 2;
        }

        if (!File.Exists(SharedFolder.Data("wiki-en/articles.jsonl.gz")))
        {
            errors.WriteLine("search: needs ../shared/data/wiki-en and ../shared/data/search-benchmark-game");
            return 2;
        }

        SearchCorpus.Prepare(options.Work, options.Classes);
        if (options.ProfileLoop.Length > 0)
        {
            Profile(options, output);
            return 0;
        }

        var results = SearchComparison.Measure(options, errors);
        var report = new SearchReport(options, results);
        output.Write(report.Text());
        if (options.Write.Length > 0)
        {
            var file = ResultFile.Write(options.Write, report.Json());
            File.WriteAllText(Path.ChangeExtension(file, ".md"), report.Text());
            output.WriteLine("written to " + file);
        }

        return 0;
    }

    private static void Profile(SearchOptions options, TextWriter output)
    {
        using var engine = Engine("hedgerow");
        var driver = new SearchDriver(engine, options.Work, "hedgerow", options.Repeat);
        if (!Directory.Exists(Path.Combine(options.Work, "index-hedgerow"))) driver.Execute(["index", "stored", "1"]);
        driver.Execute(["open"]);
        var seconds = options.Seconds.ToString(CultureInfo.InvariantCulture);
        output.WriteLine($"process {Environment.ProcessId} loops");
        foreach (var command in options.Commands)
        {
            var told = driver.Execute(["loop", command.Name, options.ProfileLoop, seconds]);
            output.WriteLine($"{command.Name} {options.ProfileLoop}: {string.Concat(told)}");
        }
    }

    private static ISearchEngine Engine(string name) => name switch
    {
        "hedgerow" => new HedgerowEngine(),
        "lucenenet" => new LuceneNetEngine(),
        _ => throw new ArgumentException($"no engine '{name}' here; known are hedgerow and lucenenet"),
    };
}
