using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Hedgerow.Leaf.Search.Aggregations;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>The searchable documents of one collection in one shard.</summary>
/// <remarks>
/// <para>A write goes into the live buffer (analysed) and into the recent documents (as it is), from where reads by
/// path see it at once. A refresh makes a small immutable segment of the buffer, in memory, and a new snapshot with it;
/// searches take a snapshot and keep it to their end. A flush merges the memory images into one file and publishes a
/// manifest; merges keep the number of segments low.</para>
/// <code>
///   Put, Delete --> live buffer + recent documents --Refresh--> memory images --Flush--> files --MergeOnce--> files
///                        |                                         |                       |
///                     TryGet                                    Search, Statistics, Scan, TryGet
/// </code>
/// <para>Threads: one writer at a time (Put, Delete, Refresh, PrepareFlush, AlterSchema), one maintenance call at a
/// time (Flush of what was prepared, MergeOnce), any number of readers; the three kinds run beside each other. What is
/// shared is counted by who holds it: the batch of recent documents (<see cref="RecentBatch"/>), and the snapshot (<see
/// cref="SegmentStore"/>). No reader waits for the writer.</para>
/// <para>Scores depend only on the document and on the statistics: clause scores are added in double precision, where
/// sums of floats are exact in practice, and cut to float once. So any split over shards and segments gives the same
/// bits, and equal scores are ordered by path.</para>
/// </remarks>
internal sealed class CollectionIndex : IDisposable
{
    private readonly SegmentStore _store;
    private readonly RecentDocuments _recent = new();
    private readonly ParsedDocument _parsed = new();
    private readonly Func<FieldSchema, IAnalyzer> _analyzers;
    private readonly CollectionIndexOptions _options;
    private CollectionFields _fields;
    private LiveBuffer _buffer;
    private long _recentBalance;
    private long _bufferBytes;

    private CollectionIndex(
        SegmentStore store,
        CollectionSchema schema,
        int declared,
        Func<FieldSchema, IAnalyzer> analyzers,
        CollectionIndexOptions options)
    {
        _store = store;
        _analyzers = analyzers;
        _options = options;
        _fields = new CollectionFields(schema, analyzers, declared);
        _buffer = new LiveBuffer(_fields);
    }

    /// <summary>The schema documents are indexed by now, with the fields that were found in them.</summary>
    public CollectionSchema Schema => Volatile.Read(ref _fields).Schema;

    /// <summary>The log position up to which every write is in the published segments; 0 for a new index.</summary>
    public long CommittedPosition => _store.Position;

    /// <summary>Live documents, searchable yet or not. While a refresh runs it may be off by the buffer's.</summary>
    public long Documents => SearchableDocuments + Interlocked.Read(ref _recentBalance);

    /// <summary>Live documents that searches see.</summary>
    public long SearchableDocuments => Of(snapshot => snapshot.LiveCount);

    /// <summary>Bytes of all segments, on disk and in memory, and of the live buffer (estimated).</summary>
    public long Bytes => Of(snapshot => snapshot.Bytes) + BufferBytes;

    /// <summary>Bytes that only memory holds: what a flush would write. The owner flushes by it.</summary>
    public long UnflushedBytes => Of(snapshot => snapshot.UnflushedBytes) + BufferBytes;

    /// <summary>Segments that a search visits.</summary>
    public int SegmentCount => (int)Of(snapshot => snapshot.Views.Length);

    /// <summary>What merges have done since it was opened.</summary>
    public MergeCounts Merging => _store.Merging;

    /// <summary>How searches for nearest vectors were done since it was opened.</summary>
    public VectorCounts VectorSearches { get; } = new();

    /// <summary>What aggregations did.</summary>
    public AggregationCounts Aggregations { get; } = new();

    private long BufferBytes => _recent.Bytes + Interlocked.Read(ref _bufferBytes);

    /// <summary>Opens the last published state; removes files that no manifest names.</summary>
    /// <param name="directory">Where it lives; stays the caller's, who disposes it after the index.</param>
    /// <param name="schema">At least the fields that the index was last published with, unchanged.</param>
    /// <param name="analyzers">Analyzer of a text field.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">For the age of tombstones.</param>
    /// <exception cref="IndexCorruptException">A file is missing, cut off, fails its checksum, or has another schema.
    /// </exception>
    public static CollectionIndex Open(
        IndexDirectory directory,
        CollectionSchema schema,
        Func<FieldSchema, IAnalyzer> analyzers,
        CollectionIndexOptions options,
        TimeProvider time)
    {
        var declared = schema.Fields.Count;
        var store = SegmentStore.Open(directory, ref schema, options, time);
        return new CollectionIndex(store, schema, declared, analyzers, options);
    }

