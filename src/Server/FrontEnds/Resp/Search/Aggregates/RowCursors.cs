using System.Collections.Concurrent;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Rows of an aggregation that a client reads in parts. One reading at a time.</summary>
internal sealed class RowCursor(string index, long id, IReadOnlyList<Row> rows, int count, TimeSpan idle)
{
    private readonly Lock _gate = new();
    private int _next;

    /// <summary>The index that was named.</summary>
    public string Index { get; } = index;

    /// <summary>Its number; never 0.</summary>
    public long Id { get; } = id;

    /// <summary>All rows.</summary>
    public IReadOnlyList<Row> Rows { get; } = rows;

    /// <summary>Rows of a reading that asks for no number.</summary>
    public int Count { get; } = count;

    /// <summary>How long it stays between readings.</summary>
    public TimeSpan Idle { get; } = idle;

    /// <summary>When it was read last, as the clock counts.</summary>
    public long ReadAt { get; set; }

    /// <summary>Whether all was read.</summary>
    public bool IsAtEnd => _next >= Rows.Count;

    /// <summary>Takes the next rows: where they begin, and how many they are.</summary>
    public int Take(int count, out int taken)
    {
        lock (_gate)
        {
            var from = _next;
            taken = Math.Min(count, Rows.Count - from);
            _next += taken;
            return from;
        }
    }
}

/// <summary>The cursors of a node. Thread-safe.</summary>
internal sealed class RowCursors(TimeProvider time)
{
    /// <summary>Cursors of one node; the one that was not read for longest gives way.</summary>
    public const int CursorsMax = 64;

    private readonly ConcurrentDictionary<long, RowCursor> _cursors = new();
    private long _last;

    /// <summary>Keeps rows for readings.</summary>
    public RowCursor Open(string index, IReadOnlyList<Row> rows, int count, TimeSpan idle)
    {
        foreach (var cursor in _cursors.Values)
            if (IsOver(cursor)) _cursors.TryRemove(cursor.Id, out _);
        while (_cursors.Count >= CursorsMax && _cursors.Values.MinBy(cursor => cursor.ReadAt) is { } oldest)
            _cursors.TryRemove(oldest.Id, out _);
        var opened = new RowCursor(index, Interlocked.Increment(ref _last), rows, count, idle)
        {
            ReadAt = time.GetTimestamp(),
        };
        _cursors[opened.Id] = opened;
        return opened;
    }

    /// <summary>A cursor of an index; null when there is none, or none any more.</summary>
    public RowCursor? Find(string index, long id)
    {
        if (!_cursors.TryGetValue(id, out var cursor) || cursor.Index != index || IsOver(cursor)) return null;
        cursor.ReadAt = time.GetTimestamp();
        return cursor;
    }

    /// <summary>Forgets a cursor; false when there is none.</summary>
    public bool Drop(string index, long id) =>
        _cursors.TryGetValue(id, out var cursor) && cursor.Index == index && _cursors.TryRemove(id, out _);

    private bool IsOver(RowCursor cursor) => time.GetElapsedTime(cursor.ReadAt) > cursor.Idle;
}
