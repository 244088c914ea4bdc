using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>The segments of one index: those that searches see, and those that the manifest names.</summary>
/// <remarks>
/// <para>Two states live side by side. The <i>snapshot</i> is the newest: file segments, memory images of recent
/// refreshes, every delete up to the last refresh. The <i>published</i> state is what a crash falls back to, and with
/// it the log position from which writes are replayed. A delete newer than that position must not reach the files: the
/// document that replaced the deleted one may not be durable yet. So merges of files leave out only what is deleted in
/// the published state; what is deleted since then moves along and is marked in the merged segment's view.</para>
/// <para>Concurrency: the writer adds segments; one maintenance thread at a time flushes and merges; readers take
/// snapshots without a lock. <c>_swap</c> guards the replacing of the snapshot and of the pending flush, and is held
/// for pointer work and copies of bit sets, never for I/O. The files belong to maintenance (<see
/// cref="PublishedFiles"/>).</para>
/// </remarks>
internal sealed class SegmentStore : IDisposable
{
    /// <summary>Paths looked up between two looks at the pace.</summary>
    private const int PathsPerLook = 256;

    /// <summary>Input of a merge in memory: an array of .NET holds 2 GiB.</summary>
    private const long ImageBytesMax = 1L << 30;

    private readonly IndexDirectory _directory;
    private readonly CollectionIndexOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _swap = new();
    private readonly PublishedFiles _files;
    private IndexSnapshot _snapshot = new([]);
    private PendingFlush? _pending;
    private int _maintaining;

    private SegmentStore(IndexDirectory directory, CollectionIndexOptions options, TimeProvider time)
    {
        _directory = directory;
        _files = new PublishedFiles(directory);
        _options = options;
        _time = time;
    }

    /// <summary>What merges have done so far.</summary>
    public MergeCounts Merging { get; } = new();

    /// <summary>Log position of the published state.</summary>
    public long Position => _files.Position;

    /// <summary>Opens the published state, or publishes an empty one where there is none yet.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="schema">What it should have; fields that were found in its documents are added.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">For the age of tombstones.</param>
    /// <exception cref="IndexCorruptException">A file is missing or damaged, or of another schema.</exception>
    public static SegmentStore Open(
        IndexDirectory directory, ref CollectionSchema schema, CollectionIndexOptions options, TimeProvider time)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Index files are read in place, on little-endian machines only.");
        var store = new SegmentStore(directory, options, time);
        var names = directory.Names();
        if (!names.Contains(Manifest.FileName))
        {
            var orphan = names.FirstOrDefault(name => name.StartsWith("segment-", StringComparison.Ordinal));
            if (orphan is not null)
                throw new IndexCorruptException(Manifest.FileName, $"it is missing beside '{orphan}'");
            store._files.Publish([], 0, schema);
            return store;
        }

