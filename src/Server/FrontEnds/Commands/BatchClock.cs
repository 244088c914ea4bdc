namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// One reading of the clock for each client batch: the time at which the calling thread's batch first asked. Outside
/// of batches every look is a reading.
/// </summary>
internal sealed class BatchClock(TimeProvider time)
{
    [ThreadStatic]
    private static long _batchMs;

    [ThreadStatic]
    private static int _depth;

    /// <summary>Unix milliseconds.</summary>
    public long UtcNowMs
    {
        get
        {
            if (_depth == 0) return Read();
            if (_batchMs == 0) _batchMs = Read();
            return _batchMs;
        }
    }

    public static void Begin()
    {
        if (_depth++ == 0) _batchMs = 0;
    }

    public static void End() => _depth--;

    private long Read() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
