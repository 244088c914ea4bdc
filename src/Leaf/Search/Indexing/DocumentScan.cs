using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Reads pages of documents in path order: recent documents and segments merged.</summary>
internal static class DocumentScan
{
    private const int PageBytesMax = 4 << 20;

    /// <summary>One page behind a path.</summary>
    /// <param name="snapshot">Taken after <paramref name="recent"/>, so that nothing falls between.</param>
    /// <param name="recent">Recent documents behind the path, in order; they hide what segments have of their
    /// paths.</param>
    /// <param name="after">The path.</param>
    /// <param name="limit">Most documents.</param>
    public static ScanReply Page(IndexSnapshot snapshot, RecentPage recent, byte[] after, int limit)
    {
        var views = snapshot.Views;
        var cursors = views.Select(v => v.Segment.Paths.CursorAt(v.Segment.Paths.LowerBound(after))).ToArray();
        var readers = views.Select(v => new StoredReader(v.Segment.Stored)).ToArray();
        var heap = new SourceHeap((a, b) => cursors[a].Path.SequenceCompareTo(cursors[b].Path));
        for (var i = 0; i < views.Length; i++)
            if (MoveToLive(i)) heap.Push(i);
        var documents = new List<BulkDocument>();
        long bytes = 0;
        var next = 0;
        while (heap.Count > 0 || next < recent.Count)
        {
            var order = heap.Count == 0 ? 1
                : next == recent.Count ? -1
                : cursors[heap.Top].Path.SequenceCompareTo(recent[next].Path);
            if (order < 0 && documents.Count < limit && bytes < PageBytesMax)
            {
                var top = heap.Top;
                var number = cursors[top].Number;
                Add(cursors[top].Path, views[top].Segment.Version(number), readers[top].Read(number).ToArray());
            }
            else if (order >= 0 && !recent[next].IsTombstone && documents.Count < limit && bytes < PageBytesMax)
            {
                Add(recent[next].Path, recent[next].Version, recent[next].Json.ToArray());
            }
            else if (order < 0 || !recent[next].IsTombstone)
            {
                break;
            }

            if (order <= 0) heap.Moved(ended: !MoveToLive(heap.Top));
            if (order >= 0) next++;
        }

        foreach (var reader in readers) reader.Release();
        return new ScanReply { Documents = documents, More = heap.Count > 0 || next < recent.Count };

        void Add(ReadOnlySpan<byte> path, ulong version, byte[] json)
        {
            documents.Add(new BulkDocument(Encoding.UTF8.GetString(path), version, json));
            bytes += path.Length + json.Length;
        }

        bool MoveToLive(int i)
        {
            while (cursors[i].MoveNext())
            {
                if (BitWords.Has(views[i].Dead, cursors[i].Number)) continue;
                if (cursors[i].Path.SequenceCompareTo(after) > 0) return true;
            }

            return false;
        }
    }
}
