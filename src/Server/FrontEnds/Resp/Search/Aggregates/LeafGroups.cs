using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// A GROUPBY directly behind the query, counted where the documents are: the leaves' aggregations answer with the
/// groups, and no document comes to the router. One command.
/// </summary>
/// <remarks>
/// Only what comes out the same as of rows: properties whose value is what the index's columns hold (NUMERIC, SORTABLE,
/// tags that are neither cut nor folded), and reducers whose parts can be added. Groups are a composite, whose keys are
/// exact; a key that no document can have stands for those without a value. QUANTILE is made of the counts of a
/// composite of group and value. What turns out too large for exact counts is left to the rows.
/// </remarks>
internal sealed class LeafGroups
{
    private const string Groups = "groups", Values = "values", Distinct = "distinct", Numbers = "numbers";

    /// <summary>Different values of a group up to which COUNT_DISTINCT is surely exact: less than the threshold by what
    /// an estimate may be too low.</summary>
    private const int DistinctMax = CardinalityAggregation.ThresholdMax * 9 / 10;

    private readonly GroupPlan _plan;
    private readonly FieldSchema[] _keys;
    private readonly string[] _missing;
    private readonly FieldSchema?[] _reduced;

    private LeafGroups(GroupPlan plan, FieldSchema[] keys, FieldSchema?[] reduced)
    {
        _plan = plan;
        _keys = keys;
        _reduced = reduced;
        _missing = [.. keys.Select(MissingKey)];
    }

    /// <summary>The groups of a plan; null where rows have to be read.</summary>
    public static LeafGroups? Of(SearchIndex index, AggregatePlan plan, NearestNode? nearest)
    {
        if (plan.FirstGroup is not { } group || nearest is not null) return null;
        if (group.Properties.Count > CompositeAggregation.SourcesMax - 1) return null;
        var keys = new FieldSchema[group.Properties.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            if (Column(index, plan, group.Properties[i]) is not { } field) return null;
            keys[i] = field;
        }

        var reduced = new FieldSchema?[group.Reducers.Count];
        for (var i = 0; i < reduced.Length; i++)
        {
            var reducer = group.Reducers[i];
            if (reducer.Function == "COUNT") continue;
            reduced[i] = Column(index, plan, reducer.Property!);
            var isCounted = reducer.Function is "COUNT_DISTINCT" or "COUNT_DISTINCTISH";
            var isNumeric = (reducer.Kind is not null || reducer.Function == "QUANTILE")
                && reduced[i]?.Type == FieldType.Number;
            if (reduced[i] is null || !(isCounted || isNumeric)) return null;
        }

        return new LeafGroups(group, keys, reduced);
    }

    /// <summary>The search that counts them.</summary>
    public SearchRequest Request(SearchIndex index, QueryNode tree)
    {
        var within = new List<Aggregation>();
        var roots = new List<Aggregation>();
        for (var i = 0; i < _reduced.Length; i++)
        {
            if (_reduced[i] is not { } field) continue;
            var reducer = _plan.Reducers[i];
            if (reducer.Kind is null && reducer.Function != "QUANTILE") AddOnce(within, new CardinalityAggregation
            {
                Name = Distinct + field.Name, Field = field.Name,
                PrecisionThreshold = CardinalityAggregation.ThresholdMax,
            });
            else AddOnce(within, Metric(field));
            if (reducer.Function == "QUANTILE") AddOnce(roots, Composite(Values + field.Name, field, []));
        }

        roots.AddRange(_keys.Length == 0 ? within : [Composite(Groups, null, within)]);
        return new SearchRequest
        {
            Collection = index.Schema.Name, Query = tree, Size = 0, AllowPartial = false, Aggregations = roots,
        };
    }

    /// <summary>The rows of the groups; null where they are not exact.</summary>
    public IReadOnlyList<Row>? Rows(SearchReply reply)
    {
        var groups = new List<(Cell[] Key, long Count, IReadOnlyList<AggregationResult> Within)>();
        if (_keys.Length == 0)
        {
            if (reply.Total > 0) groups.Add(([], reply.Total, reply.Aggregations));
        }
        else
        {
            if (Find<BucketsResult>(reply.Aggregations, Groups) is not { } buckets || IsCutOff(buckets)) return null;
            foreach (var bucket in buckets.Buckets) groups.Add((KeyOf(bucket), bucket.Count, bucket.Within));
        }

        groups.Sort(static (a, b) => GroupPlan.Compare(a.Key, b.Key));
        var values = new Dictionary<string, Dictionary<string, List<(double Value, long Count)>>>();
        foreach (var result in reply.Aggregations)
        {
            if (result is not BucketsResult { Name: not Groups } counted) continue;
            if (IsCutOff(counted)) return null;
            values[counted.Name] = Distributions(counted);
        }

        var rows = new List<Row>(groups.Count);
        foreach (var (key, count, within) in groups)
        {
            var results = new Cell[_reduced.Length];
            for (var i = 0; i < results.Length; i++)
            {
                if (Result(i, key, count, within, values) is not { } cell) return null;
                results[i] = cell;
            }

            rows.Add(_plan.RowOf(key, results));
        }

        return rows;
    }

