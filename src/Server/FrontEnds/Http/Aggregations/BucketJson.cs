using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of aggregation that make buckets.</summary>
internal static class BucketJson
{
    public static readonly KeyValuePair<string, ReadAggregation>[] Kinds =
    [
        new("terms", ReadTerms),
        new("range", static (name, body, where) => ReadRanges(name, body, where, areDates: false)),
        new("date_range", static (name, body, where) => ReadRanges(name, body, where, areDates: true)),
        new("histogram", ReadHistogram),
        new("date_histogram", ReadDates),
        new("filter", static (name, body, _) => new FilterAggregation { Name = name, Query = QueryJson.Read(body) }),
        new("filters", ReadFilters),
        new("global", ReadGlobal),
        new("missing", ReadMissing),
        new("significant_terms", ReadSignificant),
        new("composite", ReadComposite),
    ];

    /// <summary>What the sources of a composite take.</summary>
    private static readonly Dictionary<string, string[]> SourceMembers = new(StringComparer.Ordinal)
    {
        ["terms"] = ["field", "order", "missing", "include", "exclude"],
        ["histogram"] = ["field", "interval", "offset", "missing", "order"],
        ["date_histogram"] =
            ["field", "calendar_interval", "fixed_interval", "time_zone", "offset", "missing", "order"],
    };

