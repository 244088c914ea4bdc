using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hedgerow.Bench.HitRatios;

/// <summary>
/// <c>hit-ratios [--all] [NAME…]</c>: the store's hit ratio on the traces beside the known ones of LRU, ARC, SIEVE and
/// the optimum. Writes bench/results/hit-ratios.md. Without arguments it leaves out the P traces (13 million requests).
/// </summary>
internal static class HitRatioReport
{
    private static readonly string[] Policies = ["LRU", "ARC", "SIEVE", "OPT"];

    public static int Run(string[] args)
    {
        var reference = SharedFolder.Data("traces/reference-hit-ratios.json");
        if (!File.Exists(reference))
        {
            Console.Error.WriteLine($"Needs the traces of the shared data folder; there is no {reference}.");
            return 1;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(reference));
        var rows = new List<Row>();
        foreach (var trace in json.RootElement.GetProperty("traces").EnumerateObject())
        {
            if (!IsWanted(trace.Name, args)) continue;
            var requests = TraceFile.Read(trace.Name);
            foreach (var size in trace.Value.GetProperty("hit_pct").EnumerateObject())
            {
                var capacity = int.Parse(size.Name, CultureInfo.InvariantCulture);
                var known = Policies.Select(policy => size.Value.GetProperty(policy).GetDouble()).ToArray();
                rows.Add(new Row(trace.Name, capacity, StoreReplay.HitPercent(requests, capacity), known));
                Console.WriteLine(rows[^1].Line);
            }
        }

        if (rows.Count == 0)
        {
            Console.Error.WriteLine($"No trace has a name like {string.Join(", ", args)}.");
            return 2;
        }

        var report = Render(rows);
        Console.WriteLine(report);
        if (args is [] or ["--all"])
            File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "hit-ratios.md"), report);
        return 0;
    }

    private static bool IsWanted(string name, string[] args)
    {
        if (args is ["--all"]) return true;
        if (args is []) return !name.StartsWith("arc/P", StringComparison.Ordinal);
        return args.Any(arg => name.Contains(arg, StringComparison.OrdinalIgnoreCase));
    }

    private static string Render(List<Row> rows)
    {
        var text = new StringBuilder("# Hit ratios, per cent\n\n");
        text.Append("The store gets capacity × entry bytes for everything; the others count entries and have no ");
        text.Append($"overhead. {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}.\n");
        text.Append("`dotnet run -c Release --project bench -- hit-ratios`\n\n");
        text.Append("| trace | entries | store | LRU | ARC | SIEVE | OPT |\n");
        text.Append("| --- | --: | --: | --: | --: | --: | --: |\n");
        foreach (var row in rows) text.Append(row.Line).Append('\n');
        var mean = Enumerable.Range(0, Policies.Length).Select(i => rows.Average(row => row.Known[i])).ToArray();
        text.Append(new Row("mean", rows.Count, rows.Average(row => row.Store), mean).Line).Append('\n');
        return text.ToString();
    }

    private sealed record Row(string Trace, int Capacity, double Store, double[] Known)
    {
        public string Line =>
            $"| {Trace} | {Capacity} | {Store:f2} | {string.Join(" | ", Known.Select(k => $"{k:f2}"))} |";
    }
}
