using System.Text.Json;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>What came out of a scenario, as files.</summary>
internal static class ResultFiles
{
    /// <summary>Writes the JSON and the plots, named after the scenario, to a directory.</summary>
    public static void Write(string directory, SimulationResult result)
    {
        WritePlots(directory, result);
        using var file = File.Create(Path.Combine(directory, result.Scenario.Name + "-results.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        result.WriteTo(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the plots; their names, for a page.</summary>
    public static IReadOnlyList<(string Title, string File)> WritePlots(string directory, SimulationResult result)
    {
        Directory.CreateDirectory(directory);
        var name = result.Scenario.Name;
        var files = new List<(string, string)>();
        void Add(string title, string suffix, string svg)
        {
            var file = $"{name}-{suffix}.svg";
            File.WriteAllText(Path.Combine(directory, file), svg);
            files.Add((title, file));
        }

        Add("Latency by percentile", "percentiles", ResultPlots.ByPercentile(result).ToFile());
        // Where nothing happens at a certain time, time tells nothing.
        var isEventful = result.Scenario.Faults.Any(fault => fault.At > TimeSpan.Zero)
            || result.Scenario.Load.Any(load => load.Phases.Count > 0);
        if (!isEventful) return files;
        Add("Latency over time", "time", ResultPlots.OverTime(result).ToFile());
        Add("Answers over time", "answers", ResultPlots.Answers(result).ToFile());
        return files;
    }
}