    private static TermsAggregation ReadTerms(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "field", "size", "shard_size", "order", "min_doc_count", "include", "exclude", "missing",
            "exact");
        return new TermsAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Size = members.Size("size") ?? 10,
            ShardSize = members.Size("shard_size"),
            Order = members.Order("order"),
            MinimumCount = members.Whole("min_doc_count") ?? 1,
            Include = members.Terms("include"),
            Exclude = members.Terms("exclude"),
            Missing = members.TextOrNull("missing"),
            Exact = members.Choice("exact", "false", "true") == "true",
        };
    }

    private static RangeAggregation ReadRanges(string name, JsonElement body, string where, bool areDates)
    {
        var members = new QueryMembers(body, where, "field", "ranges", "missing");
        return new RangeAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Ranges = members.Ranges("ranges", static range => new BucketRange(
                range.TextOrNull("key"), range.TextOrNull("from"), range.TextOrNull("to"))),
            IsDates = areDates,
            Missing = members.TextOrNull("missing"),
        };
    }

    private static HistogramAggregation ReadHistogram(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "field", "interval", "offset", "min_doc_count", "extended_bounds", "missing", "order");
        return new HistogramAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Interval = members.Number("interval") ?? throw QueryJson.Bad($"{where} has no 'interval'."),
            Offset = members.Number("offset") ?? 0,
            MinimumCount = members.Whole("min_doc_count") ?? 0,
            Bounds = members.Bounds("extended_bounds", areDates: false),
            Missing = members.Number("missing"),
            Order = members.Order("order"),
        };
    }

    private static DateHistogramAggregation ReadDates(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "field", "calendar_interval", "fixed_interval", "offset", "time_zone", "min_doc_count",
            "extended_bounds", "missing", "order");
        return new DateHistogramAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Rounding = Intervals.Read(members),
            MinimumCount = members.Whole("min_doc_count") ?? 0,
            Bounds = members.Bounds("extended_bounds", areDates: true),
            Missing = members.Instant("missing"),
            Order = members.Order("order"),
        };
    }

    private static FiltersAggregation ReadFilters(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "filters", "other_bucket", "other_bucket_key");
        if (!members.TryGet("filters", out var filters)
            || filters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            throw QueryJson.Bad($"{where}.filters must be an object of named queries, or a list of queries.");
        }

        NamedFilter[] read = filters.ValueKind == JsonValueKind.Array
            ? [.. filters.EnumerateArray().Select(query => new NamedFilter(null, QueryJson.Read(query)))]
            : [.. filters.EnumerateObject().Select(row => new NamedFilter(row.Name, QueryJson.Read(row.Value)))];
        var other = members.TextOrNull("other_bucket_key")
            ?? (members.Choice("other_bucket", "false", "true") == "true" ? "_other_" : null);
        return new FiltersAggregation { Name = name, Filters = read, OtherKey = other };
    }

    private static GlobalAggregation ReadGlobal(string name, JsonElement body, string where)
    {
        _ = new QueryMembers(body, where);
        return new GlobalAggregation { Name = name };
    }

    private static MissingAggregation ReadMissing(string name, JsonElement body, string where) =>
        new() { Name = name, Field = new QueryMembers(body, where, "field").Text("field") };

    private static SignificantTermsAggregation ReadSignificant(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "field", "size", "min_doc_count", "jlh", "chi_square", "background_filter", "include",
            "exclude");
        var isChi = members.TryGet("chi_square", out _);
        if (isChi && members.TryGet("jlh", out _)) throw QueryJson.Bad($"{where} has both jlh and chi_square.");
        return new SignificantTermsAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Size = members.Size("size") ?? 10,
            MinimumCount = members.Whole("min_doc_count") ?? 3,
            Measure = isChi ? SignificanceMeasure.ChiSquare : SignificanceMeasure.Jlh,
            Background = members.TryGet("background_filter", out var query) ? QueryJson.Read(query) : null,
            Include = members.Terms("include"),
            Exclude = members.Terms("exclude"),
        };
    }

    private static CompositeAggregation ReadComposite(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "sources", "size", "after");
        if (!members.TryGet("sources", out var rows) || rows.ValueKind != JsonValueKind.Array
            || rows.GetArrayLength() is 0 or > CompositeAggregation.SourcesMax)
        {
            throw QueryJson.Bad(
                $"{where}.sources must be a list of 1 to {CompositeAggregation.SourcesMax} named sources.");
        }

        CompositeSource[] sources = [.. rows.EnumerateArray().Select(row => ReadSource(row, $"{where}.sources"))];
        return new CompositeAggregation
        {
            Name = name,
            Sources = sources,
            Size = members.Size("size") ?? 10,
            After = members.TryGet("after", out var after) ? ReadAfter(after, $"{where}.after", sources) : [],
        };
    }

    private static CompositeSource ReadSource(JsonElement json, string where)
    {
        var (name, body) = QueryJson.Single(json, where, "the name of a source");
        var (kind, inner) = QueryJson.Single(body, $"{where}.{name}", "terms, histogram or date_histogram");
        where = $"{where}.{name}";
        if (!SourceMembers.TryGetValue(kind, out var known))
            throw QueryJson.Bad($"{where} has '{kind}'; allowed are terms, histogram and date_histogram.");
        // Of what such an aggregation has, a source takes what its keys depend on.
        _ = new QueryMembers(inner, $"{where}.{kind}", known);
        var values = AggregationJson.Read(kind, name, inner, where);
        var order = values switch
        {
            TermsAggregation terms => terms.Order,
            HistogramAggregation histogram => histogram.Order,
            _ => ((DateHistogramAggregation)values).Order,
        };
        return order is [] or [{ Path: BucketOrder.Key }]
            ? new CompositeSource(name, values, order is [{ Descending: true }])
            : throw QueryJson.Bad($"{where}.{kind}.order is not asc or desc: a source is ordered by its keys.");
    }

    private static SortValue[] ReadAfter(JsonElement json, string where, CompositeSource[] sources)
    {
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() != sources.Length)
            throw QueryJson.Bad($"{where} must be an object with a value for each source, as after_key has them.");
        return [.. sources.Select(source => json.TryGetProperty(source.Name, out var value)
            ? Value(value, $"{where}.{source.Name}")
            : throw QueryJson.Bad($"{where} has no '{source.Name}'."))];
    }

    private static SortValue Value(JsonElement value, string where) => value.ValueKind switch
    {
        JsonValueKind.String => SortValue.Of(value.GetString()!),
        JsonValueKind.True => SortValue.Of(1),
        JsonValueKind.False => SortValue.Of(0),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => SortValue.Of(whole),
        JsonValueKind.Number => SortValue.Of(value.GetDouble()),
        _ => throw QueryJson.Bad($"{where} is {value.GetRawText()}; it must be text or a number."),
    };
}
