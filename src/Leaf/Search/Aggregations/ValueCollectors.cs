using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Makes the collectors that read the values of a field. One search.</summary>
internal sealed class ValueCollectors(CollectionFields fields, AggregationScope scope, long nowMs)
{
    private static readonly FieldType[] Numbers = [FieldType.Number, FieldType.Integer, FieldType.Date];

    private static readonly FieldType[] Ones = [.. Numbers, FieldType.Boolean];

    private static readonly FieldType[] Values = [FieldType.Keyword, .. Ones];

    public Collector? Terms(TermsAggregation it, Collector[] within)
    {
        if (!SizeFits(it.Name, it.Size) || !CountFits(it.Name, it.MinimumCount, 1)) return null;
        if (TypeOf(it.Name, it.Field, Values) is not { } type) return null;
        var pick = TermsPick.Of(it);
        if (type == FieldType.Keyword)
        {
            return Keywords(it.Field, it.Include, it.Exclude, it.Missing) is { } terms
                ? new KeywordTermsCollector(scope, it.Name, terms, pick, within)
                : null;
        }

        if (Listed(it, type, it.Include) is not { } include || Listed(it, type, it.Exclude) is not { } exclude)
            return null;
        var all = it.Include is null;
        return Field(it.Name, it.Field, type, it.Missing) is { } field
            ? new NumberTermsCollector(
                scope, it.Name, field, value => (all || include.Contains(value)) && !exclude.Contains(value), pick,
                within)
            : null;
    }

    public Collector? Significant(SignificantTermsAggregation it, Collector[] within)
    {
        if (!SizeFits(it.Name, it.Size) || !CountFits(it.Name, it.MinimumCount, 1)) return null;
        return TypeOf(it.Name, it.Field, [FieldType.Keyword]) is not null
            && Keywords(it.Field, it.Include, it.Exclude, null) is { } terms
                ? new SignificantTermsCollector(scope, it.Name, terms, within)
                : null;
    }

    public Collector? Range(RangeAggregation it, Collector[] within)
    {
        if (it.Ranges.Count is 0 or > AggregationLimits.RowsMax)
        {
            return Fail($"'{it.Name}' has {it.Ranges.Count} ranges; 1 to {AggregationLimits.RowsMax} are allowed");
        }

        if (TypeOf(it.Name, it.Field, it.IsDates ? [FieldType.Date] : Numbers) is not { } type) return null;
        var spans = new List<ValueSpan>();
        foreach (var range in it.Ranges)
        {
            if (Bound(it.Name, type, range.From) is not { } from || Bound(it.Name, type, range.To) is not { } to)
                return null;
            spans.Add(new ValueSpan(
                range.From is null ? long.MinValue : from.Value, range.To is null ? null : to.Value,
                [from.Told, to.Told]));
        }

        return Field(it.Name, it.Field, type, it.Missing) is { } field
            ? new RangeCollector(scope, it.Name, field, [.. spans], within)
            : null;
    }

    public Collector? Histogram(HistogramAggregation it, Collector[] within)
    {
        if (!(it.Interval > 0) || !double.IsFinite(it.Interval) || !double.IsFinite(it.Offset))
            return Fail($"'{it.Name}' has an interval of {Text(it.Interval)}; it has to be above 0");
        if (!CountFits(it.Name, it.MinimumCount, 0)) return null;
        if (TypeOf(it.Name, it.Field, Numbers) is not { } type) return null;
        var field = new NumberField(it.Field, type, Stored(type, it.Missing));
        return new CellCollector(scope, it.Name, field, Cells.OfSteps(scope, it, field), within);
    }

    public Collector? DateHistogram(DateHistogramAggregation it, Collector[] within)
    {
        if (!CountFits(it.Name, it.MinimumCount, 0)) return null;
        if (DateBuckets.Of(it.Rounding, out var problem) is not { } buckets) return Fail($"'{it.Name}': {problem}");
        return TypeOf(it.Name, it.Field, [FieldType.Date]) is null
            ? null
            : new CellCollector(
                scope, it.Name, new NumberField(it.Field, FieldType.Date, it.Missing),
                Cells.OfTime(new DateCells(buckets, scope)), within);
    }

    public Collector? Missing(MissingAggregation it, Collector[] within) =>
        TypeOf(it.Name, it.Field, [.. Values, FieldType.GeoPoint]) is { } type
            ? new MissingCollector(scope, it.Name, it.Field, type, within)
            : null;

