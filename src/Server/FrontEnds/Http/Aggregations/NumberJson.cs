using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of aggregation that make numbers or hits.</summary>
internal static class NumberJson
{
    public static readonly KeyValuePair<string, ReadAggregation>[] Kinds =
    [
        Metric("min", MetricKind.Min),
        Metric("max", MetricKind.Max),
        Metric("sum", MetricKind.Sum),
        Metric("avg", MetricKind.Average),
        Metric("value_count", MetricKind.ValueCount),
        Metric("stats", MetricKind.Stats),
        new("extended_stats", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "missing", "sigma");
            return new MetricAggregation
            {
                Name = name,
                Kind = MetricKind.ExtendedStats,
                Field = members.Text("field"),
                Missing = members.Number("missing"),
                Sigma = members.Number("sigma") ?? 2,
            };
        }),
        new("cardinality", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "precision_threshold");
            return new CardinalityAggregation
            {
                Name = name,
                Field = members.Text("field"),
                PrecisionThreshold = members.Size("precision_threshold") ?? 3_000,
            };
        }),
        new("percentiles", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "percents", "relative_error", "missing");
            return new PercentilesAggregation
            {
                Name = name,
                Field = members.Text("field"),
                Percents = members.Numbers("percents") ?? PercentilesAggregation.Standard,
                RelativeError = members.Number("relative_error") ?? DistributionSketch.StandardError,
                Missing = members.Number("missing"),
            };
        }),
        new("percentile_ranks", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "values", "relative_error", "missing");
            return new PercentileRanksAggregation
            {
                Name = name,
                Field = members.Text("field"),
                Values = members.Numbers("values") ?? throw QueryJson.Bad($"{where} has no 'values'."),
                RelativeError = members.Number("relative_error") ?? DistributionSketch.StandardError,
                Missing = members.Number("missing"),
            };
        }),
        new("median_absolute_deviation", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "relative_error", "missing");
            return new MedianDeviationAggregation
            {
                Name = name,
                Field = members.Text("field"),
                RelativeError = members.Number("relative_error") ?? DistributionSketch.StandardError,
                Missing = members.Number("missing"),
            };
        }),
        new("weighted_avg", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "value", "weight");
            var (field, missing) = OfField(members, "value");
            var (weight, missingWeight) = OfField(members, "weight");
            return new WeightedAverageAggregation
            {
                Name = name, Field = field, Missing = missing, Weight = weight, MissingWeight = missingWeight,
            };
        }),
        new("top_hits", ReadHits),
    ];

    private static (string Field, double? Missing) OfField(in QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var body)) throw QueryJson.Bad($"{members.Where} has no '{name}'.");
        var inner = new QueryMembers(body, $"{members.Where}.{name}", "field", "missing");
        return (inner.Text("field"), inner.Number("missing"));
    }

    private static KeyValuePair<string, ReadAggregation> Metric(string spelling, MetricKind kind) => new(
        spelling, (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "missing");
            return new MetricAggregation
            {
                Name = name, Kind = kind, Field = members.Text("field"), Missing = members.Number("missing"),
            };
        });

    private static TopHitsAggregation ReadHits(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "size", "from", "sort", "_source", "source");
        var isSpelled = members.TryGet("_source", out var parts) || members.TryGet("source", out parts);
        var source = SourceJson.Read(isSpelled ? parts : null);
        return new TopHitsAggregation
        {
            Name = name,
            Size = members.Size("size") ?? 3,
            From = members.Size("from") ?? 0,
            Sort = SortJson.Read(members.TryGet("sort", out var sort) ? sort : null),
            WithSource = source.IsWanted,
            SourceFields = source.Includes,
            SourceExcludes = source.Excludes,
        };
    }
}
