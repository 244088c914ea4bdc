using System.Text;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>
/// A page of results in Markdown, with its plots in a directory beside it. Every figure comes from the runs.
/// </summary>
internal static class ResultsPage
{
    private const string Plots = "tail-results";

    public static void Write(string file, IReadOnlyList<SimulationResult> results)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var page = new StringBuilder();
        page.Append(
            """
            # The tail at scale, simulated

            Made by `hedgerow simulate --page docs/TAIL-RESULTS.md`, and by nothing else: the same seeds give the same
            figures on any machine. [SIMULATE.md](SIMULATE.md) tells what is simulated and how; the router is the
            product's own, the leaves are models. Latencies are in milliseconds of virtual time; *extra* is the share
            of requests that were hedges, *busy* the share of the leaves' time spent on requests, *busiest leaf* how
            many times the mean it was asked.

            """);
        foreach (var result in results)
            Append(page, result, ResultFiles.WritePlots(Path.Combine(directory, Plots), result));
        File.WriteAllText(file, page.ToString());
    }

    private static void Append(
        StringBuilder page, SimulationResult result, IReadOnlyList<(string Title, string File)> plots)
    {
        page.Append($"\n## {result.Scenario.Name}\n\n{result.Scenario.Says}\n\n");
        Row(page, ResultTable.Heads);
        Row(page, ResultTable.Heads.Select((_, i) => i == 0 ? "---" : "---:"));
        foreach (var row in ResultTable.Rows(result)) Row(page, row);
        if (result.Claims.Count > 0) AppendClaims(page, result);
        foreach (var note in result.Scenario.Notes) page.Append($"\n{note}\n");
        foreach (var (title, file) in plots) page.Append($"\n![{title}]({Plots}/{file})\n");
    }

    private static void AppendClaims(StringBuilder page, SimulationResult result)
    {
        page.Append('\n');
        Row(page, ["claim", "published", "here", "allowed", ""]);
        Row(page, ["---", "---:", "---:", "---:", "---"]);
        foreach (var claim in result.Claims)
        {
            var holds = claim.Holds ? "holds" : "**does not hold**";
            var of = $"`{claim.Claim.Measure}`" + (claim.Claim.Beside is { } beside ? $" beside *{beside}*" : "");
            Row(page,
            [
                $"{claim.Claim.Says} ({of})", claim.Claim.Published, ResultTable.Number(claim.Value),
                ResultTable.Bounds(claim.Claim), holds,
            ]);
        }
    }

    private static void Row(StringBuilder page, IEnumerable<string> cells) =>
        page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