    /// <summary>Whether a write would be taken, apart from its version: BadRequest, TooLarge, BadDocument or Ok. What
    /// was read of the document is kept for a <see cref="Put"/> that says so. Writer only.</summary>
    public StatusCode Validate(ReadOnlySpan<byte> path, ReadOnlySpan<byte> json, out string? error)
    {
        var status = CheckPath(path, out error);
        return status == StatusCode.Ok ? Parse(json, out error) : status;
    }

    /// <summary>
    /// Whether to analyse what <see cref="Validate"/> just took is bounded work: by a count that every replica comes
    /// to, whatever the time. Not asked of what an earlier version took, which is in the log. Writer only.
    /// </summary>
    public StatusCode CheckWork(out string? error)
    {
        error = null;
        var fields = Volatile.Read(ref _fields);
        if (!fields.HasCostly) return StatusCode.Ok;
        var work = new PatternWork();
        foreach (ref readonly var value in _parsed.Values)
        {
            // What a document makes is read by an analyzer that is always there.
            if (value.Field >= fields.Fields.Length || !fields.IsCostly(value.Field)) continue;
            fields.Analyzer(value.Field).Count(_parsed.Text(value), work);
            if (!work.IsOver) continue;
            error = $"field '{fields.Fields[value.Field].Name}': {PatternWork.Problem}";
            return StatusCode.BadDocument;
        }

        return StatusCode.Ok;
    }

    /// <summary>
    /// Stores a document whose version is above the stored one (0: takes stored + 1). Visible to <see cref="TryGet"/>
    /// at once, to searches after <see cref="Refresh"/>. Writer only. Copies path and JSON.
    /// </summary>
    /// <param name="path">The document's path.</param>
    /// <param name="version">Its version.</param>
    /// <param name="json">The document.</param>
    /// <param name="storedVersion">The version stored now.</param>
    /// <param name="error">What was wrong.</param>
    /// <param name="isValidated">Whether the last call was <see cref="Validate"/> of the same path and document, which
    /// answered Ok: then neither is read a second time.</param>
    /// <returns>Ok, VersionTooOld (<paramref name="storedVersion"/> is the stored one), or as Validate.</returns>
    public StatusCode Put(
        ReadOnlySpan<byte> path,
        ulong version,
        ReadOnlySpan<byte> json,
        out ulong storedVersion,
        out string? error,
        bool isValidated = false)
    {
        storedVersion = 0;
        error = null;
        var status = isValidated ? StatusCode.Ok : Validate(path, json, out error);
        if (status != StatusCode.Ok) return status;
        if (!TakeVersion(path, version, out storedVersion, out var state)) return StatusCode.VersionTooOld;
        if (_parsed.Found.Count > 0) Work(_fields.With(_parsed.Found));
        var number = _buffer.Add(_parsed);
        _recent.Put(path, storedVersion, json, number, state.WasIndexed);
        if (!state.IsLive) Interlocked.Increment(ref _recentBalance);
        Interlocked.Exchange(ref _bufferBytes, _buffer.Bytes);
        if (BufferBytes > _options.BufferBytesMax) Refresh();
        return StatusCode.Ok;
    }

    /// <summary>
    /// Removes a document and remembers its version as a tombstone, also where there was none. Writer only.
    /// </summary>
    /// <returns>Ok, NotFound (no live document; the tombstone is kept all the same), VersionTooOld,
    /// BadRequest.</returns>
    public StatusCode Delete(ReadOnlySpan<byte> path, ulong version, out ulong storedVersion, out string? error)
    {
        storedVersion = 0;
        var status = CheckPath(path, out error);
        if (status != StatusCode.Ok) return status;
        if (!TakeVersion(path, version, out storedVersion, out var state)) return StatusCode.VersionTooOld;
        _recent.PutTombstone(path, storedVersion, state.WasIndexed);
        if (state.IsLive) Interlocked.Decrement(ref _recentBalance);
        if (BufferBytes > _options.BufferBytesMax) Refresh();
        return state.IsLive ? StatusCode.Ok : StatusCode.NotFound;
    }

