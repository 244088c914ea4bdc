using System.Runtime.CompilerServices;
using System.Text;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Router;

/// <summary>
/// The embedded router's face: reads, writes and searches a cluster from this process. Thread-safe; make one and share
/// it.
/// </summary>
/// <remarks>
/// Every call may throw <see cref="HedgerowException"/> for what its caller did not ask about (unavailable, overloaded,
/// past its deadline, a path or value over its limit), and <see cref="OperationCanceledException"/>. What is handed in
/// is read until the call is done and not kept.
/// </remarks>
public sealed class HedgerowClient : IAsyncDisposable
{
    private readonly ClientCalls _calls;
    private readonly SearchPages _pages;
    private readonly PathLocator _locator;
    private readonly IAsyncDisposable[] _owned;

    internal HedgerowClient(
        IRequestExecutor executor, HedgerowClientOptions options, TimeProvider time, params IAsyncDisposable[] owned)
    {
        RouterOptionsRules.Check(options);
        _calls = new ClientCalls(executor, options, time);
        _pages = new SearchPages(_calls);
        _locator = new PathLocator(executor);
        _owned = owned;
        Collections = new CollectionAdmin(this, _calls);
    }

    /// <summary>Counts since the start: requests, hedges sent, won and cancelled, retries.</summary>
    public RouterCounters Counters => _calls.Executor.Counters;

    /// <summary>Changes of collections as wholes: dropping, aliases, reindexing.</summary>
    public CollectionAdmin Collections { get; }

    internal IRequestExecutor Executor => _calls.Executor;

    /// <summary>Finds the cluster and opens connections; fails when no leaf or router answers within 5 s.</summary>
    /// <exception cref="HedgerowException">Nothing answers, or not what the address is said to be.</exception>
    /// <exception cref="TopologyException">The topology file can't be read.</exception>
    public static ValueTask<HedgerowClient> ConnectAsync(
        HedgerowClientOptions options, CancellationToken cancel = default) =>
        ClusterConnector.ConnectAsync(options, TimeProvider.System, NullLoggerFactory.Instance, cancel);

    /// <summary>As the shorter overload, with a logger for topology changes and connections.</summary>
    /// <exception cref="HedgerowException">Nothing answers, or not what the address is said to be.</exception>
    /// <exception cref="TopologyException">The topology file can't be read.</exception>
    public static ValueTask<HedgerowClient> ConnectAsync(
        HedgerowClientOptions options, ILoggerFactory logs, CancellationToken cancel = default) =>
        ClusterConnector.ConnectAsync(options, TimeProvider.System, logs, cancel);

    /// <summary>
    /// Stands on an executor that its owner made: the server's own router, a test's. It is disposed with the client
    /// only if <paramref name="ownsExecutor"/>.
    /// </summary>
    public static HedgerowClient Over(
        IRequestExecutor executor, HedgerowClientOptions options, bool ownsExecutor = false) =>
        new(executor, options, TimeProvider.System, ownsExecutor ? [executor] : []);

    /// <summary>
    /// The same cluster as one of many clients sees it: reads of entries keep to one replica of each shard. Cheap, and
    /// not to be disposed.
    /// </summary>
    /// <param name="identity">As <see cref="HedgerowClientOptions.Session"/>; empty for none.</param>
    public HedgerowClient InSession(string identity) =>
        new(_calls.Executor, _calls.Options with { Session = identity }, _calls.Time);

    /// <summary>Reads one entry. Dispose the result.</summary>
    /// <param name="path">1 to 8,192 bytes.</param>
    /// <param name="cancel">Gives up.</param>
    public ValueTask<EntryResult> GetAsync(EntryPath path, CancellationToken cancel = default) =>
        _calls.GetAsync(path, versionMin: 0, cancel);

    /// <summary>
    /// Reads one entry that is at least as new as <paramref name="versionMin"/>, such as that of one's own last write:
    /// a replica that does not have it yet is passed over. Dispose the result.
    /// </summary>
    /// <exception cref="HedgerowException">Unavailable when no replica that can be reached has it.</exception>
    public ValueTask<EntryResult> GetAsync(EntryPath path, ulong versionMin, CancellationToken cancel = default) =>
        _calls.GetAsync(path, versionMin, cancel);