    public Collector? Metric(MetricAggregation it)
    {
        if (!Enum.IsDefined(it.Kind)) return Fail($"'{it.Name}' computes {it.Kind}, which is not known");
        if (!(it.Sigma >= 0)) return Fail($"'{it.Name}' has a sigma of {Text(it.Sigma)}; it has to be 0 or more");
        var types = it.Kind == MetricKind.ValueCount ? [.. Values, FieldType.GeoPoint] : Ones;
        if (TypeOf(it.Name, it.Field, types) is not { } type) return null;
        if (type != FieldType.Keyword)
        {
            var field = new NumberField(it.Field, type, Stored(type, it.Missing));
            return new MetricCollector(scope, field, it.Kind);
        }

        var missing = it.Missing is { } value ? Text(value) : null;
        return Keywords(it.Field, null, null, missing) is { } terms ? new KeywordCountCollector(scope, terms) : null;
    }

    public Collector? Weighted(WeightedAverageAggregation it) =>
        TypeOf(it.Name, it.Field, Ones) is { } type && TypeOf(it.Name, it.Weight, Ones) is { } weightType
            ? new WeightedCollector(
                scope, new NumberField(it.Field, type, Stored(type, it.Missing)),
                new NumberField(it.Weight, weightType, Stored(weightType, it.MissingWeight)))
            : null;

    public Collector? Cardinality(CardinalityAggregation it)
    {
        if (it.PrecisionThreshold is < 0 or > CardinalityAggregation.ThresholdMax)
        {
            return Fail($"'{it.Name}' has a precision threshold of {it.PrecisionThreshold}; allowed are 0 to "
                + $"{CardinalityAggregation.ThresholdMax}");
        }

        if (TypeOf(it.Name, it.Field, Values) is not { } type) return null;
        if (type != FieldType.Keyword)
            return new NumberCardinality(scope, new NumberField(it.Field, type, null), it.PrecisionThreshold);
        return Keywords(it.Field, null, null, null) is { } terms
            ? new KeywordCardinality(scope, terms, it.PrecisionThreshold)
            : null;
    }

    public Collector? Sketch(string name, string field, double error, double? missing)
    {
        if (!(error >= DistributionSketch.ErrorMin && error <= DistributionSketch.ErrorMax))
        {
            return Fail($"'{name}' has a relative error of {Text(error)}; allowed are "
                + $"{Text(DistributionSketch.ErrorMin)} to {Text(DistributionSketch.ErrorMax)}");
        }

        return TypeOf(name, field, Numbers) is { } type
            ? new SketchCollector(scope, new NumberField(field, type, Stored(type, missing)), error)
            : null;
    }

    public Collector? Composite(CompositeAggregation it, Collector[] within)
    {
        if (it.Sources.Count is 0 or > CompositeAggregation.SourcesMax)
        {
            return Fail($"'{it.Name}' has {it.Sources.Count} sources; 1 to {CompositeAggregation.SourcesMax} are "
                + "allowed");
        }

        if (!SizeFits(it.Name, it.Size)) return null;
        if (it.After.Count > 0 && it.After.Count != it.Sources.Count)
        {
            return Fail($"'{it.Name}' has {it.Sources.Count} sources, and a key of {it.After.Count} values to go on "
                + "behind");
        }

        var sources = new List<KeySource>();
        foreach (var source in it.Sources)
        {
            if (Source(it.Name, source) is not { } made) return null;
            if (it.After.Count > 0 && !made.TryBegin(it.After[sources.Count]))
            {
                return Fail($"the key that '{it.Name}' goes on behind has {it.After[sources.Count]} for source "
                    + $"'{source.Name}', of which it is no key; send what after_key said");
            }

            sources.Add(made);
        }

        return new CompositeCollector(scope, it, [.. sources], within);
    }

    private KeySource? Source(string name, CompositeSource source)
    {
        switch (source.Values)
        {
            case TermsAggregation terms when TypeOf(name, terms.Field, Values) is { } type:
                if (type == FieldType.Keyword)
                {
                    return Keywords(terms.Field, terms.Include, terms.Exclude, terms.Missing) is { } keywords
                        ? new KeywordSource(keywords, source.Descending)
                        : null;
                }

                return Field(name, terms.Field, type, terms.Missing) is { } field
                    ? new NumberSource(field, static value => value, source.Descending)
                    : null;
            case HistogramAggregation it when it.Interval > 0 && double.IsFinite(it.Interval)
                && double.IsFinite(it.Offset) && TypeOf(name, it.Field, Numbers) is { } type:
                return new NumberSource(
                    new NumberField(it.Field, type, Stored(type, it.Missing)), Floor(it, type), source.Descending);
            case DateHistogramAggregation it when TypeOf(name, it.Field, [FieldType.Date]) is not null:
                if (DateBuckets.Of(it.Rounding, out var problem) is { } buckets)
                {
                    return new NumberSource(
                        new NumberField(it.Field, FieldType.Date, it.Missing), new DateCells(buckets, scope).Floor,
                        source.Descending);
                }

                scope.Fail($"'{name}': {problem}");
                return null;
            default:
                scope.Fail($"source '{source.Name}' of '{name}' is none; terms, histogram and date_histogram are");
                return null;
        }
    }

