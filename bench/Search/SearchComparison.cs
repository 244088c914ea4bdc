using System.Globalization;

namespace Hedgerow.Bench.Search;

/// <summary>What one engine did.</summary>
/// <param name="Name">The engine.</param>
/// <param name="Indexes">Its indexes.</param>
/// <param name="Times">By command: best nanoseconds and answer of each query.</param>
/// <param name="Hits">The best ten of each query.</param>
internal sealed record EngineResults(
    string Name,
    IReadOnlyList<IndexFigures> Indexes,
    IReadOnlyDictionary<string, (long Nanoseconds, long Answer)[]> Times,
    (int Document, float Score)[][] Hits);

/// <summary>Runs the drivers: one works at a time.</summary>
internal static class SearchComparison
{
    /// <summary>Builds, warms up, takes the rounds in turns, and collects.</summary>
    public static List<EngineResults> Measure(SearchOptions options, TextWriter progress)
    {
        var drivers = options.Engines.Select(name => new DriverProcess(name, CommandOf(name, options))).ToList();
        var indexes = new Dictionary<string, List<IndexFigures>>();
        foreach (var driver in drivers)
        {
            indexes[driver.Name] = [.. Variants(driver.Name).Select(variant => Index(driver, variant, options))];
            driver.Ask("open");
            progress.WriteLine($"{driver.Name}: indexed");
        }

        foreach (var command in options.Commands)
        {
            var warmup = string.Create(CultureInfo.InvariantCulture, $"warm {command.Name} {options.Warmup}");
            foreach (var driver in drivers)
                progress.WriteLine($"{driver.Name}: {command.Name} warm: {driver.Ask(warmup)[0]}");
            for (var round = 0; round < options.Rounds; round++)
                foreach (var driver in drivers) driver.Ask("round " + command.Name);
        }

        var results = new List<EngineResults>();
        foreach (var driver in drivers)
        {
            var times = options.Commands.ToDictionary(command => command.Name, command => driver.Times(command.Name));
            results.Add(new EngineResults(driver.Name, indexes[driver.Name], times, driver.Hits()));
            driver.Dispose();
        }

        return results;
    }

    /// <summary>Ours keeps the source in any case. Lucene is measured with and without.</summary>
    private static string[] Variants(string engine) => engine switch
    {
        "hedgerow" => ["stored"],
        "lucenenet" => ["plain"],
        _ => ["plain", "stored"],
    };

    private static IndexFigures Index(DriverProcess driver, string variant, SearchOptions options)
    {
        var kept = Path.Combine(options.Work, $"figures-{driver.Name}-{variant}-{options.Repeat}.tsv");
        if (options.KeepPeers && driver.Name != "hedgerow" && File.Exists(kept))
            return DriverProcess.Figures(File.ReadAllText(kept));
        foreach (var old in Directory.GetFiles(options.Work, $"figures-{driver.Name}-{variant}-*")) File.Delete(old);
        var order = string.Create(CultureInfo.InvariantCulture, $"index {variant} {options.IndexRounds}");
        var told = driver.Ask(order)[0];
        File.WriteAllText(kept, told);
        return DriverProcess.Figures(told);
    }

    private static List<string> CommandOf(string engine, SearchOptions options)
    {
        var repeat = options.Repeat.ToString(CultureInfo.InvariantCulture);
        var buffer = SearchDriver.BufferMegabytes.ToString(CultureInfo.InvariantCulture);
        List<string> command = options.Core < 0
            ? []
            : ["taskset", "-c", options.Core.ToString(CultureInfo.InvariantCulture)];
        command.AddRange(engine == "lucene"
            ? ["java", "-Xms3g", "-Xmx3g", "-cp", options.ClassPath, "LuceneDriver", options.Work, repeat, buffer]
            : ["dotnet", typeof(SearchComparison).Assembly.Location, "search", "drive", engine, options.Work, repeat]);
        return command;
    }
}
