namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Bytes that the rows of all aggregations of a node hold. Thread-safe.</summary>
/// <param name="most">How many they may be.</param>
/// <param name="relieve">Gives up rows that may go, such as those of a cursor; false when there are none.</param>
internal sealed class RowMemory(long most, Func<bool> relieve)
{
    /// <summary>Bytes of all rows of a node: 512 MiB.</summary>
    public const long BytesMax = 512L << 20;

    private long _held;

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Takes some; false where there are too many.</summary>
    public bool TryTake(long bytes)
    {
        while (Interlocked.Add(ref _held, bytes) > most)
        {
            Interlocked.Add(ref _held, -bytes);
            if (!relieve()) return false;
        }

        return true;
    }

    /// <summary>Gives some back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);
}

/// <summary>
/// What one FT.AGGREGATE may hold and how long it may go on. One thread; whoever has the rows in the end disposes it.
/// </summary>
internal sealed class RowBudget : IDisposable
{
    /// <summary>Bytes of what all steps of one command hold: 64 MiB.</summary>
    public const long BytesMax = 64L << 20;

    /// <summary>Values that the reducers of one command hold, over all groups: 1,000,000.</summary>
    public const int ValuesMax = 1_000_000;

    /// <summary>Rows between two looks at the clock.</summary>
    private const int BlockRows = 128;

    private readonly RowMemory _node;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancel;
    private readonly long _startedAt;
    private readonly int _timeoutMs;
    private long _held;
    private int _values;
    private int _rows;

    /// <param name="node">What the node holds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeoutMs">How long it may take altogether; 0 for any time.</param>
    /// <param name="cancel">Ends it.</param>
    public RowBudget(RowMemory node, TimeProvider time, int timeoutMs, CancellationToken cancel)
    {
        _node = node;
        _time = time;
        _timeoutMs = timeoutMs;
        _cancel = cancel;
        _startedAt = time.GetTimestamp();
    }

    /// <summary>What went over a limit; null while nothing did.</summary>
    public string? Error { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Milliseconds that are left, at least 1; 0 where there is no limit.</summary>
    public int LeftMs =>
        _timeoutMs == 0 ? 0 : (int)Math.Max(1, _timeoutMs - _time.GetElapsedTime(_startedAt).TotalMilliseconds);

    /// <summary>Takes bytes; false, with the error, where they are too many.</summary>
    public bool TryTake(long bytes)
    {
        if (_held + bytes > BytesMax)
        {
            Fail($"FT.AGGREGATE would hold more than {BytesMax >> 20} MiB of rows, groups and values; narrow the "
                + "query, load fewer properties, or give SORTBY a MAX");
            return false;
        }

        if (!_node.TryTake(bytes))
        {
            Fail($"TRYAGAIN the aggregations of this node hold {RowMemory.BytesMax >> 20} MiB; try again when some "
                + "have ended");
            return false;
        }

        _held += bytes;
        return true;
    }

    /// <summary>Takes a value of a reducer; false, with the error, where there are too many.</summary>
    public bool TryTakeValue(long bytes)
    {
        if (++_values <= ValuesMax) return TryTake(bytes);
        Fail($"The reducers would hold more than {ValuesMax} values over all groups");
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(long bytes)
    {
        _held -= bytes;
        _node.Give(bytes);
    }

    /// <summary>Gives back all but what is still held, when the steps have ended.</summary>
    public void Settle(long held)
    {
        if (_held > held) Give(_held - held);
    }

    /// <summary>Counts a row; once a block it looks whether time is up. False, with the error, when it is.</summary>
    public bool Spend() => _rows++ % BlockRows != 0 ? Error is null : Look();

    /// <summary>Whether there is time left; if not, that is the error.</summary>
    public bool Look()
    {
        if (_cancel.IsCancellationRequested) Fail("the connection is closed");
        if (_timeoutMs > 0 && _time.GetElapsedTime(_startedAt).TotalMilliseconds > _timeoutMs)
            Fail(SearchErrors.Timeout);
        return Error is null;
    }

    /// <summary>Notes what is wrong.</summary>
    public void Fail(string error) => Error ??= error;

    /// <inheritdoc/>
    public void Dispose() => _node.Give(Interlocked.Exchange(ref _held, 0));
}
