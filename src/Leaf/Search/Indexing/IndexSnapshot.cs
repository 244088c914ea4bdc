namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// What searches see: a set of segment views that never changes. It holds its segments while anybody holds it; each
/// holder releases it exactly once. Any thread.
/// </summary>
internal sealed class IndexSnapshot
{
    private int _references = 1;

    /// <summary>Takes a reference on each segment.</summary>
    public IndexSnapshot(SegmentView[] views)
    {
        Views = views;
        foreach (var view in views)
        {
            view.Segment.AddReference();
            LiveCount += view.LiveCount;
            Bytes += view.Segment.Bytes;
            if (!view.Segment.IsFlushed) UnflushedBytes += view.Segment.Bytes;
        }
    }

    /// <summary>The segments.</summary>
    public SegmentView[] Views { get; }

    /// <summary>Documents that live.</summary>
    public long LiveCount { get; }

    /// <summary>Bytes of the segments.</summary>
    public long Bytes { get; }

    /// <summary>Those of memory images.</summary>
    public long UnflushedBytes { get; }

    /// <summary>Takes a reference, unless the last is gone.</summary>
    public bool TryAddReference()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }

    /// <summary>Gives a reference back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        foreach (var view in Views) view.Segment.Release();
    }

    /// <summary>The live document of a path, if there is one.</summary>
    public bool TryFind(ReadOnlySpan<byte> path, out SegmentView view, out int document)
    {
        var hash = PathTable.Hash(path);
        foreach (var candidate in Views)
        {
            document = candidate.FindLive(path, hash);
            if (document < 0) continue;
            view = candidate;
            return true;
        }

        view = null!;
        document = -1;
        return false;
    }

    /// <summary>Highest version known of a path: live, deleted or tombstone; 0 when none.</summary>
    public ulong Version(ReadOnlySpan<byte> path)
    {
        var hash = PathTable.Hash(path);
        ulong version = 0;
        foreach (var view in Views)
        {
            var document = view.Segment.Paths.Find(path, hash);
            if (document >= 0) version = Math.Max(version, view.Segment.Version(document));
            var tombstone = view.Segment.Tombstones.Find(path, hash);
            if (tombstone >= 0) version = Math.Max(version, view.Segment.TombstoneVersion(tombstone));
        }

        return version;
    }
}
