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
                return Range(field, value, value, true, true, score);
        }
    }

    public Weight PlanRange(RangeQuery range, double score)
    {
        if (scope.Field(range.Field, PlanScope.ValueTypes) is not { } field)
            return new NothingWeight();
        return scope.TextFits(range.From ?? "") && scope.TextFits(range.To ?? "")
            ? Range(field, range.From, range.To, range.IncludeFrom, range.IncludeTo, score)
            : new NothingWeight();
    }

    public Weight PlanExists(ExistsQuery exists, double score) =>
        scope.Field(exists.Field, PlanScope.AllTypes) is { } field
            ? new ExistsWeight(field.Name, field.Type, score)
            : new NothingWeight();

    public Weight PlanPaths(PathsQuery query, double score) => query.Paths.Count <= PathsQuery.PathsMax
        ? new PathsWeight([.. query.Paths.Select(Utf8)], score)
        : scope.Failed($"{query.Paths.Count} paths are asked for; at most {PathsQuery.PathsMax} are allowed");

    private Weight Range(FieldSchema field, string? from, string? to, bool includeFrom, bool includeTo, double score)
    {
        var problem = (from is null ? null : FieldValue.Problem(field, from))
            ?? (to is null ? null : FieldValue.Problem(field, to));
        if (problem is not null) return scope.Failed(problem);
        if (field.Type == FieldType.Keyword)
        {
            var high = to is null ? null : Utf8(KeywordText.Normalize(field, to));
            var low = Utf8(KeywordText.Normalize(field, from ?? ""));
            var terms = new TermRange(low, from is null || includeFrom, high, includeTo, []);
            return new TermRangeWeight(field.Name, field.Type, terms, score);
        }

        return new ValueRangeWeight(field.Name, field.Type, Values(field, from, to, includeFrom, includeTo), score);
    }

    private static ValueRange Values(FieldSchema field, string? from, string? to, bool includeFrom, bool includeTo)
    {
        long low = long.MinValue, high = long.MaxValue;
        if (from is not null && FieldValue.TryRead(field.Type, from, out low) && !includeFrom)
        {
            if (low == long.MaxValue) return ValueRange.Nothing;
            low++;
        }

        if (to is not null && FieldValue.TryRead(field.Type, to, out high) && !includeTo)
        {
            if (high == long.MinValue) return ValueRange.Nothing;
            high--;
        }

        return new ValueRange(low, high);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
