using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of aggregation that are made of others.</summary>
internal static class PipelineJson
{
    private const string Path = "buckets_path";

    public static readonly KeyValuePair<string, ReadAggregation>[] Kinds =
    [
        Sibling("sum_bucket", SiblingKind.Sum),
        Sibling("avg_bucket", SiblingKind.Average),
        Sibling("min_bucket", SiblingKind.Min),
        Sibling("max_bucket", SiblingKind.Max),
        Sibling("stats_bucket", SiblingKind.Stats),
        Sibling("extended_stats_bucket", SiblingKind.ExtendedStats),
        new("percentiles_bucket", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, Path, "percents");
            return new PercentilesBucketAggregation
            {
                Name = name,
                Path = members.Text(Path),
                Percents = members.Numbers("percents") ?? PercentilesAggregation.Standard,
            };
        }),
        Moving("moving_avg", MovingKind.Average, "window", 5),
        Moving("moving_min", MovingKind.Min, "window", 5),
        Moving("moving_max", MovingKind.Max, "window", 5),
        Moving("moving_sum", MovingKind.Sum, "window", 5),
        Moving("serial_diff", MovingKind.Difference, "lag", 1),
        Running("cumulative_sum", RunningKind.CumulativeSum),
        Running("derivative", RunningKind.Derivative),
        new("bucket_sort", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "sort", "from", "size");
            return new BucketSortAggregation
            {
                Name = name,
                Sort = members.Order("sort"),
                From = members.Size("from") ?? 0,
                Size = members.Size("size"),
            };
        }),
        new("bucket_selector", ReadSelector),
    ];

    private static KeyValuePair<string, ReadAggregation> Sibling(string spelling, SiblingKind kind) => new(
        spelling, (name, body, where) => new SiblingAggregation
        {
            Name = name, Kind = kind, Path = new QueryMembers(body, where, Path).Text(Path),
        });

    private static KeyValuePair<string, ReadAggregation> Running(string spelling, RunningKind kind) => new(
        spelling, (name, body, where) => new RunningAggregation
        {
            Name = name, Kind = kind, Path = new QueryMembers(body, where, Path).Text(Path),
        });

    /// <summary>A window; one of which only the first number counts has no shift.</summary>
    private static KeyValuePair<string, ReadAggregation> Moving(
        string spelling, MovingKind kind, string window, int standard) => new(
        spelling, (name, body, where) =>
        {
            var members = kind == MovingKind.Difference
                ? new QueryMembers(body, where, Path, window)
                : new QueryMembers(body, where, Path, window, "shift");
            return new MovingAggregation
            {
                Name = name,
                Kind = kind,
                Path = members.Text(Path),
                Window = Bounded(members, window, standard, 1),
                Shift = Bounded(members, "shift", 0, -MovingAggregation.WindowMax),
            };
        });

    private static int Bounded(in QueryMembers members, string name, int standard, int least)
    {
        var value = members.Int(name, standard);
        return value >= least && value <= MovingAggregation.WindowMax
            ? value
            : throw QueryJson.Bad(
                $"{members.Where}.{name} is {value}; allowed are {least} to {MovingAggregation.WindowMax}.");
    }

    private static BucketSelectorAggregation ReadSelector(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, Path, "gte", "gt", "lte", "lt");
        var (from, includeFrom) = Bound(members, "gte", "gt");
        var (to, includeTo) = Bound(members, "lte", "lt");
        return new BucketSelectorAggregation
        {
            Name = name,
            Path = members.Text(Path),
            From = from,
            IncludeFrom = includeFrom,
            To = to,
            IncludeTo = includeTo,
        };
    }

    private static (double? Bound, bool Includes) Bound(in QueryMembers members, string including, string excluding)
    {
        members.Either(including, excluding);
        return members.Number(including) is { } bound ? (bound, true) : (members.Number(excluding), false);
    }
}
