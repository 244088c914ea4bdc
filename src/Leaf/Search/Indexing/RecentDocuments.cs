using System.Buffers;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A state of a path written since the last refresh. Its bytes are there while its batch is held.</summary>
internal readonly ref struct RecentDocument(in RecentEntry entry, byte[] chunk)
{
    public ReadOnlySpan<byte> Path { get; } = chunk.AsSpan(entry.Offset, entry.PathLength);

    /// <summary>The document; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Json { get; } = chunk.AsSpan(entry.Offset + entry.PathLength, entry.JsonLength);

    /// <summary>Of the document or of its tombstone.</summary>
    public ulong Version { get; } = entry.Version;

    /// <summary>Its number in the live buffer; -1 for a tombstone.</summary>
    public int Number { get; } = entry.Number;

    /// <summary>Whether segments have a live document of the path, which this one takes the place of.</summary>
    public bool WasIndexed { get; } = entry.WasIndexed;

    public bool IsTombstone => Number < 0;
}

/// <summary>
/// The last state of every path written since the last refresh, so that reads by path are up to date at once. Readers
/// hold the batch that they read, and never wait for the writer.
/// </summary>
internal sealed class RecentDocuments
{
    /// <summary>Keyed by a secret of the process: none outside can make paths that collide.</summary>
    private static readonly PlaceHash Places = PlaceHash.Create(null);

    private RecentBatch? _batch;
    private long _bytes;

    /// <summary>Paths. Writer.</summary>
    public int Count => _batch?.Count ?? 0;

    /// <summary>Memory held.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What is known of the last state of a path; false if it was not written. Any thread.</summary>
    public bool TryPeek(ReadOnlySpan<byte> path, out RecentEntry entry)
    {
        entry = default;
        if (Hold() is not { } batch) return false;
        var isThere = batch.TryFind(path, Places.Of(path), out entry);
        batch.Release();
        return isThere;
    }

    /// <summary>
    /// Appends the last state of a path; false if it was not written, or is a tombstone, which <paramref name="entry"/>
    /// tells. Any thread.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> path, IBufferWriter<byte> json, out RecentEntry entry)
    {
        entry = default;
        if (Hold() is not { } batch) return false;
        try
        {
            if (!batch.TryFind(path, Places.Of(path), out entry) || entry.IsTombstone) return false;
            json.Write(new RecentDocument(entry, batch.Chunks[entry.Chunk]).Json);
            return true;
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>Puts a document in the place of the state before. Writer.</summary>
    /// <param name="path">Copied.</param>
    /// <param name="version">Its version.</param>
    /// <param name="json">Copied.</param>
    /// <param name="number">Its number in the live buffer.</param>
    /// <param name="wasIndexed">Whether segments have a live document of the path.</param>
    public void Put(
        ReadOnlySpan<byte> path, ulong version, ReadOnlySpan<byte> json, int number, bool wasIndexed)
    {
        var entry = new RecentEntry
        {
            Hash = Places.Of(path), Version = version, Number = number, WasIndexed = wasIndexed,
        };
        var batch = _batch ?? new RecentBatch();
        batch.Put(entry, path, json);
        Volatile.Write(ref _batch, batch);
        Interlocked.Exchange(ref _bytes, batch.Bytes);
    }

    /// <summary>Puts a tombstone in the place of the state before. Writer.</summary>
    public void PutTombstone(ReadOnlySpan<byte> path, ulong version, bool wasIndexed) =>
        Put(path, version, [], -1, wasIndexed);

    /// <summary>All states of paths behind one, in path order. Any thread.</summary>
    /// <param name="after">The path; empty for all.</param>
    /// <param name="pace">Breathes often; null where nobody waits.</param>
    public RecentPage SortedAfter(ReadOnlySpan<byte> after, MergePace? pace = null)
    {
        if (Hold() is not { } batch) return RecentPage.Empty;
        var page = new RecentPage(batch);
        page.SortAfter(after, pace);
        return page;
    }

    /// <summary>Forgets all: segments have them now. Writer.</summary>
    public void Clear()
    {
        Interlocked.Exchange(ref _batch, null)?.Release();
        Interlocked.Exchange(ref _bytes, 0);
    }

    /// <summary>The batch of the moment with a reference of its own.</summary>
    private RecentBatch? Hold()
    {
        while (true)
        {
            var batch = Volatile.Read(ref _batch);
            if (batch is null || batch.TryAddReference()) return batch;
        }
    }
}
