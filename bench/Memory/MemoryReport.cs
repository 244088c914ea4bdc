using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Hedgerow.Bench.Memory;

/// <summary>
/// <c>bench -- memory</c>: resident bytes an entry at 3 and 10 million entries, with room to spare and full, beside
/// what other servers were measured at. Writes <c>bench/results/memory.md</c>.
/// </summary>
internal static class MemoryReport
{
    private const int PayloadBytes = MemoryProbe.PathBytes + MemoryProbe.ValueBytes;

    /// <summary>Budget for each entry: nothing is evicted.</summary>
    private const int RoomyBytes = 160;

    /// <summary>Budget for each entry: of twice as many about as many stay.</summary>
    private const int TightBytes = 136;

    /// <summary>Bytes of resident memory an item in all, 15-byte keys and 100-byte values, as issue 3 gives them.
    /// </summary>
    private static readonly (string Server, int Bytes)[] Others =
        [("pogocache", 158), ("memcached 1.6.18", 198), ("Redis 7.0", 201), ("Garnet", 230)];

    public static int Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("memory reads /proc/self/status, which this system does not have.");
            return 1;
        }

        var page = new StringBuilder();
        page.AppendLine("# Resident memory an entry").AppendLine();
        var commit = ResultFile.CommitOf(SharedFolder.Root);
        page.AppendLine(CultureInfo.InvariantCulture, $"Commit {commit}; {ResultFile.Machine}.");
        page.AppendLine("`dotnet run -c Release --project bench -- memory`").AppendLine();
        page.AppendLine("Paths of 16 bytes, values of 100, in bytes an entry. Overhead is what is resident beyond");
        page.AppendLine("those 116: once of what the process grew by from an empty store, once of all it holds.");
        page.AppendLine();
        page.AppendLine("| entries | store | grown by | overhead | of it index | whole process | overhead |");
        page.AppendLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var entries in new[] { 3_000_000L, 10_000_000L })
        {
            page.AppendLine(Row("with room", Probe(entries * RoomyBytes, entries)));
            page.AppendLine(Row("full, evicting", Probe(entries * TightBytes, entries * 2)));
        }

        page.AppendLine();
        page.AppendLine("Others, the whole process, 15-byte keys and 100-byte values (published with issue 3):");
        page.AppendLine().AppendLine("| server | bytes an item | overhead |").AppendLine("| --- | ---: | ---: |");
        foreach (var (server, bytes) in Others)
            page.AppendLine(CultureInfo.InvariantCulture, $"| {server} | {bytes} | {bytes - 115} |");
        var file = Path.Combine(SharedFolder.Root, "bench", "results", "memory.md");
        File.WriteAllText(file, page.ToString());
        Console.Write(page);
        Console.WriteLine("written to " + file);
        return 0;
    }

    private static string Row(string store, MemoryReading reading)
    {
        double entries = reading.Entries;
        var grown = (reading.FullBytes - reading.EmptyBytes) / entries;
        var whole = reading.FullBytes / entries;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {reading.Entries:N0} | {store}, {reading.BudgetBytes >> 20:N0} MiB | {grown:F1} "
            + $"| **{grown - PayloadBytes:F1}** | {reading.IndexBytes / entries:F1} | {whole:F1} "
            + $"| **{whole - PayloadBytes:F1}** |");
    }

    private static MemoryReading Probe(long budget, long writes) =>
        MemoryReading.Parse(Probe(MemoryProbe.Verb, $"{budget}", $"{writes}"));

    /// <summary>Runs this program again and gives the line that it prints.</summary>
    internal static string Probe(params string[] probe)
    {
        string[] arguments = [typeof(MemoryReport).Assembly.Location, .. probe];
        var start = new ProcessStartInfo(Environment.ProcessPath!, IsHost ? arguments : arguments[1..])
        {
            RedirectStandardOutput = true,
        };

        // Code is compiled once, in the warm-up: else megabytes of it come while memory is measured.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"the probe ended with {process.ExitCode}");
        return line;
    }

    private static bool IsHost => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
}