    /// <summary>Appends the document's JSON as it is now, searchable or not. Any thread.</summary>
    public bool TryGet(ReadOnlySpan<byte> path, IBufferWriter<byte> json, out ulong version)
    {
        // Recent first: a refresh publishes its segment before it forgets the recent documents.
        version = 0;
        if (_recent.TryRead(path, json, out var recent))
        {
            version = recent.Version;
            return true;
        }

        if (recent.IsTombstone) return false;

        var snapshot = _store.Acquire();
        try
        {
            if (!snapshot.TryFind(path, out var view, out var document)) return false;
            view.Segment.Stored.Read(document, json);
            version = view.Segment.Version(document);
            return true;
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>Version of the document or of its tombstone; 0 when nothing is known of the path. Any thread.</summary>
    public ulong StoredVersion(ReadOnlySpan<byte> path)
    {
        if (_recent.TryPeek(path, out var recent)) return recent.Version;
        var snapshot = _store.Acquire();
        var version = snapshot.Version(path);
        snapshot.Release();
        return version;
    }

    /// <summary>Makes every write so far searchable; false and nearly free when there was none. Writer only.</summary>
    public bool Refresh()
    {
        if (_recent.Count == 0) return false;
        var pace = MergePace.Unbounded(default, _options.Throttle);
        using var recent = _recent.SortedAfter([], pace);
        _store.AddImage(
            output => BufferedSegment.Write(output, compress: false, _buffer, recent, pace), recent, pace);
        _recent.Clear();
        Interlocked.Exchange(ref _recentBalance, 0);
        _buffer.Clear();
        Interlocked.Exchange(ref _bufferBytes, _buffer.Bytes);
        return true;
    }

    /// <summary>
    /// Refreshes and takes down what <see cref="Flush(PendingFlush)"/> has to write. Writer only, quick.
    /// </summary>
    /// <param name="position">Log position that all writes applied so far reach up to; never falls.</param>
    public PendingFlush PrepareFlush(long position)
    {
        Refresh();
        return _store.Prepare(position);
    }

    /// <summary>
    /// Writes the state taken down and publishes it with its log position. Writers and searches go on meanwhile.
    /// Maintenance: never beside another Flush or MergeOnce.
    /// </summary>
    /// <exception cref="IOException">Searches and memory are as before; prepare another flush to try again.</exception>
    public void Flush(PendingFlush pending) =>
        _store.Flush(pending, Schema, MergePace.Unbounded(default, _options.Throttle));

    /// <summary>Both halves at once, for callers without concurrency.</summary>
    public void Flush(long position) => Flush(PrepareFlush(position));

    /// <summary>
    /// Does the one merge most worth doing whose input is at most so many bytes. Maintenance, as Flush. Memory images
    /// are merged in memory, files into a file that is published before it returns.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="OperationCanceledException">The index is as it was.</exception>
    /// <exception cref="IOException">The index is as it was.</exception>
    public bool MergeOnce(long inputBytesMax, MergePace pace) => _store.MergeOnce(inputBytesMax, Schema, pace);

    /// <summary>The same at full speed.</summary>
    public bool MergeOnce(long inputBytesMax, CancellationToken cancel) =>
        MergeOnce(inputBytesMax, MergePace.Unbounded(cancel));

    /// <summary>What searches see now, with a reference that the caller releases. Any thread.</summary>
    public IndexSnapshot AcquireSnapshot() => _store.Acquire();

    /// <summary>Runs a query on what is searchable. Any thread.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="budget">What it may spend.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="error">Why there is none.</param>
    /// <param name="held">A snapshot that the caller holds; null takes the newest.</param>
    /// <returns>Ok, BadQuery or BadRequest with an error text, Cancelled, or DeadlineExceeded.</returns>
    public StatusCode Search(
        SearchRequest request, SearchBudget budget, out SearchReply? reply, out string? error,
        IndexSnapshot? held = null)
    {
        var snapshot = Take(held);
        try
        {
            return new SearchRun(
                Volatile.Read(ref _fields), snapshot, budget, request.KnownFields, VectorSearches, Aggregations)
                .Search(request, out reply, out error);
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>
    /// What the query's scores depend on, counted over searchable live documents only: a pure function of them, however
    /// they came to be. Where a segment has deletes, its postings of each term are walked. Any thread.
    /// </summary>
    public StatusCode Statistics(
        SearchRequest request, SearchBudget budget, out TermStatistics? statistics, out string? error,
        IndexSnapshot? held = null)
    {
        var snapshot = Take(held);
        try
        {
            return new SearchRun(Volatile.Read(ref _fields), snapshot, budget, request.KnownFields, VectorSearches)
                .Statistics(request, out statistics, out error);
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>Reads what is searchable in another way. Any thread.</summary>
    public T Read<T>(Func<CollectionFields, IndexSnapshot, T> read)
    {
        var snapshot = _store.Acquire();
        try
        {
            return read(Volatile.Read(ref _fields), snapshot);
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>A page of documents as they are now, in order of path bytes. Any thread.</summary>
    /// <param name="after">The page begins behind this path; empty for the first.</param>
    /// <param name="limit">1 to <see cref="ScanRequest.PageMax"/>; the page also ends at 4 MiB.</param>
    /// <param name="withDeleted">Whether deletes that are remembered stand among them, without JSON.</param>
    public ScanReply Scan(string after, int limit, bool withDeleted = false)
    {
        var from = Encoding.UTF8.GetBytes(after);
        using var recent = _recent.SortedAfter(from);
        var snapshot = _store.Acquire();
        try
        {
            return new DocumentScan(snapshot, recent, from, withDeleted)
                .Page(Math.Clamp(limit, 1, ScanRequest.PageMax));
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>
    /// Works by a schema that has all the fields of the present one, unchanged, and perhaps more; documents written
    /// from now on are indexed by it, those before are not found by the new fields. Writer only.
    /// </summary>
    /// <returns>Ok, or SchemaConflict.</returns>
    public StatusCode AlterSchema(CollectionSchema schema, out string? error)
    {
        error = ConflictWith(schema);
        if (error is not null) return StatusCode.SchemaConflict;
        Work(new CollectionFields(CollectionFields.WithFound(schema, Schema), _analyzers, schema.Fields.Count));
        return StatusCode.Ok;
    }

    /// <summary>Why <see cref="AlterSchema"/> would refuse a schema, or null. Writer only.</summary>
    public string? ConflictWith(CollectionSchema schema) =>
        CollectionFields.Conflict(Schema, CollectionFields.WithFound(schema, Schema));

    /// <summary>Releases the segments once the last search is done. Unflushed writes are only in the log.</summary>
    public void Dispose()
    {
        _recent.Clear();
        _store.Dispose();
    }

    /// <summary>Works by other fields from now on.</summary>
    private void Work(CollectionFields fields)
    {
        Refresh();
        _buffer = new LiveBuffer(fields);
        Volatile.Write(ref _fields, fields);
    }

    private StatusCode CheckPath(ReadOnlySpan<byte> path, out string? error)
    {
        var prefix = _fields.PathPrefix;
        error = null;
        if (path.Length > ProtocolLimits.PathBytesMax)
            error = $"the path has {path.Length} bytes; at most {ProtocolLimits.PathBytesMax} are allowed";
        else if (path.Length <= prefix.Length || !path.StartsWith(prefix))
            error = $"the path does not lie under '{_fields.Schema.PathPrefix}', the collection's prefix";
        else if (!Utf8.IsValid(path))
            error = "the path of a document has to be valid UTF-8";
        if (error is null) return StatusCode.Ok;
        return path.Length > ProtocolLimits.PathBytesMax ? StatusCode.TooLarge : StatusCode.BadRequest;
    }

    private StatusCode Parse(ReadOnlySpan<byte> json, out string? error)
    {
        if (json.Length <= _options.DocumentBytesMax) return _parsed.Read(json, Volatile.Read(ref _fields), out error);
        error = $"the document has {json.Length} bytes; at most {_options.DocumentBytesMax} are allowed";
        return StatusCode.TooLarge;
    }

    /// <summary>Last writer wins: whether the version is above the stored one.</summary>
    /// <param name="path">The document's path.</param>
    /// <param name="version">Wanted; 0 takes the stored one + 1.</param>
    /// <param name="storedVersion">The new one, or the one that is in the way.</param>
    /// <param name="state">What was there.</param>
    private bool TakeVersion(
        ReadOnlySpan<byte> path, ulong version, out ulong storedVersion, out (bool IsLive, bool WasIndexed) state)
    {
        if (_recent.TryPeek(path, out var recent))
        {
            storedVersion = recent.Version;
            state = (!recent.IsTombstone, recent.WasIndexed);
        }
        else
        {
            var snapshot = _store.Acquire();
            storedVersion = snapshot.Version(path);
            var isLive = storedVersion != 0 && snapshot.TryFind(path, out _, out _);
            state = (isLive, isLive);
            snapshot.Release();
        }

        if (version == 0) version = storedVersion + 1;
        if (version <= storedVersion) return false;
        storedVersion = version;
        return true;
    }

    /// <summary>A snapshot with a reference of its own.</summary>
    private IndexSnapshot Take(IndexSnapshot? held) =>
        held is not null && held.TryAddReference() ? held : _store.Acquire();

    private long Of(Func<IndexSnapshot, long> reading)
    {
        var snapshot = _store.Acquire();
        var value = reading(snapshot);
        snapshot.Release();
        return value;
    }
}
