using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hedgerow.Bench;

/// <summary>A file of results under <c>bench/results</c>, with the machine and the commit they are of.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Processors, system and runtime, in one line.</summary>
    public static string Machine =>
        $"{Environment.ProcessorCount} x {RuntimeInformation.ProcessArchitecture}, "
        + $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>The load average of the last minute; what is above the run's own is noise.</summary>
    public static string Load =>
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    /// <summary>Writes <c>bench/results/NAME.json</c> of the checkout and gives its path.</summary>
    public static string Write(string name, JsonNode results)
    {
        var root = SharedFolder.Root;
        var path = Path.Combine(root, "bench", "results", name + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var file = new JsonObject
        {
            ["commit"] = CommitOf(root),
            ["machine"] = Machine,
            ["results"] = results,
        };
        File.WriteAllText(path, file.ToJsonString(Indented) + "\n");
        return path;
    }

    /// <summary>The short id of the commit checked out, or <c>unknown</c> outside a git checkout.</summary>
    public static string CommitOf(string root)
    {
        var start = new ProcessStartInfo("git", ["-C", root, "rev-parse", "--short", "HEAD"])
        {
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return git.ExitCode == 0 ? commit : "unknown";
    }
}
