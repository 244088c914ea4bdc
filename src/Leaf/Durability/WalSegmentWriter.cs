namespace Hedgerow.Leaf.Durability;

/// <summary>
/// The segment files of one log: appends to the last, begins the next, removes the first. One thread's.
/// </summary>
internal sealed class WalSegmentWriter : IDisposable
{
    private readonly IFileStore _files;
    private readonly string _directory;
    private readonly ushort _shard;
    private readonly List<WalSegment> _closed;
    private WalSegment _open;
    private IAppendFile _file;

    /// <summary>Goes on behind <paramref name="segments"/>, or begins a log at <paramref name="begin"/>.</summary>
    public WalSegmentWriter(
        IFileStore files, string directory, ushort shard, List<WalSegment> segments, long begin)
    {
        _files = files;
        _directory = directory;
        _shard = shard;
        _closed = [.. segments];
        if (_closed.Count == 0)
        {
            _open = NewSegment(begin, out _file);
            return;
        }

        _open = _closed[^1];
        _closed.RemoveAt(_closed.Count - 1);
        _file = files.Resume(_open.Path, WalFormat.SegmentHeaderBytes + CurrentBytes);
    }

    /// <summary>Bytes of records in the segment being written.</summary>
    public long CurrentBytes => _open.End - _open.First;

    /// <summary>The position behind the last record.</summary>
    public long End => _open.End;

    /// <summary>The position of the first record kept.</summary>
    public long First => _closed.Count > 0 ? _closed[0].First : _open.First;

    public void Append(ReadOnlySpan<byte> records)
    {
        _file.Append(records);
        _open = _open with { End = _open.End + records.Length };
    }

    public void Sync() => _file.Sync();

    /// <summary>Forces the present segment to the disk and begins another.</summary>
    public void BeginNext()
    {
        _file.Sync();
        var next = NewSegment(_open.End, out var file);
        _file.Dispose();
        _file = file;
        _closed.Add(_open);
        _open = next;
    }

    /// <summary>Removes segments that end at or before a position; the one being written stays.</summary>
    public void TrimTo(long position)
    {
        var count = 0;
        while (count < _closed.Count && _closed[count].End <= position) _files.Delete(_closed[count++].Path);
        if (count == 0) return;
        _closed.RemoveRange(0, count);
        _files.SyncDirectory(_directory);
    }

    public void Dispose() => _file.Dispose();

    private WalSegment NewSegment(long first, out IAppendFile file)
    {
        var path = Path.Combine(_directory, WalFormat.FileName(first));
        file = _files.Create(path);
        Span<byte> header = stackalloc byte[WalFormat.SegmentHeaderBytes];
        WalFormat.WriteSegmentHeader(header, _shard, first);
        file.Append(header);
        file.Sync();
        _files.SyncDirectory(_directory);
        return new WalSegment(path, first, first);
    }
}
