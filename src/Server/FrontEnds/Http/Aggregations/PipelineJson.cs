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