        var views = store._files.Open(ref schema);
        store._snapshot = new IndexSnapshot([.. views]);
        foreach (var view in views) view.Segment.Release();
        return store;
    }

    /// <summary>The newest snapshot, with a reference that the caller releases. Any thread.</summary>
    public IndexSnapshot Acquire()
    {
        while (true)
        {
            var snapshot = Volatile.Read(ref _snapshot);
            if (snapshot.TryAddReference()) return snapshot;
        }
    }

    /// <summary>Builds a memory image, adds it, and deletes the documents that it replaces. Writer.</summary>
    /// <param name="write">Writes the segment.</param>
    /// <param name="recent">What it is made of; where a state takes the place of an indexed document, that is no
    /// more.</param>
    /// <param name="pace">Breathes often.</param>
    public void AddImage(Action<IndexOutput> write, RecentPage recent, MergePace pace)
    {
        var segment = BuildImage(_files.TakeId(), write);
        lock (_swap)
        {
            // Only maintenance may wait for the lock while this breathes.
            var views = _snapshot.Views.Select(view => Without(view, recent, pace)).ToList();
            views.Add(new SegmentView(segment));
            Swap([.. views]);
        }

        segment.Release();
    }

    /// <summary>Takes down the present state for a flush. Writer.</summary>
    public PendingFlush Prepare(long position)
    {
        if (position < Position)
            throw new ArgumentOutOfRangeException(
                nameof(position), position, $"the index has reached {Position} already; a flush cannot go back");
        lock (_swap)
        {
            _pending?.Snapshot.Release();
            _pending = new PendingFlush(position, new IndexSnapshot(_snapshot.Views));
            return _pending;
        }
    }

    /// <summary>Writes and publishes a state taken down. Maintenance.</summary>
    public void Flush(PendingFlush pending, CollectionSchema schema, MergePace pace)
    {
        using var turn = BeginMaintenance();
        var taken = Take(pending);
        MergeResult? merged = null;
        try
        {
            var images = taken.Views.Where(view => !view.Segment.IsFlushed).ToArray();
            if (images.Any(view => view.LiveCount > 0 || view.Segment.Tombstones.Count > 0))
            {
                var sources = images.Select(v => new MergeSource(v.Segment, v.Dead)).ToArray();
                merged = Merge(sources, true, pace);
            }

            var next = taken.Views.Where(v => v.Segment.IsFlushed).Select(_files.WithDeletes).ToList();
            if (merged is not null) next.Add(new PublishedSegment(merged.Segment, null, 0, 0));
            _files.Publish(next, pending.Position, schema);
            Replace([.. images.Select(v => new MergeSource(v.Segment, v.Dead))], merged);
            merged?.Release();
        }
        catch (IOException)
        {
            _files.Discard();
            merged?.Release();
            throw;
        }
        finally
        {
            Drop(pending);
            taken.Release();
        }
    }

    /// <summary>Does the merge most worth doing: images among themselves, or files. Maintenance.</summary>
    public bool MergeOnce(long inputBytesMax, CollectionSchema schema, MergePace pace)
    {
        using var turn = BeginMaintenance();
        var snapshot = Acquire();
        try
        {
            // While a flush is pending its images stay as they are: they hold what was not deleted at its position.
            var images = Volatile.Read(ref _pending) is null
                ? MergePolicy.Choose(
                    snapshot.Views.Where(v => !v.Segment.IsFlushed), _options, Math.Min(inputBytesMax, ImageBytesMax))
                : [];
            if (images.Length > 0)
            {
                var sources = images.Select(v => new MergeSource(v.Segment, v.Dead)).ToArray();
                var image = Merge(sources, false, pace);
                Replace(sources, image);
                Merging.Add(image.Segment.Bytes, pace.Paused);
                image.Release();
                return true;
            }

            var files = MergePolicy.Choose(PublishedViews(snapshot), _options, inputBytesMax);
            if (files.Length == 0) return false;
            MergeFiles(files, schema, pace);
            return true;
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_swap)
        {
            _pending?.Snapshot.Release();
            _pending = null;
            Swap([]);
        }

        _files.EndTurn();
    }

    /// <summary>The views of a pending flush, with a reference of its own.</summary>
    private IndexSnapshot Take(PendingFlush pending)
    {
        lock (_swap)
        {
            if (!ReferenceEquals(pending, _pending))
                throw new InvalidOperationException("This flush is done already, or a later one took its place.");
            pending.Snapshot.TryAddReference();
            return pending.Snapshot;
        }
    }

    /// <summary>Forgets a pending flush, unless the writer has taken down a later one meanwhile.</summary>
    private void Drop(PendingFlush pending)
    {
        lock (_swap)
        {
            if (!ReferenceEquals(pending, _pending)) return;
            _pending = null;
            pending.Snapshot.Release();
        }
    }

    private static SegmentView Without(SegmentView view, RecentPage recent, MergePace pace)
    {
        var documents = new List<int>();
        for (var i = 0; i < recent.Count; i++)
        {
            if (i % PathsPerLook == 0) pace.Breathe();
            if (!recent[i].WasIndexed) continue;
            var document = view.FindLive(recent[i].Path, PathTable.Hash(recent[i].Path));
            if (document >= 0) documents.Add(document);
        }

        return view.WithDeleted(documents);
    }

    private static Segment BuildImage(long id, Action<IndexOutput> write)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"image-{id}");
        using var output = new PageIndexOutput(name);
        write(output);
        return Segment.Open(id, false, output.Region!, verify: false);
    }

    private MergeResult Merge(IReadOnlyList<MergeSource> sources, bool toFile, MergePace pace)
    {
        var id = _files.TakeId();
        var clock = (ulong)Math.Max(0, (_time.GetUtcNow() - _options.TombstoneRetention).ToUnixTimeMilliseconds());
        var horizon = clock << 16; // versions are milliseconds and a counter of 16 bits
        int[][] maps = [];
        var lent = new LentArrays();
        if (!toFile)
        {
            // An image of a durable index is soon written again, and compressed then.
            var compress = !_directory.IsDurable;
            var image = BuildImage(
                id, o => maps = SegmentMerger.Merge(o, compress, sources, horizon, int.MaxValue, pace, lent));
            return new MergeResult(image, maps, lent);
        }

        maps = SegmentMerger.Merge(
            _files.CreateSegment(id), true, sources, horizon, _options.GraphVectorsMin, pace, lent);
        // The file is whole: what ends merges comes too late for this one.
        var last = MergePace.Unbounded(default, _options.Throttle);
        return new MergeResult(_files.OpenSegment(id, last), maps, lent);
    }

    private void MergeFiles(SegmentView[] files, CollectionSchema schema, MergePace pace)
    {
        var sources = files.Select(v => new MergeSource(v.Segment, v.Dead)).ToArray();
        var merged = Merge(sources, true, pace);
        try
        {
            var next = _files.Segments.Where(p => !sources.Any(s => s.Segment == p.Segment)).ToList();
            next.Add(new PublishedSegment(merged.Segment, null, 0, 0));
            _files.Publish(next, Position, schema);
        }
        catch (IOException)
        {
            _files.Discard();
            merged.Release();
            throw;
        }

        Replace(sources, merged);
        Merging.Add(merged.Segment.Bytes, pace.Paused);
        merged.Release();
    }

    /// <summary>The file segments with the deletes of the published state.</summary>
    private IEnumerable<SegmentView> PublishedViews(IndexSnapshot snapshot) =>
        from published in _files.Segments
        let dead = published.Dead
        let view = snapshot.Views.First(v => v.Segment == published.Segment)
        select view.DeadCount == published.DeadCount
            ? view
            : new SegmentView(published.Segment).WithDeleted(Numbers(dead, published.Segment.DocumentCount));

    private static List<int> Numbers(ulong[]? words, int count)
    {
        var numbers = new List<int>();
        if (words is null) return numbers;
        for (var d = BitWords.Next(words, 0); d < count; d = BitWords.Next(words, d + 1)) numbers.Add(d);
        return numbers;
    }

    /// <summary>Puts the merged segment in the place of its sources, with what was deleted in them meanwhile.</summary>
    private void Replace(MergeSource[] sources, MergeResult? merged)
    {
        foreach (var source in sources) source.Segment.Retire();
        lock (_swap)
        {
            Swap(Replaced(_snapshot.Views, sources, merged));
            if (_pending is null) return;
            var old = _pending.Snapshot;
            _pending.Snapshot = new IndexSnapshot(Replaced(old.Views, sources, merged));
            old.Release();
        }
    }

    private static SegmentView[] Replaced(SegmentView[] views, MergeSource[] sources, MergeResult? merged)
    {
        var kept = new List<SegmentView>();
        var deleted = new List<int>();
        var found = false;
        foreach (var view in views)
        {
            var source = Array.FindIndex(sources, s => s.Segment == view.Segment);
            if (source < 0)
            {
                kept.Add(view);
                continue;
            }

            found = true;
            if (merged is null) continue;
            foreach (var document in view.DeadBeyond(sources[source].Drop))
                deleted.Add(merged.Maps[source][document]);
        }

        if (found && merged is not null) kept.Add(new SegmentView(merged.Segment).WithDeleted(deleted));
        return [.. kept];
    }

    private void Swap(SegmentView[] views)
    {
        var old = _snapshot;
        Volatile.Write(ref _snapshot, new IndexSnapshot(views));
        old.Release();
    }

    private MaintenanceTurn BeginMaintenance() => Interlocked.Exchange(ref _maintaining, 1) == 0
        ? new MaintenanceTurn(this)
        : throw new InvalidOperationException("Flush and MergeOnce run one at a time.");

    /// <summary>A merged segment with the new numbers of its sources' documents, which are lent until it is in
    /// their place.</summary>
    private sealed record MergeResult(Segment Segment, int[][] Maps, LentArrays Lent)
    {
        /// <summary>Gives up what it holds, once.</summary>
        public void Release()
        {
            Segment.Release();
            Lent.Dispose();
        }
    }

    private readonly struct MaintenanceTurn(SegmentStore store) : IDisposable
    {
        public void Dispose()
        {
            store._files.EndTurn();
            Volatile.Write(ref store._maintaining, 0);
        }
    }
}