    /// <summary>Reads many, in the order asked; split by shard, asked in parallel. Dispose each result.</summary>
    public ValueTask<EntryResult[]> GetManyAsync(
        IReadOnlyList<EntryPath> paths, CancellationToken cancel = default) =>
        ClientMany.GetAsync(_calls, paths, cancel);

    /// <summary>Stores a value on every replica.</summary>
    public ValueTask<WriteResult> SetAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default,
        CancellationToken cancel = default) =>
        _calls.StoreAsync(Opcode.Set, path, value, options, compareVersion: 0, cancel);

    /// <summary>Stores a value only where none is.</summary>
    public ValueTask<WriteResult> AddAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default,
        CancellationToken cancel = default) =>
        _calls.StoreAsync(Opcode.Add, path, value, options, compareVersion: 0, cancel);

    /// <summary>Stores a value only where one is.</summary>
    public ValueTask<WriteResult> ReplaceAsync(
        EntryPath path, ReadOnlyMemory<byte> value, WriteOptions options = default,
        CancellationToken cancel = default) =>
        _calls.StoreAsync(Opcode.Replace, path, value, options, compareVersion: 0, cancel);

    /// <summary>Puts bytes behind the stored value.</summary>
    public ValueTask<WriteResult> AppendAsync(
        EntryPath path, ReadOnlyMemory<byte> value, CancellationToken cancel = default) =>
        _calls.StoreAsync(Opcode.Append, path, value, options: default, compareVersion: 0, cancel);

    /// <summary>Puts bytes before the stored value.</summary>
    public ValueTask<WriteResult> PrependAsync(
        EntryPath path, ReadOnlyMemory<byte> value, CancellationToken cancel = default) =>
        _calls.StoreAsync(Opcode.Prepend, path, value, options: default, compareVersion: 0, cancel);

    /// <summary>Stores a value only if the stored version is <paramref name="expectedVersion"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="expectedVersion"/> is 0, which no entry has: see <see cref="AddAsync"/>.
    /// </exception>
    public ValueTask<WriteResult> CompareAndSetAsync(
        EntryPath path, ReadOnlyMemory<byte> value, ulong expectedVersion, WriteOptions options = default,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(expectedVersion);
        return _calls.StoreAsync(Opcode.CompareAndSet, path, value, options, expectedVersion, cancel);
    }

    /// <summary>Removes an entry or document; with a version, only if that one is stored.</summary>
    public ValueTask<WriteResult> DeleteAsync(
        EntryPath path, ulong expectedVersion = 0, CancellationToken cancel = default) =>
        _calls.DeleteAsync(path, expectedVersion, cancel);

    /// <summary>Changes the time to live; null means never expire.</summary>
    public ValueTask<WriteResult> TouchAsync(
        EntryPath path, TimeSpan? timeToLive, CancellationToken cancel = default) =>
        _calls.TouchAsync(path, timeToLive, cancel);

    /// <summary>Adds to a decimal number; creates it with <paramref name="initial"/> where none is, if given.</summary>
    /// <returns>The status and the number after it.</returns>
    public ValueTask<(WriteResult Write, long Value)> IncrementAsync(
        EntryPath path, long delta, long? initial = null, WriteOptions options = default,
        CancellationToken cancel = default) => _calls.IncrementAsync(path, delta, initial, options, cancel);

    /// <summary>Reads all of an entry but its value.</summary>
    public ValueTask<EntryHead> HeadAsync(EntryPath path, CancellationToken cancel = default) =>
        ClientFields.HeadAsync(_calls, path, cancel);

    /// <summary>Reads fields of a map, in the order asked; null for each that is not there.</summary>
    /// <exception cref="HedgerowException">WrongKind: the entry is a plain value.</exception>
    public ValueTask<byte[]?[]> GetFieldsAsync(
        EntryPath path, IReadOnlyList<string> names, CancellationToken cancel = default) =>
        ClientFields.GetAsync(_calls, path, names, cancel);

    /// <summary>Sets fields of a map, and makes the map where nothing is. Flags and time to live stay.</summary>
    /// <returns>The status and how many fields are new.</returns>
    public ValueTask<(WriteResult Write, long Added)> SetFieldsAsync(
        EntryPath path, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> fields, bool onlyIfAbsent = false,
        CancellationToken cancel = default) => ClientFields.SetAsync(_calls, path, fields, onlyIfAbsent, cancel);

    /// <summary>Removes fields of a map, and the entry with the last of them.</summary>
    /// <returns>The status and how many fields were there.</returns>
    public ValueTask<(WriteResult Write, long Removed)> DeleteFieldsAsync(
        EntryPath path, IReadOnlyList<string> names, CancellationToken cancel = default) =>
        ClientFields.DeleteAsync(_calls, path, names, cancel);

    /// <summary>Adds to a field that is a decimal number; one that is not there is 0.</summary>
    /// <returns>The status and the number after it.</returns>
    public ValueTask<(WriteResult Write, long Value)> IncrementFieldAsync(
        EntryPath path, string name, long delta, CancellationToken cancel = default) =>
        ClientFields.IncrementAsync(_calls, path, name, delta, cancel);

    /// <summary>Runs a transaction; see <see cref="EntryTransaction"/>.</summary>
    /// <exception cref="HedgerowException">BadRequest: its paths are of several shards, or a document's.</exception>
    public ValueTask<TransactionResult> TransactAsync(
        EntryTransaction transaction, CancellationToken cancel = default) => transaction.RunAsync(_calls, cancel);

    /// <summary>Drops all entries of the cluster. Documents stay; what is written meanwhile stays, too.</summary>
    public async ValueTask FlushAsync(CancellationToken cancel = default)
    {
        using var reply = await _calls.SendAsync(
            new RequestHeader { Opcode = Opcode.Flush }, default, cancel).ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
    }

    /// <summary>
    /// The paths of all entries, in no order. One that stays throughout is given at least once, any perhaps more often.
    /// </summary>
    public async IAsyncEnumerable<EntryPath> ScanEntriesAsync(
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var request = new byte[EntryScanCodec.RequestBytes];
        var page = new List<EntryPath>();
        ulong cursor = 0;
        do
        {
            EntryScanCodec.Write(request, cursor, count: 1_000);
            using (var reply = await _calls.SendAsync(
                new RequestHeader { Opcode = Opcode.EntryScan }, request, cancel).ConfigureAwait(false))
            {
                ClientCalls.ThrowUnlessOk(reply);
                cursor = ReadPage(reply, page);
            }

            foreach (var path in page) yield return path;
        }
        while (cursor != 0);
    }

    /// <summary>Searches all shards of a collection; scores are by statistics of the whole.</summary>
    public ValueTask<SearchReply> SearchAsync(SearchRequest request, CancellationToken cancel = default) =>
        _pages.SearchAsync(request, cancel);

    /// <summary>
    /// Every hit of a search in its order, each once, however many there are and whatever is written meanwhile: page by
    /// page through a point in time that is opened for it and closed in the end; a consumer may leave it alone for five
    /// minutes. Of the request, size and from do not count; <see cref="SearchRequest.After"/> does.
    /// </summary>
    public IAsyncEnumerable<SearchHit> SearchAllAsync(SearchRequest request, CancellationToken cancel = default) =>
        _pages.AllAsync(request, cancel);

    /// <summary>
    /// Keeps what searches of a collection see now, for those that name it as
    /// <see cref="SearchRequest.PointInTime"/>. Each renews it; close it when done.
    /// </summary>
    /// <param name="collection">The collection's name.</param>
    /// <param name="keepAlive">For how long unused: 1 ms up to the leaves' limit.</param>
    /// <param name="cancel">Gives up; what was opened by then expires.</param>
    public ValueTask<PointInTime> OpenPointInTimeAsync(
        string collection, TimeSpan keepAlive, CancellationToken cancel = default) =>
        _pages.OpenAsync(collection, keepAlive, cancel);

    /// <summary>Lets go of a point in time.</summary>
    /// <returns>Shards that still held it.</returns>
    public ValueTask<int> ClosePointInTimeAsync(PointInTime point, CancellationToken cancel = default) =>
        _pages.CloseAsync(point, cancel);

    /// <summary>Searches as somebody types: one call for each letter.</summary>
    public async ValueTask<InstantReply> InstantAsync(InstantRequest request, CancellationToken cancel = default)
    {
        using var reply = await _calls.MessageAsync(Opcode.Instant, request, InstantCodec.Write, cancel)
            .ConfigureAwait(false);
        return InstantCodec.TryRead(reply.Body.ToArray(), out InstantReply? answer, out var error)
            ? answer
            : throw ClientCalls.Unreadable(error);
    }

    /// <summary>Completes texts, and says what words and texts may have been meant as.</summary>
    public async ValueTask<SuggestReply> SuggestAsync(SuggestRequest request, CancellationToken cancel = default)
    {
        using var reply = await _calls.MessageAsync(Opcode.Suggest, request, SuggestCodec.Write, cancel)
            .ConfigureAwait(false);
        return SuggestCodec.TryRead(reply.Body, out SuggestReply? answer, out var error)
            ? answer
            : throw ClientCalls.Unreadable(error);
    }

    /// <summary>
    /// Opens a stream of documents into a collection, with back-pressure; see <see cref="BulkWriter"/>.
    /// </summary>
    public BulkWriter OpenBulk(string collection) =>
        new(collection, _calls, _locator, ListCollectionsAsync);

    /// <summary>Declares a collection on every leaf, or adds fields to it.</summary>
    public async ValueTask PutCollectionAsync(CollectionSchema schema, CancellationToken cancel = default)
    {
        using var reply = await _calls.MessageAsync(Opcode.CollectionPut, schema, CollectionCodec.Write, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// The schema and counts, summed over the shards, of the collection of a name or an alias; null when there is none.
    /// </summary>
    public async ValueTask<CollectionStatus?> GetCollectionAsync(string name, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var reply = await _calls.SendAsync(
            new RequestHeader { Opcode = Opcode.CollectionGet }, Encoding.UTF8.GetBytes(name), cancel)
            .ConfigureAwait(false);
        if (reply.Status == StatusCode.NoSuchCollection) return null;
        return ClientCalls.ReadCollections(reply).Collections is [var found, ..] ? found : null;
    }

    /// <summary>All declared collections.</summary>
    public async ValueTask<IReadOnlyList<CollectionStatus>> ListCollectionsAsync(CancellationToken cancel = default)
    {
        using var reply = await _calls.SendAsync(
            new RequestHeader { Opcode = Opcode.CollectionGet }, default, cancel).ConfigureAwait(false);
        return ClientCalls.ReadCollections(reply).Collections;
    }

    /// <summary>Shows what an analyzer makes of a text, and why.</summary>
    public async ValueTask<AnalyzeReply> AnalyzeAsync(AnalyzeRequest request, CancellationToken cancel = default)
    {
        using var reply = await _calls.MessageAsync(Opcode.Analyze, request, AnalysisCodec.Write, cancel)
            .ConfigureAwait(false);
        return AnalysisCodec.TryRead(reply.Body, out AnalyzeReply? answer, out var error)
            ? answer
            : throw ClientCalls.Unreadable(error);
    }

    /// <summary>Makes every acknowledged document of a collection searchable before it returns.</summary>
    public ValueTask RefreshAsync(string collection, CancellationToken cancel = default) =>
        RefreshAsync(collection, FrameFlags.None, cancel);

    /// <summary>
    /// Returns when every acknowledged document of a collection is searchable, by the leaves' own refreshes: up to
    /// their refresh interval later, and at no cost to them.
    /// </summary>
    public ValueTask WaitForRefreshAsync(string collection, CancellationToken cancel = default) =>
        RefreshAsync(collection, FrameFlags.Wait, cancel);

    private async ValueTask RefreshAsync(string collection, FrameFlags flags, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(collection);
        using var reply = await _calls.SendAsync(
            new RequestHeader { Opcode = Opcode.Refresh, Flags = flags }, Encoding.UTF8.GetBytes(collection), cancel)
            .ConfigureAwait(false);
        ClientCalls.ThrowUnlessOk(reply);
    }

    /// <summary>
    /// All documents of a collection in path order, read a page at a time from one replica of each shard.
    /// </summary>
    public async IAsyncEnumerable<BulkDocument> ScanAsync(
        string collection, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var request = new ScanRequest { Collection = collection };
        while (true)
        {
            ScanReply page;
            using (var reply = await _calls.MessageAsync(Opcode.Scan, request, ScanCodec.Write, cancel)
                .ConfigureAwait(false))
            {
                if (!ScanCodec.TryRead(reply.Body.ToArray(), out ScanReply? read, out var error))
                    throw ClientCalls.Unreadable(error);
                page = read;
            }

            foreach (var document in page.Documents) yield return document;
            if (!page.More || page.Documents.Count == 0) yield break;
            request = request with { After = page.Documents[^1].Path };
        }
    }

    /// <summary>Where a path lives: its shard and that shard's replicas in preference order.</summary>
    /// <exception cref="HedgerowException">Unavailable: the topology is not known yet.</exception>
    public PathPlacement Locate(EntryPath path) => _locator.Locate(path);

    /// <summary>Each leaf's own statistics; a leaf that does not answer has its error instead.</summary>
    public ValueTask<IReadOnlyList<LeafStatus>> StatusAsync(CancellationToken cancel = default) =>
        LeafAdmin.StatusAsync(_calls, cancel);

    /// <summary>The statistics of the router itself: this process's, or those of the one connected to.</summary>
    public ValueTask<StatsReply> RouterStatusAsync(CancellationToken cancel = default) =>
        LeafAdmin.RouterStatusAsync(_calls, cancel);

    /// <summary>Sets the fault switch of one leaf (tests and demos).</summary>
    public ValueTask SetFaultAsync(string leafId, FaultRequest fault, CancellationToken cancel = default) =>
        LeafAdmin.SetFaultAsync(_calls, leafId, fault, cancel);

    /// <summary>Makes one leaf write its cache entries to its disk; done when they are there.</summary>
    /// <exception cref="HedgerowException">BadRequest: the leaf has no data directory. ReadOnly: its disk took
    /// nothing; the snapshot before is still there.</exception>
    public ValueTask<SnapshotReply> SnapshotAsync(string leafId, CancellationToken cancel = default) =>
        LeafAdmin.SnapshotAsync(_calls, leafId, cancel);

    /// <summary>Closes the connections that this client opened.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned) await owned.DisposeAsync().ConfigureAwait(false);
    }

    private static ulong ReadPage(in Reply reply, List<EntryPath> paths)
    {
        paths.Clear();
        if (!EntryScanCodec.TryReadPage(reply.Body.Span, out var page, out var error))
            throw ClientCalls.Unreadable(error);
        while (page.MoveNext()) paths.Add(new EntryPath(page.Path.ToArray()));
        return page.Cursor;
    }
}

