using Hedgerow.Leaf.Metrics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>What the aggregations of a collection's searches did, for metrics. Thread-safe.</summary>
internal sealed class AggregationCounts
{
    private const string Suffix = nameof(Aggregation);

    private static readonly string[] Metrics =
        [.. Enum.GetValues<MetricKind>().Select(LeafMetrics.Label)];

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> _byKind = new();
    private long _searches;
    private long _refused;
    private long _buckets;
    private long _bytes;
    private long _micros;

    /// <summary>Searches that had some.</summary>
    public long Searches => Interlocked.Read(ref _searches);

    /// <summary>Of these, those whose aggregations do not fit the schema, or passed a limit.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Buckets sent.</summary>
    public long Buckets => Interlocked.Read(ref _buckets);

    /// <summary>Bytes that they held, of all searches together.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Microseconds that documents were collected for, and parts made.</summary>
    public long Micros => Interlocked.Read(ref _micros);

    /// <summary>How many were asked for, by kind.</summary>
    public IEnumerable<KeyValuePair<string, long>> ByKind => _byKind;

    /// <summary>Counts those of a search, the ones within others too.</summary>
    public void Asked(IReadOnlyList<Aggregation> aggregations)
    {
        Interlocked.Increment(ref _searches);
        Count(aggregations);
    }

    /// <summary>Counts a search whose aggregations are refused.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);

    /// <summary>Counts what those of a search used.</summary>
    public void Used(AggregationScope scope, TimeSpan took)
    {
        if (scope.Error is not null) Refuse();
        else Interlocked.Add(ref _buckets, scope.Buckets);
        Interlocked.Add(ref _bytes, scope.Bytes);
        Interlocked.Add(ref _micros, (long)took.TotalMicroseconds);
    }

    private void Count(IReadOnlyList<Aggregation> aggregations)
    {
        foreach (var aggregation in aggregations)
        {
            // What is made of others is the router's.
            if (!aggregation.IsPipeline)
                _byKind.AddOrUpdate(KindOf(aggregation), 1, static (_, count) => count + 1);
            Count(aggregation.Within);
        }
    }

    private static string KindOf(Aggregation aggregation)
    {
        if (aggregation is MetricAggregation metric && Enum.IsDefined(metric.Kind))
            return Metrics[(int)metric.Kind - (int)MetricKind.Min];
        return Kinds.GetOrAdd(aggregation.GetType(), static type => LeafMetrics.Label(type.Name[..^Suffix.Length]));
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, string> Kinds = new();
}
