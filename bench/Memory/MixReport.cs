using System.Globalization;
using System.Text;
using Hedgerow.Bench.Mixes;

namespace Hedgerow.Bench.Memory;

/// <summary>
/// <c>bench -- memory --mixes</c>: whether the budget holds, and how much of what is resident is live, under each mix
/// of sizes, lives and churn, a process for each. Writes <c>bench/results/memory-mixes.md</c>.
/// </summary>
internal static class MixReport
{
    public const string Verb = "mix-probe";

    /// <summary>Arguments: number of the mix, bytes of budget.</summary>
    public static int Probe(string[] args)
    {
        var mix = StoreMix.All[int.Parse(args[0], CultureInfo.InvariantCulture)];
        Console.WriteLine(MixRun.Run(mix, long.Parse(args[1], CultureInfo.InvariantCulture)).ToLine());
        return 0;
    }

    public static int Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("memory reads /proc/self/status, which this system does not have.");
            return 1;
        }

        var page = new StringBuilder();
        page.AppendLine("# Resident memory and the budget").AppendLine();
        page.AppendLine(CultureInfo.InvariantCulture,
            $"Commit {ResultFile.CommitOf(SharedFolder.Root)}; {ResultFile.Machine}.");
        page.AppendLine("`dotnet run -c Release --project bench -- memory --mixes`").AppendLine();
        page.AppendLine("Paths of 16 bytes. Peak: the most that the process grew by at any time, against the budget.");
        page.AppendLine("Live: what of it can be read, with headers and index; payload: paths and values alone; the");
        page.AppendLine("least seen in the last third of the run, of the deletes at rest.");
        page.AppendLine("Moved: bytes copied to keep them, by bytes written.").AppendLine();
        page.AppendLine("| mix | budget | peak | live | payload | moved | entries |");
        page.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var mebibytes in new[] { 64, 512 })
        {
            for (var i = 0; i < StoreMix.All.Count; i++)
            {
                var line = MemoryReport.Probe(Verb, $"{i}", $"{(long)mebibytes << 20}");
                var reading = MixReading.Parse(line);
                var peak = reading.PeakBytes / (double)reading.BudgetBytes;
                var row = string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {StoreMix.All[i].Name} | {mebibytes} MiB | {peak:P1} | {reading.LiveShare:P1} "
                    + $"| {reading.PayloadShare:P1} | {reading.MovedShare:F2} | {reading.Entries:N0} |");
                page.AppendLine(row);
                Console.WriteLine(row);
            }
        }

        var file = Path.Combine(SharedFolder.Root, "bench", "results", "memory-mixes.md");
        File.WriteAllText(file, page.ToString());
        Console.WriteLine("written to " + file);
        return 0;
    }
}
