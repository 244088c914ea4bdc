using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The embedded router's face: reads, writes and searches a cluster from this process. Thread-safe; make one and share it.
/// </summary>
public sealed class HedgerowClient : IAsyncDisposable
{
    private HedgerowClient()
    {
    }

    /// <summary>Finds the cluster and opens connections; fails when no leaf or router answers within the timeout.</summary>
    public static ValueTask<HedgerowClient> ConnectAsync(
        HedgerowClientOptions options, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>
    /// Stands on an executor that its owner made: the server's own router, a test's. It is disposed with the client only if
    /// <paramref name="ownsExecutor"/>.
    /// </summary>
    public static HedgerowClient Over(
        IRequestExecutor executor, HedgerowClientOptions options, bool ownsExecutor = false) =>
        throw new NotImplementedException();

    /// <summary>Reads one entry. Dispose the result.</summary>
    public ValueTask<EntryResult> GetAsync(EntryPath path, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Reads many, in the order asked; split by shard, asked in parallel. Dispose each result.</summary>
    public ValueTask<EntryResult[]> GetManyAsync(
        IReadOnlyList<EntryPath> paths, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Stores a value on every replica.</summary>
    public ValueTask<WriteResult> SetAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Stores a value only where none is.</summary>
    public ValueTask<WriteResult> AddAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Stores a value only where one is.</summary>
    public ValueTask<WriteResult> ReplaceAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Puts bytes behind the stored value.</summary>
    public ValueTask<WriteResult> AppendAsync(
        EntryPath path, ReadOnlyMemory<byte> value, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Puts bytes before the stored value.</summary>
    public ValueTask<WriteResult> PrependAsync(
        EntryPath path, ReadOnlyMemory<byte> value, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Stores a value only if the stored version is <paramref name="expectedVersion"/>.</summary>
    public ValueTask<WriteResult> CompareAndSetAsync(
        EntryPath path, ReadOnlyMemory<byte> value, ulong expectedVersion, WriteOptions options = default,
        CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Removes an entry or document; with a version, only if that one is stored.</summary>
    public ValueTask<WriteResult> DeleteAsync(
        EntryPath path, ulong expectedVersion = 0, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Changes the time to live; null means never expire.</summary>
    public ValueTask<WriteResult> TouchAsync(
        EntryPath path, TimeSpan? timeToLive, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Adds to a decimal number; creates it with <paramref name="initial"/> where none is, if given.</summary>
    /// <returns>The status and the number after it.</returns>
    public ValueTask<(WriteResult Write, long Value)> IncrementAsync(
        EntryPath path, long delta, long? initial = null, WriteOptions options = default,
        CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>Searches all shards of a collection; scores are by statistics of the whole.</summary>
    public ValueTask<SearchReply> SearchAsync(SearchRequest request, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Opens a stream of documents into a collection, with back-pressure; see <see cref="BulkWriter"/>.</summary>
    public BulkWriter OpenBulk(string collection) => throw new NotImplementedException();

    /// <summary>Declares a collection on every leaf, or adds fields to it.</summary>
    public ValueTask PutCollectionAsync(CollectionSchema schema, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>A collection's schema and counts, summed over the shards; null when it is not declared.</summary>
    public ValueTask<CollectionStatus?> GetCollectionAsync(string name, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>All declared collections.</summary>
    public ValueTask<IReadOnlyList<CollectionStatus>> ListCollectionsAsync(CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Makes every acknowledged document of a collection searchable before it returns.</summary>
    public ValueTask RefreshAsync(string collection, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>All documents of a collection in path order, read a page at a time from one replica of each shard.</summary>
    public IAsyncEnumerable<BulkDocument> ScanAsync(string collection, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Where a path lives: its shard and that shard's replicas in preference order.</summary>
    public PathPlacement Locate(EntryPath path) => throw new NotImplementedException();

    /// <summary>Each leaf's own statistics; a leaf that does not answer has its error instead.</summary>
    public ValueTask<IReadOnlyList<LeafStatus>> StatusAsync(CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Sets the fault switch of one leaf (tests and demos).</summary>
    public ValueTask SetFaultAsync(string leafId, FaultRequest fault, CancellationToken cancel = default) =>
        throw new NotImplementedException();

    /// <summary>Counts since the start: requests, hedges sent, won and cancelled, retries.</summary>
    public RouterCounters Counters => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>Where a path lives.</summary>
public sealed record PathPlacement(int Shard, IReadOnlyList<LeafEndpoint> Replicas);

/// <summary>One leaf as seen from the router.</summary>
public sealed record LeafStatus(LeafEndpoint Leaf, StatsReply? Stats, string? Error);

/// <summary>A reading of the router's counters.</summary>
public readonly record struct RouterCounters(
    long Requests, long HedgesSent, long HedgesWon, long HedgesCancelled, long HedgesDenied, long Retries);
