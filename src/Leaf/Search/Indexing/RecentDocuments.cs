namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A path written since the last refresh.</summary>
/// <param name="Path">The path.</param>
/// <param name="Version">Of the document or of its tombstone.</param>
/// <param name="Json">The document; null for a tombstone.</param>
/// <param name="Number">Its number in the live buffer; -1 for a tombstone.</param>
/// <param name="WasIndexed">Whether segments have a live document of the path, which this one takes the place
/// of.</param>
internal sealed record RecentDocument(byte[] Path, ulong Version, byte[]? Json, int Number, bool WasIndexed);

/// <summary>
/// The last state of every path written since the last refresh, so that reads by path are up to date at once. Writer
/// and readers share it under a lock that is held for a look-up only.
/// </summary>
internal sealed class RecentDocuments
{
    /// <summary>What an entry costs beside its bytes: objects, table and arrays, estimated.</summary>
    private const int EntryOverheadBytes = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], RecentDocument> _byPath = new(PathComparer.Instance);
    private readonly Dictionary<byte[], RecentDocument>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private long _bytes;

    public RecentDocuments() => _lookup = _byPath.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Paths.</summary>
    public int Count => _byPath.Count;

    /// <summary>Memory held, estimated.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The last state of a path, or null if it was not written. Any thread.</summary>
    public RecentDocument? Find(ReadOnlySpan<byte> path)
    {
        lock (_lock) return _lookup.TryGetValue(path, out var document) ? document : null;
    }

    /// <summary>Puts a state in the place of the one before. Writer.</summary>
    public void Put(RecentDocument document)
    {
        lock (_lock) _byPath[document.Path] = document;
        Interlocked.Add(ref _bytes, document.Path.Length + (document.Json?.Length ?? 0) + EntryOverheadBytes);
    }

    /// <summary>All states of paths behind one, in path order. Any thread.</summary>
    public List<RecentDocument> SortedAfter(ReadOnlySpan<byte> after)
    {
        var found = new List<RecentDocument>();
        lock (_lock)
        {
            foreach (var document in _byPath.Values)
                if (document.Path.AsSpan().SequenceCompareTo(after) > 0) found.Add(document);
        }

        // A table that nothing was taken from gives its rows as they came: often in order already.
        if (!IsSorted(found)) found.Sort((a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
        return found;
    }

    /// <summary>Forgets all: segments have them now. Writer.</summary>
    public void Clear()
    {
        lock (_lock) _byPath.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }

    private static bool IsSorted(List<RecentDocument> documents)
    {
        for (var i = 1; i < documents.Count; i++)
            if (documents[i - 1].Path.AsSpan().SequenceCompareTo(documents[i].Path) > 0) return false;
        return true;
    }

    private sealed class PathComparer
        : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly PathComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] path) => (int)PathTable.Hash(path);

        public byte[] Create(ReadOnlySpan<byte> path) => path.ToArray();

        public bool Equals(ReadOnlySpan<byte> path, byte[] other) => path.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> path) => (int)PathTable.Hash(path);
    }
}
