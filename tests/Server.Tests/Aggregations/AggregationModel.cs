using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>
/// What aggregations should give, by going through all documents for each bucket. Percentiles are exact here.
/// </summary>
internal static class AggregationModel
{
    public static AggregationResult[] Of(
        IReadOnlyList<Aggregation> aggregations, IReadOnlyList<AggregatedDocument> documents,
        IReadOnlyList<AggregatedDocument> all) =>
        [.. aggregations.Select(aggregation => Of(aggregation, documents, all))];

    /// <summary>Order of keys: text by its bytes.</summary>
    public static int Compare(SortValue a, SortValue b) => a.Text is not null
        ? Encoding.UTF8.GetBytes(a.Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b.Text!))
        : (a.Number ?? a.Whole ?? 0).CompareTo(b.Number ?? b.Whole ?? 0);

    private static AggregationResult Of(
        Aggregation aggregation, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all)
    {
        switch (aggregation)
        {
            case TermsAggregation terms:
                return Terms(terms, documents, all);
            case RangeAggregation range:
                return Range(range, documents, all);
            case HistogramAggregation histogram:
                return Histogram(histogram, documents, all);
            case DateHistogramAggregation dates:
                return Dates(dates, documents, all);
            case FiltersAggregation filters:
                return Filters(filters, documents, all);
            case FilterAggregation filter:
                return Alone(aggregation, [.. documents.Where(document => Matches(filter.Query, document))], all);
            case GlobalAggregation:
                return Alone(aggregation, all, all);
            case MissingAggregation missing:
                return Alone(
                    aggregation, [.. documents.Where(document => document.Keys(missing.Field).Length == 0)], all);
            case CompositeAggregation composite:
                return Composite(composite, documents, all);
            case MetricAggregation metric:
                return Metric(metric, documents);
            case CardinalityAggregation distinct:
                return new NumberResult(
                    aggregation.Name, documents.SelectMany(d => d.Keys(distinct.Field)).Distinct().Count());
            case PercentilesAggregation percentiles:
                return Percentiles(percentiles, documents);
            case GeoDistanceAggregation distance:
                return PlaceModel.Rings(distance, documents, (key, own) => Bucket(aggregation, key, own, all));
            case GeoGridAggregation grid:
                return PlaceModel.Grid(grid, documents, (key, own) => Bucket(aggregation, key, own, all));
            case GeoBoundsAggregation bounds:
                return PlaceModel.Bounds(bounds, documents);
            case GeoCentroidAggregation centroid:
                return PlaceModel.Centroid(centroid, documents);
            case WeightedAverageAggregation weighted:
                return Weighted(weighted, documents);
            case MedianDeviationAggregation deviation:
                return Deviation(deviation, documents);
            case SignificantTermsAggregation significant:
                return Significant(significant, documents, all);
            default:
                var hits = (TopHitsAggregation)aggregation;
                var sorted = documents.OrderByDescending(document => document.Price is not null)
                    .ThenByDescending(document => document.Price)
                    .ThenBy(document => SortValue.Of(document.Path), Comparer<SortValue>.Create(Compare))
                    .Take(hits.Size);
                return new HitsResult(aggregation.Name, documents.Count, [.. sorted.Select(Hit)]);
        }
    }

    public static bool Matches(QueryNode query, AggregatedDocument document) => query switch
    {
        TermQuery { Field: "tags" } term => document.Tags.Contains(term.Value),
        TermQuery term => document.Shop == term.Value,
        RangeQuery range => document.Price is { } price
            && price >= double.Parse(range.From!, CultureInfo.InvariantCulture),
        _ => true,
    };

    private static SearchHit Hit(AggregatedDocument document) => new()
    {
        Path = document.Path,
        Score = 0,
        Version = 0,
        SortValues = [document.Price is { } price ? SortValue.Of(price) : default],
    };

    private static AggregationBucket Bucket(
        Aggregation aggregation, SortValue key, List<AggregatedDocument> documents,
        IReadOnlyList<AggregatedDocument> all) => new(key, documents.Count, Of(aggregation.Within, documents, all));

    private static BucketResult Alone(
        Aggregation aggregation, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all) =>
        new(aggregation.Name, documents.Count, Of(aggregation.Within, documents, all));

    private static BucketsResult Terms(
        TermsAggregation terms, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all)
    {
        var buckets = documents.SelectMany(document => document.Keys(terms.Field)).Distinct()
            .Where(key => terms.Include is null || terms.Include.Values.Contains(key.Text))
            .Where(key => terms.Exclude is null || !terms.Exclude.Values.Contains(key.Text))
            .Select(key => Bucket(
                terms, key, [.. documents.Where(document => document.Keys(terms.Field).Contains(key))], all))
            .Where(bucket => bucket.Count >= terms.MinimumCount)
            .ToList();
        buckets.Sort((a, b) =>
        {
            foreach (var key in terms.Order.Count == 0 ? [new BucketOrder(BucketOrder.Count, true)] : terms.Order)
            {
                var sign = key.Descending ? -1 : 1;
                var order = key.Path switch
                {
                    BucketOrder.Count => sign * a.Count.CompareTo(b.Count),
                    BucketOrder.Key => sign * Compare(a.Key, b.Key),
                    _ => Numbers(sign, Sum(a, key.Path), Sum(b, key.Path)),
                };
                if (order != 0) return order;
            }

            return Compare(a.Key, b.Key);
        });
        return new BucketsResult(terms.Name, [.. buckets.Take(terms.Size)])
        {
            ErrorBound = 0, OtherCount = buckets.Skip(terms.Size).Sum(bucket => bucket.Count),
        };
    }

    private static double? Sum(AggregationBucket bucket, string path) => ((NumberResult)bucket.Find(path)!).Value;

    private static int Numbers(int sign, double? a, double? b) =>
        a is null || b is null ? (a is null).CompareTo(b is null) : sign * a.Value.CompareTo(b.Value);

    private static BucketsResult Range(
        RangeAggregation range, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all) =>
        new(range.Name, [.. range.Ranges.Select(row =>
        {
            var from = double.Parse(row.From ?? "-Infinity", CultureInfo.InvariantCulture);
            var to = double.Parse(row.To ?? "Infinity", CultureInfo.InvariantCulture);
            var name = row.Key ?? $"{row.From ?? "*"}-{row.To ?? "*"}";
            return Bucket(
                range, SortValue.Of(name),
                [.. documents.Where(d => d.Numbers(range.Field).Any(n => n >= from && n < to))], all);
        })]);

    private static BucketsResult Histogram(
        HistogramAggregation it, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all)
    {
        var rows = documents
            .SelectMany(d => d.Numbers(it.Field).Select(n => Math.Floor((n - it.Offset) / it.Interval)).Distinct()
                .Select(n => (Number: n, Document: d)))
            .GroupBy(row => row.Number)
            .ToDictionary(group => group.Key, group => group.Select(row => row.Document).ToList());
        if (it.MinimumCount == 0)
        {
            var keys = rows.Keys.ToList();
            if (it.Bounds is { } bounds)
            {
                keys.Add(Math.Floor((bounds.Min - it.Offset) / it.Interval));
                keys.Add(Math.Floor((bounds.Max - it.Offset) / it.Interval));
            }

            for (var n = keys.DefaultIfEmpty(1).Min(); n <= keys.DefaultIfEmpty(0).Max(); n++) rows.TryAdd(n, []);
        }

        return new BucketsResult(it.Name, [.. rows.Where(row => row.Value.Count >= it.MinimumCount)
            .OrderBy(row => row.Key)
            .Select(row => Bucket(it, SortValue.Of((row.Key * it.Interval) + it.Offset), row.Value, all))]);
    }

    private static BucketsResult Dates(
        DateHistogramAggregation it, IReadOnlyList<AggregatedDocument> documents,
        IReadOnlyList<AggregatedDocument> all)
    {
        var months = documents.Where(document => document.Day is not null)
            .GroupBy(document => Month(DateTimeOffset.FromUnixTimeMilliseconds(document.Day!.Value)))
            .ToDictionary(group => group.Key, group => group.ToList());
        if (it.MinimumCount == 0 && months.Count > 0)
            for (var m = months.Keys.Min(); m < months.Keys.Max(); m = m.AddMonths(1)) months.TryAdd(m, []);
        return new BucketsResult(it.Name, [.. months.Where(month => month.Value.Count >= it.MinimumCount)
            .OrderBy(month => month.Key)
            .Select(month => Bucket(it, SortValue.Of(month.Key.ToUnixTimeMilliseconds()), month.Value, all))]);

        static DateTimeOffset Month(DateTimeOffset date) => new(date.Year, date.Month, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private static BucketsResult Filters(
        FiltersAggregation it, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all)
    {
        var buckets = it.Filters.Select(filter => Bucket(
            it, SortValue.Of(filter.Key!), [.. documents.Where(document => Matches(filter.Query, document))], all));
        var others = documents.Where(document => !it.Filters.Any(filter => Matches(filter.Query, document)));
        return new BucketsResult(
            it.Name, [.. buckets, Bucket(it, SortValue.Of(it.OtherKey!), [.. others], all)]);
    }

    private static BucketsResult Composite(
        CompositeAggregation it, IReadOnlyList<AggregatedDocument> documents, IReadOnlyList<AggregatedDocument> all)
    {
        string[] fields = [.. it.Sources.Select(source => ((TermsAggregation)source.Values).Field)];
        var rows = documents
            .SelectMany(d => d.Keys(fields[0]), (d, a) => (Document: d, A: a))
            .SelectMany(row => row.Document.Keys(fields[1]), (row, b) => (row.A, B: b, row.Document))
            .GroupBy(row => (row.A, row.B))
            .Select(group => Bucket(it, default, [.. group.Select(row => row.Document)], all) with
            {
                Keys = [group.Key.A, group.Key.B],
            })
            .ToList();
        rows.Sort((x, y) => Order(x.Keys, y.Keys));
        var page = rows.Where(row => it.After.Count == 0 || Order(row.Keys, it.After) > 0).Take(it.Size).ToArray();
        return new BucketsResult(it.Name, page);

        int Order(IReadOnlyList<SortValue> x, IReadOnlyList<SortValue> y)
        {
            for (var i = 0; i < 2; i++)
            {
                var order = Compare(x[i], y[i]);
                if (order != 0) return it.Sources[i].Descending ? -order : order;
            }

            return 0;
        }
    }

    private static AggregationResult Metric(MetricAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        var values = documents.SelectMany(document => document.Numbers(it.Field)).ToArray();
        var sum = ExactModel.Sum(values);
        double? min = values.Length == 0 ? null : values.Min(), max = values.Length == 0 ? null : values.Max();
        double? average = values.Length == 0 ? null : sum / values.Length;
        var stats = new StatsResult(it.Name, values.Length, min, max, average, sum);
        return it.Kind switch
        {
            MetricKind.Min => new NumberResult(it.Name, min),
            MetricKind.Max => new NumberResult(it.Name, max),
            MetricKind.Sum => new NumberResult(it.Name, sum),
            MetricKind.Average => new NumberResult(it.Name, average),
            MetricKind.ValueCount => new NumberResult(it.Name, values.Length),
            MetricKind.Stats => stats,
            _ when values.Length == 0 => stats with { Spread = new SpreadResult(null, null, null, it.Sigma) },
            _ => stats with { Spread = Spread(values, it.Sigma) },
        };
    }

    private static NumberResult Weighted(
        WeightedAverageAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        var rows = documents.Select(d => (
                Values: d.Numbers(it.Field) is { Length: 0 } && it.Missing is { } value ? [value] : d.Numbers(it.Field),
                Weights: d.Numbers(it.Weight) is { Length: 0 } && it.MissingWeight is { } weight
                    ? [weight]
                    : d.Numbers(it.Weight)))
            .SelectMany(row => row.Weights, (row, weight) => (row.Values, Weight: weight))
            .SelectMany(row => row.Values, (row, value) => (Value: value, row.Weight))
            .ToArray();
        // A product of two numbers is exactly the sum of two.
        var products = rows.SelectMany(row => new[]
        {
            row.Value * row.Weight, Math.FusedMultiplyAdd(row.Value, row.Weight, -(row.Value * row.Weight)),
        });
        var average = ExactModel.Sum(products) / ExactModel.Sum(rows.Select(row => row.Weight));
        return new NumberResult(it.Name, double.IsFinite(average) ? average : null);
    }

    /// <summary>Exact; what is told may be off by the error of two values.</summary>
    private static NumberResult Deviation(MedianDeviationAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        var values = documents.SelectMany(document => document.Numbers(it.Field)).Order().ToArray();
        if (values.Length == 0) return new NumberResult(it.Name, null);
        var median = values[(values.Length - 1) / 2];
        var distances = values.Select(value => Math.Abs(value - median)).Order().ToArray();
        return new NumberResult(it.Name, distances[(distances.Length - 1) / 2])
        {
            Text = $"{(Math.Abs(median) + values.Max(Math.Abs)) * it.RelativeError}",
        };
    }

    private static SpreadResult Spread(double[] values, double sigma)
    {
        var variance = ExactModel.Variance(values);
        double? sample = values.Length > 1 ? variance * values.Length / (values.Length - 1) : null;
        return new SpreadResult(ExactModel.SumOfSquares(values), variance, sample, sigma);
    }

    private static PercentilesResult Percentiles(
        PercentilesAggregation it, IReadOnlyList<AggregatedDocument> documents)
    {
        var values = documents.SelectMany(document => document.Numbers(it.Field)).Order().ToArray();
        return new PercentilesResult(it.Name, [.. it.Percents.Select(percent => new PercentileRow(
            percent, values.Length == 0 ? null : values[(int)Math.Floor(percent / 100 * (values.Length - 1))]))]);
    }

    private static BucketsResult Significant(
        SignificantTermsAggregation it, IReadOnlyList<AggregatedDocument> documents,
        IReadOnlyList<AggregatedDocument> all)
    {
        var buckets = documents.SelectMany(document => document.Keys(it.Field)).Distinct().Select(key =>
            {
                List<AggregatedDocument> own = [.. documents.Where(document => document.Keys(it.Field).Contains(key))];
                var known = all.Count(document => document.Keys(it.Field).Contains(key));
                var (share, usual) = ((double)own.Count / documents.Count, (double)known / all.Count);
                return Bucket(it, key, own, all) with
                {
                    BackgroundCount = known, Score = (share - usual) * (share / usual),
                };
            })
            .Where(bucket => bucket.Count >= it.MinimumCount && bucket.Score > 0)
            .OrderByDescending(bucket => bucket.Score)
            .ThenBy(bucket => bucket.Key, Comparer<SortValue>.Create(Compare)).ToList();
        return new BucketsResult(it.Name, [.. buckets.Take(it.Size)]);
    }
}