/// <summary>Where a path lives.</summary>
/// <param name="Shard">The shard's id.</param>
/// <param name="Replicas">Its replicas, most preferred first; the first is the owner.</param>
public sealed record PathPlacement(int Shard, IReadOnlyList<LeafEndpoint> Replicas);

/// <summary>One leaf as seen from the router.</summary>
/// <param name="Leaf">Its place in the topology.</param>
/// <param name="Stats">What it says of itself; null when it did not answer.</param>
/// <param name="Error">Why it did not answer; null when it did.</param>
public sealed record LeafStatus(LeafEndpoint Leaf, StatsReply? Stats, string? Error);

/// <summary>A reading of the router's counters, since its start.</summary>
/// <param name="Requests">Requests to shards, without extra copies and retries.</param>
/// <param name="HedgesSent">Second copies sent.</param>
/// <param name="HedgesWon">Second copies that answered first.</param>
/// <param name="HedgesCancelled">Second copies whose answer was not needed.</param>
/// <param name="HedgesDenied">Second copies that the budget refused.</param>
/// <param name="Retries">Requests sent again: to another replica after an error, or with a later version.</param>
public readonly record struct RouterCounters(
    long Requests, long HedgesSent, long HedgesWon, long HedgesCancelled, long HedgesDenied, long Retries);
