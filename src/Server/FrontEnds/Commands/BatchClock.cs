namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// One reading of the clock for each client batch: the time at which the calling thread's batch began. Outside of
/// batches every look is a reading.
/// </summary>
internal sealed class BatchClock(TimeProvider time)
{
    [ThreadStatic]
    private static long _batchMs;

    [ThreadStatic]
    private static int _depth;

    /// <summary>Unix milliseconds.</summary>
    public long UtcNowMs => _depth > 0 ? _batchMs : Read();

    public void Begin()
    {
        if (_depth++ == 0) _batchMs = Read();
    }

    public static void End() => _depth--;

    private long Read() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
