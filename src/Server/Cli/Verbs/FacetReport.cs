using System.Globalization;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>Facets of the command line: <c>--facet FIELD[:N]</c>, and how results of aggregations look to
/// people.</summary>
internal static class FacetReport
{
    private const int BarColumns = 30;
    private const int SizeStandard = 10;

    /// <summary>One exact count of values for each flag.</summary>
    /// <exception cref="CliException">A number is none.</exception>
    public static IReadOnlyList<Aggregation> Read(string[] flags)
    {
        var facets = new List<Aggregation>();
        foreach (var flag in flags)
        {
            var colon = flag.LastIndexOf(':');
            var field = colon < 0 ? flag : flag[..colon];
            var size = SizeStandard;
            if (colon >= 0 && (!int.TryParse(flag.AsSpan(colon + 1), CultureInfo.InvariantCulture, out size)
                || size is < 1 or > AggregationLimits.BucketsMax))
            {
                throw CliException.Usage($"--facet is '{flag}'; it is FIELD or FIELD:N, N from 1 to "
                    + $"{AggregationLimits.BucketsMax}.");
            }

            facets.Add(new TermsAggregation { Name = field, Field = field, Size = size, Exact = true });
        }

        return facets;
    }

    /// <summary>A table with bars for buckets, a line for numbers.</summary>
    public static void Write(IAnsiConsole screen, IReadOnlyList<AggregationResult> results)
    {
        foreach (var result in results)
        {
            if (result is BucketsResult buckets) screen.Write(Table(screen, buckets));
            else screen.WriteLine($"{result.Name}: {Line(result)}");
        }
    }

    private static Table Table(IAnsiConsole screen, BucketsResult result)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(Markup.Escape(result.Name)).AddColumn(new TableColumn("documents").RightAligned());
        table.AddColumn("");
        var highest = result.Buckets.Select(bucket => bucket.Count).DefaultIfEmpty(0).Max();
        var bar = screen.Profile.Capabilities.Unicode ? '█' : '#';
        foreach (var bucket in result.Buckets)
        {
            var columns = highest == 0 ? 0 : (int)Math.Ceiling((double)bucket.Count / highest * BarColumns);
            var inner = bucket.Within.Count == 0 ? "" : $" {Line(bucket.Within)}";
            table.AddRow(
                new Text(Key(bucket)), new Text(Sizes.Count(bucket.Count)), new Text(new string(bar, columns) + inner));
        }

        if (result.OtherCount is > 0 and { } others) table.AddRow("others", Sizes.Count(others), "");
        return table;
    }

    private static string Key(AggregationBucket bucket) => bucket.KeyText ?? bucket.Key.Text
        ?? (bucket.Key.Number ?? bucket.Key.Whole)?.ToString(CultureInfo.InvariantCulture)
        ?? string.Join(", ", bucket.Keys.Select(key =>
            key.Text ?? (key.Number ?? key.Whole)?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>What has no rows of its own, as the JSON of the API has it.</summary>
    private static string Line(params IReadOnlyList<AggregationResult> results) =>
        Encoding.UTF8.GetString(ResultJson.Write(results)!.Value.Utf8.Span);
}
