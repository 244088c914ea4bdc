using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Shards;

namespace Hedgerow.Leaf.Metrics;

/// <summary>
/// What can be read of a leaf as a number, by its Prometheus name: for the meter and for Stats alike.
/// </summary>
internal static class LeafCounters
{
    /// <summary>Name, whether it only grows, and how it is read.</summary>
    public static readonly IReadOnlyList<(string Name, bool IsCounter, Func<LeafCore, long> Read)> All =
    [
        ("hedgerow_leaf_cache_hits_total", true, core => Sum(core, s => s.Cache.Stats().Hits)),
        ("hedgerow_leaf_cache_misses_total", true, core => Sum(core, s => s.Cache.Stats().Misses)),
        ("hedgerow_leaf_cache_evictions_total", true, core => Sum(core, s => s.Cache.Stats().Evictions)),
        ("hedgerow_leaf_cache_expirations_total", true, core => Sum(core, s => s.Cache.Stats().Expirations)),
        ("hedgerow_leaf_cache_entries", false, core => Sum(core, s => s.Cache.Stats().Entries)),
        ("hedgerow_leaf_cache_memory_bytes", false, core => Sum(core, s => s.Cache.Stats().AllocatedBytes)),
        ("hedgerow_leaf_cache_memory_limit_bytes", false, core => Sum(core, s => s.Cache.Stats().MemoryBytes)),
        ("hedgerow_leaf_documents", false, core => Sum(core, s => s.Documents)),
        ("hedgerow_leaf_index_bytes", false, core => SumIndexes(core, index => index.Bytes)),
        ("hedgerow_leaf_index_segments", false, core => SumIndexes(core, index => index.SegmentCount)),
        ("hedgerow_leaf_index_merges_total", true, core => SumIndexes(core, index => index.Merging.Merges)),
        ("hedgerow_leaf_index_merged_bytes_total", true, core => SumIndexes(core, index => index.Merging.Bytes)),
        ("hedgerow_leaf_index_merge_pause_milliseconds_total", true,
            core => SumIndexes(core, index => index.Merging.PausedMilliseconds)),
        ("hedgerow_leaf_vector_scans_total", true, core => SumIndexes(core, index => index.VectorSearches.Scans)),
        ("hedgerow_leaf_vector_walks_total", true, core => SumIndexes(core, index => index.VectorSearches.Walks)),
        ("hedgerow_leaf_vector_fallbacks_total", true,
            core => SumIndexes(core, index => index.VectorSearches.Fallbacks)),
        ("hedgerow_leaf_aggregation_searches_total", true,
            core => SumIndexes(core, index => index.Aggregations.Searches)),
        ("hedgerow_leaf_aggregation_refused_total", true,
            core => SumIndexes(core, index => index.Aggregations.Refused)),
        ("hedgerow_leaf_aggregation_buckets_total", true,
            core => SumIndexes(core, index => index.Aggregations.Buckets)),
        ("hedgerow_leaf_aggregation_memory_bytes_total", true,
            core => SumIndexes(core, index => index.Aggregations.Bytes)),
        ("hedgerow_leaf_aggregation_microseconds_total", true,
            core => SumIndexes(core, index => index.Aggregations.Micros)),
        ("hedgerow_leaf_snapshots_held", false, core => core.Held.Count),
        ("hedgerow_leaf_snapshots_held_memory_bytes", false, core => core.Held.MemoryBytes),
        ("hedgerow_leaf_snapshots_opened_total", true, core => core.Held.Opened),
        ("hedgerow_leaf_snapshots_expired_total", true, core => core.Held.Expired),
        ("hedgerow_leaf_snapshots_refused_total", true, core => core.Held.Refused),
        ("hedgerow_leaf_snapshots_given_up_total", true, core => core.Held.GivenUp),
        ("hedgerow_leaf_damaged_collections", false,
            core => Sum(core, s => s.Collections.Count(c => (c.IsDamaged || c.IsRefilling) && !c.IsDropped))),
        ("hedgerow_leaf_repairing_collections", false,
            core => Sum(core, s => s.Collections.Count(c => c is { IsUsable: true, IsRefilling: true }))),
        ("hedgerow_leaf_repairs_total", true, core => core.Repairs),
        ("hedgerow_leaf_reindexing", false,
            core => Sum(core, s => s.Collections.Count(c => c is { IsUsable: true, Reindexing: not null }))),
        ("hedgerow_leaf_wal_fsyncs_total", true, core => Sum(core, s => s.Log?.Syncs ?? 0)),
        ("hedgerow_leaf_wal_bytes_total", true, core => Sum(core, s => s.Log?.End ?? 0)),
        ("hedgerow_leaf_read_only_shards", false, core => Sum(core, s => s.Log?.Failure is null ? 0 : 1)),
        ("hedgerow_leaf_waiting_requests", false, core => core.Replier.Waiting),
        ("hedgerow_leaf_searches_shed_full_total", true, core => core.Pool.Shed.FullTotal),
        ("hedgerow_leaf_searches_shed_late_total", true, core => core.Pool.Shed.LateTotal),
        ("hedgerow_leaf_searches_shed_delay_total", true, core => core.Pool.Shed.WaitedTotal),
        ("hedgerow_leaf_writes_shed_full_total", true, core => Sum(core, s => s.Lane.Shed?.FullTotal ?? 0)),
        ("hedgerow_leaf_writes_shed_late_total", true, core => Sum(core, s => s.Lane.Shed?.LateTotal ?? 0)),
        ("hedgerow_leaf_writes_shed_delay_total", true, core => Sum(core, s => s.Lane.Shed?.WaitedTotal ?? 0)),
        ("hedgerow_leaf_lanes_waiting", false, core => core.Threads.Lanes.Waiting),
        ("hedgerow_leaf_yielding_threads", false, core => core.Threads.Yielding),
        ("hedgerow_leaf_unyielding_threads", false, core => core.Threads.Unyielding),
        ("hedgerow_leaf_background_rests_total", true, core => core.Threads.Throttle.Rests),
        ("hedgerow_leaf_background_rest_milliseconds_total", true,
            core => (long)core.Threads.Throttle.Rested.TotalMilliseconds),
        ("hedgerow_leaf_standing_queues", false,
            core => (core.Pool.Stands ? 1 : 0) + Sum(core, s => s.Lane.Stands ? 1 : 0)),
    ];

    /// <summary>How many aggregations of each kind searches had.</summary>
    public static IReadOnlyDictionary<string, long> Aggregations(LeafCore core)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var shard in core.Shards.Shards)
        {
            foreach (var collection in shard.Collections)
            {
                if (!collection.IsUsable) continue;
                foreach (var (kind, count) in collection.Index.Aggregations.ByKind)
                    counts[kind] = counts.GetValueOrDefault(kind) + count;
            }
        }

        return counts;
    }

    private static long SumIndexes(LeafCore core, Func<CollectionIndex, long> read) =>
        Sum(core, shard => shard.Collections.Where(c => c.IsUsable).Sum(c => read(c.Index)));

    private static long Sum(LeafCore core, Func<ShardEngine, long> read)
    {
        long sum = 0;
        foreach (var shard in core.Shards.Shards) sum += read(shard);
        return sum;
    }
}
