using System.Collections.Concurrent;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Rows of an aggregation that a client reads in parts. One reading at a time.</summary>
internal sealed class RowCursor(
    string index, long id, IReadOnlyList<Row> rows, int count, TimeSpan idle, RowBudget budget)
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

    /// <summary>What the rows hold; given back when it is forgotten.</summary>
    public RowBudget Budget { get; } = budget;

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
internal sealed class RowCursors
{
    /// <summary>Cursors of one node; the one that was not read for longest gives way.</summary>
    public const int CursorsMax = 64;

    private readonly ConcurrentDictionary<long, RowCursor> _cursors = new();
    private readonly TimeProvider _time;
    private long _last;

    /// <param name="time">The clock.</param>
    /// <param name="bytesMax">Bytes of all rows of the node's aggregations, with cursors or without.</param>
    public RowCursors(TimeProvider time, long bytesMax = RowMemory.BytesMax)
    {
        _time = time;
        Memory = new RowMemory(bytesMax, DropOldest);
    }

    /// <summary>What all rows hold; where it is too much, the cursor that was not read for longest gives way.</summary>
    public RowMemory Memory { get; }

    /// <summary>Keeps rows for readings.</summary>
    public RowCursor Open(string index, IReadOnlyList<Row> rows, int count, TimeSpan idle, RowBudget budget)
    {
        foreach (var cursor in _cursors.Values)
            if (IsOver(cursor)) Drop(cursor);
        while (_cursors.Count >= CursorsMax && DropOldest())
        {
        }

        var opened = new RowCursor(index, Interlocked.Increment(ref _last), rows, count, idle, budget)
        {
            ReadAt = _time.GetTimestamp(),
        };
        _cursors[opened.Id] = opened;
        return opened;
    }

    /// <summary>A cursor of an index; null when there is none, or none any more.</summary>
    public RowCursor? Find(string index, long id)
    {
        if (!_cursors.TryGetValue(id, out var cursor) || cursor.Index != index || IsOver(cursor)) return null;
        cursor.ReadAt = _time.GetTimestamp();
        return cursor;
    }

    /// <summary>Forgets a cursor; false when there is none.</summary>
    public bool Drop(string index, long id) =>
        _cursors.TryGetValue(id, out var cursor) && cursor.Index == index && Drop(cursor);

    private bool Drop(RowCursor cursor)
    {
        if (!_cursors.TryRemove(cursor.Id, out _)) return false;
        cursor.Budget.Dispose();
        return true;
    }

    private bool DropOldest() => _cursors.Values.MinBy(cursor => cursor.ReadAt) is { } oldest && Drop(oldest);

    private bool IsOver(RowCursor cursor) => _time.GetElapsedTime(cursor.ReadAt) > cursor.Idle;
}