    private static Func<long, long> Floor(HistogramAggregation it, FieldType type)
    {
        var field = new NumberField(it.Field, type, null);
        return value =>
        {
            var begin = (Math.Floor((field.Number(value) - it.Offset) / it.Interval) * it.Interval) + it.Offset;
            return NumberField.Stored(type, Math.Clamp(begin, double.MinValue, double.MaxValue));
        };
    }

    private SegmentTerms? Keywords(string field, TermChoice? include, TermChoice? exclude, string? missing)
    {
        var filter = TermFilter.Of(include, exclude, out var problem);
        if (problem is not null) scope.Fail(problem);
        return filter is null
            ? null
            : new SegmentTerms(scope, field, filter, missing is null ? null : Encoding.UTF8.GetBytes(missing));
    }

    /// <summary>The field's type; that of a field that no document of this shard has had yet is anything.</summary>
    public FieldType? TypeOf(string name, string field, FieldType[] allowed)
    {
        var number = fields.Find(field);
        if (number < 0 && fields.TakesUnknown) return allowed[0];
        if (number >= 0 && allowed.Contains(fields.Fields[number].Type)) return fields.Fields[number].Type;
        var found = number < 0 ? "there is no such field" : $"it is of type {fields.Fields[number].Type}";
        scope.Fail($"aggregation '{name}' cannot be of field '{field}': {found}; it can be of "
            + fields.Names(allowed));
        return null;
    }

    private NumberField? Field(string name, string field, FieldType type, string? missing)
    {
        if (missing is null) return new NumberField(field, type, null);
        if (FieldValue.TryRead(type, missing, out var value)) return new NumberField(field, type, value);
        scope.Fail($"'{name}': '{missing}' is no value of a field that holds {FieldValue.Kind(type)}");
        return null;
    }

    private (long Value, SortValue Told)? Bound(string name, FieldType type, string? text)
    {
        if (text is null) return (0, default);
        if (type == FieldType.Date)
        {
            var problem = new DateMath(nowMs, TimeZoneInfo.Utc).Read(text, roundUp: false, out var instant);
            if (problem is null) return (instant, SortValue.Of(instant));
            scope.Fail($"'{name}': {problem}");
            return null;
        }

        if (FieldValue.TryReadNumber(text, out var number))
        {
            var value = type == FieldType.Number
                ? FieldValue.Sortable(number)
                : NumberField.Whole(Math.Ceiling(number));
            return (value, SortValue.Of(number));
        }

        scope.Fail($"'{name}': '{text}' is no bound of a field that holds {FieldValue.Kind(type)}");
        return null;
    }

    /// <summary>The values of a list of terms; empty where there is none.</summary>
    private HashSet<long>? Listed(TermsAggregation it, FieldType type, TermChoice? choice)
    {
        var listed = new HashSet<long>();
        if (choice is null) return listed;
        if (choice.Pattern is not null)
        {
            scope.Fail($"'{it.Name}' has a pattern, which takes a keyword field; of '{it.Field}' list the values");
            return null;
        }

        foreach (var text in choice.Values)
        {
            if (FieldValue.TryRead(type, text, out var value))
            {
                listed.Add(value);
                continue;
            }

            scope.Fail($"'{it.Name}': '{text}' is no value of a field that holds {FieldValue.Kind(type)}");
            return null;
        }

        return listed;
    }

    public bool SizeFits(string name, int size)
    {
        if (size is > 0 and <= AggregationLimits.BucketsMax) return true;
        scope.Fail($"'{name}' has a size of {size}; allowed are 1 to {AggregationLimits.BucketsMax}");
        return false;
    }

    private bool CountFits(string name, long count, long least)
    {
        if (count >= least) return true;
        scope.Fail($"'{name}' has a min_doc_count of {count}; allowed are {least} and more");
        return false;
    }

    private static long? Stored(FieldType type, double? missing) =>
        missing is { } value ? NumberField.Stored(type, value) : null;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private Collector? Fail(string error)
    {
        scope.Fail(error);
        return null;
    }
}