    private static FieldSchema? Column(SearchIndex index, AggregatePlan plan, string name)
    {
        // A field of several members has values that no one member has.
        if (plan.IsRenamed(name) || index.Find(name) is not { Sources.Count: <= 1 } field) return null;
        if (field.Type == FieldType.Number) return field;
        if (index.SortedOf(field) is { } sorted)
            // As LOAD shows it, it has its capitals.
            return sorted.FoldCase && plan.Loaded.Contains(name) ? null : sorted;
        return field is { Type: FieldType.Keyword, Separator: "", FoldCase: false } ? field : null;
    }

    private static void AddOnce(List<Aggregation> aggregations, Aggregation one)
    {
        if (!aggregations.Exists(known => known.Name == one.Name)) aggregations.Add(one);
    }

    private MetricAggregation Metric(FieldSchema field)
    {
        var isSpread = Enumerable.Range(0, _reduced.Length)
            .Any(i => _reduced[i] == field && _plan.Reducers[i].Kind == NumberKind.Deviation);
        return new MetricAggregation
        {
            Name = Numbers + field.Name, Field = field.Name,
            Kind = isSpread ? MetricKind.ExtendedStats : MetricKind.Stats,
        };
    }

    private CompositeAggregation Composite(string name, FieldSchema? value, IReadOnlyList<Aggregation> within)
    {
        var sources = new List<CompositeSource>();
        for (var i = 0; i < _keys.Length; i++)
        {
            var terms = new TermsAggregation { Name = "key", Field = _keys[i].Name, Missing = _missing[i] };
            sources.Add(new CompositeSource($"k{i}", terms, false));
        }

        if (value is not null)
            sources.Add(new CompositeSource("v", new TermsAggregation { Name = "v", Field = value.Name }, false));
        return new CompositeAggregation
        {
            Name = name, Sources = sources, Size = AggregationLimits.BucketsMax, Within = within,
        };
    }

    // Of so many random bits that no document has it but by being told.
    private static string MissingKey(FieldSchema field) => field.Type == FieldType.Number
        ? ((1 + Random.Shared.NextDouble()) * 1e307).ToString("R", CultureInfo.InvariantCulture)
        : "\0" + Guid.NewGuid().ToString("N");

    private static bool IsCutOff(BucketsResult buckets) => buckets.Buckets.Count >= AggregationLimits.BucketsMax;

    private Cell[] KeyOf(AggregationBucket bucket)
    {
        var key = new Cell[_keys.Length];
        for (var i = 0; i < key.Length; i++)
        {
            var value = bucket.Keys[i];
            var text = value.Text ?? value.Number?.ToString("R", CultureInfo.InvariantCulture);
            if (text == _missing[i]) key[i] = Cell.None;
            else key[i] = value.Text is { } own ? Cell.Of(own) : Cell.Of(value.Number ?? 0);
        }

        return key;
    }

    private Dictionary<string, List<(double Value, long Count)>> Distributions(BucketsResult counted)
    {
        var all = new Dictionary<string, List<(double Value, long Count)>>();
        foreach (var bucket in counted.Buckets)
        {
            var name = NameOf(KeyOf(bucket));
            if (!all.TryGetValue(name, out var one)) all[name] = one = [];
            one.Add((bucket.Keys[^1].Number ?? 0, bucket.Count));
        }

        return all;
    }

    private static string NameOf(Cell[] key) => string.Concat(key.Select(cell =>
        cell.IsNone ? "-" : string.Create(CultureInfo.InvariantCulture, $"{cell.AsText().Length}:{cell.AsText()}")));

    private Cell? Result(
        int at, Cell[] key, long count, IReadOnlyList<AggregationResult> within,
        Dictionary<string, Dictionary<string, List<(double Value, long Count)>>> values)
    {
        if (_reduced[at] is not { } field) return Cell.Of(count);
        var reducer = _plan.Reducers[at];
        if (reducer.Kind is null && reducer.Function != "QUANTILE")
        {
            var distinct = Find<NumberResult>(within, Distinct + field.Name)?.Value ?? 0;
            return distinct <= DistinctMax ? Cell.Of(distinct) : null;
        }

        if (Find<StatsResult>(within, Numbers + field.Name) is not { } stats) return null;
        if (reducer.Kind is { } kind) return Cell.Of(Summary(stats).Of(kind));
        if (stats.Count == 0) return Cell.None;
        var rows = values[Values + field.Name].GetValueOrDefault(NameOf(key)) ?? [];
        // A document with the same value twice is counted once: then only rows tell the rank.
        return rows.Sum(row => row.Count) == stats.Count ? Quantile(rows, reducer.Share, stats.Count) : null;
    }

    private static Cell Quantile(List<(double Value, long Count)> rows, double share, long count)
    {
        var rank = QuantileReducer.RankOf(share, count);
        foreach (var (value, some) in rows.OrderBy(row => row.Value))
        {
            if (rank < some) return Cell.Of(value);
            rank -= some;
        }

        return Cell.None;
    }

    private static NumberSummary Summary(StatsResult stats) => new(
        stats.Count, stats.Sum, stats.Min ?? double.PositiveInfinity, stats.Max ?? double.NegativeInfinity,
        stats.Spread?.SampleVariance);

    private static T? Find<T>(IReadOnlyList<AggregationResult> results, string name)
        where T : AggregationResult => results.OfType<T>().FirstOrDefault(result => result.Name == name);
}
