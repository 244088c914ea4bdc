using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Reads a page of documents in path order, and of the deletes that are remembered if so wished: recent documents and
/// segments merged. One thread, one page.
/// </summary>
internal sealed class DocumentScan
{
    private const int PageBytesMax = 4 << 20;

    private readonly SegmentView[] _views;
    private readonly RecentPage _recent;
    private readonly byte[] _after;
    private readonly bool _withDeleted;

    /// <summary>Of each segment its documents; behind them, of each its tombstones, if they are wanted.</summary>
    private readonly PathCursor[] _cursors;
    private readonly StoredReader[] _readers;
    private readonly SourceHeap _heap;
    private readonly List<BulkDocument> _page = [];
    private long _bytes;

    /// <param name="snapshot">Taken after <paramref name="recent"/>, so that nothing falls between.</param>
    /// <param name="recent">Recent documents behind the path, in order; they hide what segments have of their
    /// paths.</param>
    /// <param name="after">The page begins behind it.</param>
    /// <param name="withDeleted">Whether deletes stand among the documents, without JSON.</param>
    public DocumentScan(IndexSnapshot snapshot, RecentPage recent, byte[] after, bool withDeleted)
    {
        _views = snapshot.Views;
        _recent = recent;
        _after = after;
        _withDeleted = withDeleted;
        var documents = _views.Select(view => view.Segment.Paths);
        var deletes = _views.Where(_ => withDeleted).Select(view => view.Segment.Tombstones);
        _cursors = [.. documents.Concat(deletes).Select(paths => paths.CursorAt(paths.LowerBound(after)))];
        _readers = [.. _views.Select(view => new StoredReader(view.Segment.Stored))];
        _heap = new SourceHeap((a, b) => _cursors[a].Path.SequenceCompareTo(_cursors[b].Path));
    }

    /// <summary>One page of so many rows at most.</summary>
    public ScanReply Page(int limit)
    {
        for (var i = 0; i < _cursors.Length; i++)
            if (MoveOn(i)) _heap.Push(i);
        var next = 0;
        while (_heap.Count > 0 || next < _recent.Count)
        {
            var order = _heap.Count == 0 ? 1
                : next == _recent.Count ? -1
                : _cursors[_heap.Top].Path.SequenceCompareTo(_recent[next].Path);
            var isShown = order < 0 || _withDeleted || !_recent[next].IsTombstone;
            if (isShown && (_page.Count == limit || _bytes >= PageBytesMax)) break;
            if (order >= 0 && isShown) Add(_recent[next].Path, _recent[next].Version, _recent[next].Json.ToArray());
            if (order <= 0) Take(isHidden: order == 0);
            if (order >= 0) next++;
        }

        foreach (var reader in _readers) reader.Release();
        return new ScanReply { Documents = _page, More = _heap.Count > 0 || next < _recent.Count };
    }

    /// <summary>Takes all that segments have of the first path: the live document, or else its latest delete.</summary>
    private void Take(bool isHidden)
    {
        var path = _cursors[_heap.Top].Path.ToArray();
        ulong version = 0;
        byte[] json = [];
        while (_heap.Count > 0 && _cursors[_heap.Top].Path.SequenceEqual(path))
        {
            var source = _heap.Top;
            var number = _cursors[source].Number;
            if (!isHidden && source < _views.Length)
            {
                version = _views[source].Segment.Version(number);
                json = _readers[source].Read(number).ToArray();
            }
            else if (!isHidden && json.Length == 0)
            {
                version = Math.Max(version, _views[source - _views.Length].Segment.TombstoneVersion(number));
            }

            _heap.Moved(ended: !MoveOn(source));
        }

        if (!isHidden) Add(path, version, json);
    }

    private void Add(ReadOnlySpan<byte> path, ulong version, byte[] json)
    {
        _page.Add(new BulkDocument(Encoding.UTF8.GetString(path), version, json));
        _bytes += path.Length + json.Length;
    }

    private bool MoveOn(int source)
    {
        var cursor = _cursors[source];
        while (cursor.MoveNext())
        {
            if (source < _views.Length && BitWords.Has(_views[source].Dead, cursor.Number)) continue;
            if (cursor.Path.SequenceCompareTo(_after) > 0) return true;
        }

        return false;
    }
}
