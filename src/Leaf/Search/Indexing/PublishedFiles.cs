using System.Collections.Concurrent;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A segment that the manifest names, with the deletes it names.</summary>
internal sealed record PublishedSegment(Segment Segment, ulong[]? Dead, int DeadCount, long Generation)
{
    /// <summary>Its row in the manifest.</summary>
    public ManifestSegment Row => new(Segment.Id, Segment.DocumentCount, Generation);
}

/// <summary>
/// The files of an index: what the manifest names, what a maintenance turn has written and not published yet, and what
/// nothing names any more. Belongs to the maintenance thread, but for the position and the numbering.
/// </summary>
internal sealed class PublishedFiles
{
    private readonly IndexDirectory _directory;
    private readonly ConcurrentQueue<string> _unused = new();
    private readonly List<string> _written = [];
    private long _nextId = 1;
    private long _position;
    private bool _switching;

    /// <summary>Files of a directory; nothing is read yet.</summary>
    public PublishedFiles(IndexDirectory directory) => _directory = directory;

    /// <summary>What the manifest names.</summary>
    public IReadOnlyList<PublishedSegment> Segments { get; private set; } = [];

    /// <summary>Log position that it reaches up to. Any thread.</summary>
    public long Position => Interlocked.Read(ref _position);

    /// <summary>Takes a number that no file had before. Any thread.</summary>
    public long TakeId() => Interlocked.Increment(ref _nextId);

    /// <summary>Opens what the manifest names and removes everything else.</summary>
    /// <returns>A view of each segment, whose references the caller gives back.</returns>
    /// <exception cref="IndexCorruptException">A file is missing or damaged, or of another schema.</exception>
    public List<SegmentView> Open(ref CollectionSchema schema)
    {
        var manifest = Manifest.Read(_directory);
        schema = CollectionFields.WithFound(schema, manifest.Schema);
        if (CollectionFields.Conflict(manifest.Schema, schema) is { } conflict)
            throw new IndexCorruptException(Manifest.FileName, "it is of another schema: " + conflict);
        var views = new List<SegmentView>();
        try
        {
            foreach (var row in manifest.Segments) views.Add(OpenView(row));
        }
        catch (IndexCorruptException)
        {
            foreach (var view in views) view.Segment.Release();
            throw;
        }

        Segments =
        [
            .. manifest.Segments.Zip(
                views, (row, view) => new PublishedSegment(view.Segment, view.Dead, view.DeadCount, row.Generation)),
        ];
        _nextId = manifest.NextId;
        _position = manifest.Position;
        var named = new HashSet<string>(Segments.SelectMany(NamesOf)) { Manifest.FileName };
        foreach (var name in _directory.Names())
            if (!named.Contains(name)) _directory.Delete(name);
        return views;
    }

    /// <summary>Starts the file of a new segment.</summary>
    public IndexOutput CreateSegment(long id)
    {
        _written.Add(Manifest.SegmentName(id));
        return _directory.Create(Manifest.SegmentName(id));
    }

    /// <summary>Opens the file of a new segment once it is finished.</summary>
    public Segment OpenSegment(long id, MergePace pace)
    {
        var region = _directory.Open(Manifest.SegmentName(id));
        region.MapAll(pace);
        return Segment.Open(id, true, region, verify: false);
    }

    /// <summary>Writes the deletes of a view, if they are more than the published ones.</summary>
    public PublishedSegment WithDeletes(SegmentView view)
    {
        var published = Segments.First(p => p.Segment == view.Segment);
        if (published.DeadCount == view.DeadCount) return published;
        var generation = TakeId();
        _written.Add(Manifest.DeletesName(view.Segment.Id, generation));
        DeletesFile.Write(_directory, view.Segment, generation, view.Dead!);
        return new PublishedSegment(view.Segment, view.Dead, view.DeadCount, generation);
    }

    /// <summary>Makes this the published state.</summary>
    /// <exception cref="IOException">It is not, or nobody can say.</exception>
    public void Publish(IReadOnlyList<PublishedSegment> segments, long position, CollectionSchema schema)
    {
        var manifest = new Manifest
        {
            Position = position,
            NextId = Interlocked.Read(ref _nextId) + 1,
            Schema = schema,
            Segments = [.. segments.Select(p => p.Row)],
        };
        manifest.Write(_directory);
        _switching = true; // from here on an error leaves open which manifest the disk has
        Manifest.Switch(_directory);
        _switching = false;
        foreach (var name in Segments.SelectMany(NamesOf).Except(segments.SelectMany(NamesOf))) _unused.Enqueue(name);
        Segments = segments;
        Interlocked.Exchange(ref _position, position);
    }

    /// <summary>Gives up what this turn wrote; what perhaps was published stays until the next start.</summary>
    public void Discard()
    {
        if (!_switching)
            foreach (var name in _written) _unused.Enqueue(name);
        _switching = false;
    }

    /// <summary>Ends a turn: removes what nothing names. Readers that still map it are not disturbed.</summary>
    public void EndTurn()
    {
        _written.Clear();
        while (_unused.TryPeek(out var name))
        {
            try
            {
                _directory.Delete(name);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return; // where mapped files cannot be removed: at a later turn, or at the next start
            }

            _unused.TryDequeue(out _);
        }
    }

    private static IEnumerable<string> NamesOf(PublishedSegment published)
    {
        yield return Manifest.SegmentName(published.Segment.Id);
        if (published.Generation != 0) yield return Manifest.DeletesName(published.Segment.Id, published.Generation);
    }

    private SegmentView OpenView(ManifestSegment row)
    {
        var region = OpenNamed(Manifest.SegmentName(row.Id));
        var segment = Segment.Open(row.Id, true, region, verify: true);
        try
        {
            if (segment.DocumentCount != row.Documents)
                throw new IndexCorruptException(
                    segment.Name, $"it has {segment.DocumentCount} documents, the manifest says {row.Documents}");
            var view = new SegmentView(segment);
            if (row.Generation == 0) return view;
            using var deletes = OpenNamed(Manifest.DeletesName(row.Id, row.Generation));
            return view.WithDeleted(DeletesFile.Read(deletes, segment));
        }
        catch (IndexCorruptException)
        {
            segment.Release();
            throw;
        }
    }

    private IndexRegion OpenNamed(string name)
    {
        try
        {
            return _directory.Open(name);
        }
        catch (FileNotFoundException)
        {
            throw new IndexCorruptException(name, "the manifest names it and it is missing");
        }
    }
}
