using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans exact values, ranges of them, and what is told by there being one. One search.</summary>
internal sealed class ValuePlans(PlanScope scope)
{
    /// <summary>An exact value: a term as it is indexed, a keyword, a number, a date.</summary>
    public Weight Value(FieldSchema field, string value, float boost, bool isScoring)
    {
        var score = isScoring ? boost : 0.0;
        switch (field.Type)
        {
            case FieldType.Text when isScoring:
                return scope.Keep(new TermWeight(field.Name, value, boost));
            case FieldType.Text:
                return new ConstantTermWeight(field.Name, field.Type, Encoding.UTF8.GetBytes(value), score);
            case FieldType.Keyword:
                var term = Utf8(KeywordText.Normalize(field, value));
                return new ConstantTermWeight(field.Name, field.Type, term, score);
            default:
                return Range(field, new RangeQuery(field.Name, value, value, true, true), score);
        }
    }

    public Weight PlanRange(RangeQuery range, double score)
    {
        if (scope.Field(range.Field, PlanScope.ValueTypes) is not { } field)
            return new NothingWeight();
        return scope.TextFits(range.From ?? "") && scope.TextFits(range.To ?? "")
            ? Range(field, range, score)
            : new NothingWeight();
    }

    public Weight PlanExists(ExistsQuery exists, double score) =>
        scope.Field(exists.Field, PlanScope.AllTypes) is { } field
            ? new ExistsWeight(field.Name, field.Type, score)
            : new NothingWeight();

    public Weight PlanPaths(IReadOnlyList<string> paths, double score) => paths.Count <= PathsQuery.PathsMax
        ? new PathsWeight([.. paths.Select(Utf8)], score)
        : scope.Failed($"{paths.Count} paths are asked for; at most {PathsQuery.PathsMax} are allowed");

    public Weight PlanTerms(TermsQuery query, double score)
    {
        if (scope.Field(query.Field, PlanScope.ExactTypes) is not { } field) return new NothingWeight();
        if (query.Values.Count > TermsQuery.ValuesMax)
        {
            return scope.Failed(
                $"{query.Values.Count} values are asked for; at most {TermsQuery.ValuesMax} are allowed");
        }

        foreach (var value in query.Values)
            if (!scope.TextFits(value)) return new NothingWeight();
        if (field.Type is FieldType.Text or FieldType.Keyword)
        {
            byte[][] terms = field.Type == FieldType.Text
                ? [.. query.Values.Select(Utf8)]
                : [.. query.Values.Select(value => Utf8(KeywordText.Normalize(field, value)))];
            return new TermsWeight(field.Name, field.Type, terms, score);
        }

        var ranges = new List<ValueRange>(query.Values.Count);
        foreach (var value in query.Values)
        {
            var one = new RangeQuery(field.Name, value, value, true, true);
            if (Values(field, one) is not { } range) return new NothingWeight();
            ranges.Add(range);
        }

        return new ValueSetWeight(field.Name, field.Type, ValueSet.Of(ranges), score);
    }

    private Weight Range(FieldSchema field, RangeQuery range, double score)
    {
        if (range.TimeZone is not null && field.Type != FieldType.Date)
            return scope.Failed($"a time zone is for dates; field '{field.Name}' holds {FieldValue.Kind(field.Type)}");
        if (field.Type == FieldType.Keyword)
        {
            var high = range.To is null ? null : Utf8(KeywordText.Normalize(field, range.To));
            var low = Utf8(KeywordText.Normalize(field, range.From ?? ""));
            var terms = new TermRange(low, range.From is null || range.IncludeFrom, high, range.IncludeTo, []);
            return new TermRangeWeight(field.Name, field.Type, terms, score);
        }

        return Values(field, range) is { } values
            ? new ValueRangeWeight(field.Name, field.Type, values, score)
            : new NothingWeight();
    }

    /// <summary>The values of a range of numbers, dates or booleans; null when a bound is wrong.</summary>
    private ValueRange? Values(FieldSchema field, RangeQuery range)
    {
        long low = long.MinValue, high = long.MaxValue;
        if (!ZonedTime.TryZone(range.TimeZone, out var zone))
        {
            scope.Failed($"'{range.TimeZone}' is no time zone; expected one such as +02:00 or Europe/Paris");
            return null;
        }

        // Up to all of what a date leaves open, or behind all of it.
        if (range.From is not null && !TryRead(field, range.From, zone, !range.IncludeFrom, out low)) return null;
        if (range.To is not null && !TryRead(field, range.To, zone, range.IncludeTo, out high)) return null;
        if (range.From is not null && !range.IncludeFrom)
        {
            if (low == long.MaxValue) return ValueRange.Nothing;
            low++;
        }

        if (range.To is not null && !range.IncludeTo)
        {
            if (high == long.MinValue) return ValueRange.Nothing;
            high--;
        }

        return new ValueRange(low, high);
    }

    private bool TryRead(FieldSchema field, string text, TimeZoneInfo zone, bool roundUp, out long value)
    {
        var problem = field.Type == FieldType.Date
            ? new DateMath(scope.NowMs, zone).Read(text, roundUp, out value)
            : FieldValue.TryRead(field.Type, text, out value) ? null : FieldValue.Problem(field, text);
        if (problem is null) return true;
        scope.Failed(field.Type == FieldType.Date ? $"field '{field.Name}' holds dates; {problem}" : problem);
        return false;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
