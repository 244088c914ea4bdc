using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hedgerow.Bench.HitRatios;

/// <summary>
/// <c>hit-ratios [--quick] [--store-only] [--entry-bytes N] [NAME…]</c>: the store's hit ratio on the traces beside
/// the known ones of LRU, ARC, SIEVE and the optimum, and those of W-TinyLFU and S3-FIFO, which are run here. Without
/// arguments it runs all and writes bench/results/hit-ratios.md; <c>--quick</c> leaves out the P traces (42 million
/// requests), <c>--store-only</c> the two that are run here.
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

        if (!TryParse(args, out var run)) return 2;
        using var json = JsonDocument.Parse(File.ReadAllText(reference));
        var rows = new List<Row>();
        foreach (var trace in json.RootElement.GetProperty("traces").EnumerateObject())
        {
            if (!run.Wants(trace.Name)) continue;
            var requests = TraceFile.Read(trace.Name);
            foreach (var size in trace.Value.GetProperty("hit_pct").EnumerateObject())
            {
                rows.Add(Measure(run, trace.Name, requests, size));
                Console.WriteLine(rows[^1].Line);
            }
        }

        if (rows.Count == 0)
        {
            Console.Error.WriteLine($"No trace has a name like {string.Join(", ", run.Names)}.");
            return 2;
        }

        var report = Render(rows, run);
        Console.WriteLine(report);
        if (args is []) File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "hit-ratios.md"), report);
        return 0;
    }

    private static bool TryParse(string[] args, out Selection run)
    {
        run = new Selection();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--quick") run = run with { IsQuick = true };
            else if (args[i] == "--store-only") run = run with { StoreOnly = true };
            else if (args[i] == "--entry-bytes" && i + 1 < args.Length && int.TryParse(args[i + 1], out var bytes))
                run = run with { EntryBytes = Math.Clamp(bytes, 32, 1 << 20) };
            else if (args[i].StartsWith('-')) Console.Error.WriteLine($"'{args[i]}' is no option of hit-ratios.");
            else run = run with { Names = [.. run.Names, args[i]] };
            if (args[i] == "--entry-bytes") i++;
            else if (args[i].StartsWith('-') && args[i] is not ("--quick" or "--store-only")) return false;
        }

        return true;
    }

    private static Row Measure(Selection run, string trace, List<long> requests, JsonProperty size)
    {
        var capacity = int.Parse(size.Name, CultureInfo.InvariantCulture);
        var known = Policies.Select(policy => size.Value.GetProperty(policy).GetDouble()).ToList();
        known.InsertRange(3, run.StoreOnly
            ? [double.NaN, double.NaN]
            : [PeerPolicies.TinyLfu(requests, capacity), PeerPolicies.S3Fifo(requests, capacity)]);
        return new Row(trace, capacity, StoreReplay.HitPercent(requests, capacity, run.EntryBytes), [.. known]);
    }

    private static string Render(List<Row> rows, Selection run)
    {
        var text = new StringBuilder("# Hit ratios, per cent\n\n");
        text.Append($"The store gets capacity × entry bytes ({run.EntryBytes}, more in small stores) for everything; ");
        text.Append("the others count entries and have no overhead. Behind: the best of the others but the optimum, ");
        text.Append($"less the store. {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}.\n");
        text.Append("`dotnet run -c Release --project bench -- hit-ratios`\n\n");
        text.Append("| trace | entries | store | LRU | ARC | SIEVE | W-TinyLFU | S3-FIFO | optimum | behind |\n");
        text.Append("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n");
        foreach (var row in rows) text.Append(row.Line).Append('\n');
        var mean = Enumerable.Range(0, rows[0].Known.Length).Select(i => rows.Average(row => row.Known[i])).ToArray();
        text.Append(new Row("mean", rows.Count, rows.Average(row => row.Store), mean).Line).Append('\n');
        var far = rows.Where(row => row.Behind > 3).OrderByDescending(row => row.Behind).ToList();
        text.Append($"\nMore than 3 points behind in {far.Count} of {rows.Count}");
        text.Append(far.Count == 0 ? ".\n" : ": ");
        if (far.Count != 0)
            text.AppendJoin(", ", far.Select(row => $"{row.Trace}@{row.Capacity} ({row.Behind:f1})")).Append(".\n");
        return text.ToString();
    }

    private sealed record Selection
    {
        public bool IsQuick { get; init; }

        public bool StoreOnly { get; init; }

        public int EntryBytes { get; init; } = StoreReplay.EntryBytesDefault;

        public string[] Names { get; init; } = [];

        public bool Wants(string trace) =>
            (Names.Length == 0 || Names.Any(name => trace.Contains(name, StringComparison.OrdinalIgnoreCase)))
            && !(IsQuick && trace.StartsWith("arc/P", StringComparison.Ordinal));
    }

    private sealed record Row(string Trace, int Capacity, double Store, double[] Known)
    {
        public double Behind => Known[..^1].Where(double.IsFinite).Max() - Store;

        public string Line =>
            $"| {Trace} | {Capacity} | {Store:f2} | {string.Join(" | ", Known.Select(k => $"{k:f2}"))} | {Behind:f2} |";
    }
}
