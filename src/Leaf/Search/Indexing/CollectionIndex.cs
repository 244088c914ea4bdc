using System.Buffers;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>The searchable documents of one collection in one shard.</summary>
internal sealed class CollectionIndex : IDisposable
{
    private CollectionIndex()
    {
    }

    /// <summary>The schema documents are indexed by now.</summary>
    public CollectionSchema Schema => throw new NotImplementedException();

    /// <summary>The log position up to which every write is in the published segments; 0 for a new index.</summary>
    public long CommittedPosition => throw new NotImplementedException();

    /// <summary>Live documents, searchable yet or not.</summary>
    public long Documents => throw new NotImplementedException();

    /// <summary>Live documents that searches see.</summary>
    public long SearchableDocuments => throw new NotImplementedException();

    /// <summary>Bytes of all segments, on disk and in memory, and of the live buffer (estimated).</summary>
    public long Bytes => throw new NotImplementedException();

    /// <summary>Bytes that only memory holds: what a flush would write. The owner flushes by it.</summary>
    public long UnflushedBytes => throw new NotImplementedException();

    /// <summary>Segments that a search visits.</summary>
    public int SegmentCount => throw new NotImplementedException();

    /// <summary>Opens the last published state; removes files that no manifest names.</summary>
    /// <exception cref="IndexCorruptException">A file is missing, cut off, or fails its checksum.</exception>
    public static CollectionIndex Open(
        IndexDirectory directory,
        CollectionSchema schema,
        Func<FieldSchema, IAnalyzer> analyzers,
        CollectionIndexOptions options,
        TimeProvider time) => throw new NotImplementedException();

    /// <summary>Whether a write would be taken, apart from its version: BadRequest, TooLarge, BadDocument or Ok.
    /// Any thread.</summary>
    public StatusCode Validate(ReadOnlySpan<byte> path, ReadOnlySpan<byte> json, out string? error) =>
        throw new NotImplementedException();

    /// <summary>
    /// Stores a document whose version is above the stored one (0: takes stored + 1). Visible to <see cref="TryGet"/>
    /// at once, to searches after <see cref="Refresh"/>. Writer only. Copies path and JSON.
    /// </summary>
    /// <returns>Ok, VersionTooOld (<paramref name="storedVersion"/> is the stored one), or as Validate.</returns>
    public StatusCode Put(
        ReadOnlySpan<byte> path, ulong version, ReadOnlySpan<byte> json, out ulong storedVersion, out string? error) =>
        throw new NotImplementedException();

    /// <summary>
    /// Removes a document and remembers its version as a tombstone, also where there was none. Writer only.
    /// </summary>
    /// <returns>Ok, NotFound (no live document; the tombstone is kept all the same), VersionTooOld, BadRequest.</returns>
    public StatusCode Delete(ReadOnlySpan<byte> path, ulong version, out ulong storedVersion, out string? error) =>
        throw new NotImplementedException();

    /// <summary>Appends the document's JSON as it is now, searchable or not. Any thread.</summary>
    public bool TryGet(ReadOnlySpan<byte> path, IBufferWriter<byte> json, out ulong version) =>
        throw new NotImplementedException();

    /// <summary>Version of the document or of its tombstone; 0 when nothing is known of the path. Any thread.</summary>
    public ulong StoredVersion(ReadOnlySpan<byte> path) => throw new NotImplementedException();

    /// <summary>Makes every write so far searchable; false and nearly free when there was none. Writer only.</summary>
    public bool Refresh() => throw new NotImplementedException();

    /// <summary>Refreshes and takes down what <see cref="Flush(PendingFlush)"/> has to write. Writer only, quick.</summary>
    /// <param name="position">Log position that all writes applied so far reach up to.</param>
    public PendingFlush PrepareFlush(long position) => throw new NotImplementedException();

    /// <summary>
    /// Writes the segments taken down and publishes them with their log position. Writers and searches go on meanwhile.
    /// Maintenance: never beside another Flush or MergeOnce.
    /// </summary>
    /// <exception cref="IOException">Nothing was published; the index goes on as before and it can be tried again.</exception>
    public void Flush(PendingFlush pending) => throw new NotImplementedException();

    /// <summary>Both halves at once, for callers without concurrency.</summary>
    public void Flush(long position) => Flush(PrepareFlush(position));

    /// <summary>
    /// Does the one merge most worth doing whose input is at most so many bytes. Maintenance, as Flush.
    /// Cancelling leaves the index as it was.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool MergeOnce(long inputBytesMax, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Runs a query on what is searchable. Any thread.</summary>
    /// <returns>Ok, BadQuery or BadRequest with an error text, Cancelled, or DeadlineExceeded.</returns>
    public StatusCode Search(
        SearchRequest request, SearchBudget budget, out SearchReply? reply, out string? error) =>
        throw new NotImplementedException();

    /// <summary>
    /// What the query's scores depend on, counted over searchable live documents only: a pure function of them, however
    /// they came to be. Any thread.
    /// </summary>
    public StatusCode Statistics(
        SearchRequest request, SearchBudget budget, out TermStatistics? statistics, out string? error) =>
        throw new NotImplementedException();

    /// <summary>A page of documents as they are now, in order of path bytes. Any thread.</summary>
    public ScanReply Scan(string after, int limit) => throw new NotImplementedException();

    /// <summary>
    /// Works by a schema that has all the fields of the present one, unchanged, and perhaps more; documents written from
    /// now on are indexed by it. Writer only.
    /// </summary>
    /// <returns>Ok, or SchemaConflict.</returns>
    public StatusCode AlterSchema(CollectionSchema schema, out string? error) => throw new NotImplementedException();

    /// <summary>Releases the segments once the last search is done. Unflushed writes are only in the log.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>What one flush has to write.</summary>
internal sealed class PendingFlush
{
}
