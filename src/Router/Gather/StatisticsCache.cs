using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What each shard last counted of a query's terms, so that a query that was asked before needs no round to ask again.
/// The answers to a search say what they counted themselves: what is kept here is a guess that is always checked, so
/// rows may be old, lost or of another query.
/// </summary>
/// <remarks>
/// Bounded by construction: a query has one of <see cref="Slots"/> places and drives out who was there; one with more
/// than <see cref="RowsMax"/> rows over all shards is not kept. At about 100 bytes a row that is 25 MB at worst, and
/// some 2 MB for queries of three words on seven shards. Thread-safe, without locks: rows are immutable.
/// </remarks>
internal sealed class StatisticsCache
{
    public const int Slots = 1_024;
    public const int RowsMax = 256;

    private readonly Row?[] _rows = new Row?[Slots];

    /// <summary>
    /// The place of a query's statistics, which depend on its collection, its tree, those that hits are marked by and
    /// that buckets are made by, and the point in time alone.
    /// </summary>
    public static ulong KeyOf(SearchRequest request)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        SearchCodec.Write(bytes, new SearchRequest
        {
            Collection = request.Collection, Query = request.Query, PointInTime = request.PointInTime,
            Highlighting = [.. request.Highlighting.Where(field => field.Query is not null)],
            Aggregations = AggregationQueries.Counted(request.Aggregations),
        });
        return PathHash.OfPath(bytes.WrittenSpan);
    }

    /// <summary>One count a shard, or null when none is known for so many.</summary>
    public TermStatistics?[]? Find(ulong key, int shards) =>
        Volatile.Read(ref _rows[key % Slots]) is { } row && row.Key == key && row.Shards.Length == shards
            ? row.Shards
            : null;

    /// <summary>Keeps one count a shard, null where it is not known; the array is not changed afterwards.</summary>
    public void Keep(ulong key, TermStatistics?[] shards)
    {
        var rows = shards.Sum(shard => shard is null ? 0 : 1 + shard.Fields.Count + shard.Terms.Count);
        if (rows <= RowsMax) Volatile.Write(ref _rows[key % Slots], new Row(key, shards));
    }

    private sealed record Row(ulong Key, TermStatistics?[] Shards);
}
