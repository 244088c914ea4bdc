namespace Hedgerow.Leaf.Cache;

/// <summary>
/// When a segment is worth sweeping again: bytes by how soon they expire, in powers of two. A segment is walked once
/// a 32nd part of it has expired, or all that ever will, so that sweeping costs each byte a bounded number of looks.
/// </summary>
internal sealed class ExpiryOutlook
{
    private const int Steps = 42;
    private const int WorthDivisor = 32;
    private readonly long[] _bytes = new long[Steps];
    private readonly long[] _latest = new long[Steps];

    public void Clear()
    {
        Array.Clear(_bytes);
        Array.Clear(_latest);
    }

    public void Add(long expiresAtMs, long nowMs, int bytes)
    {
        if (expiresAtMs == 0) return;
        var step = Math.Min(Steps - 1, long.Log2(Math.Max(1, expiresAtMs - nowMs)));
        _bytes[step] += bytes;
        _latest[step] = Math.Max(_latest[step], expiresAtMs);
    }

    /// <summary>Unix milliseconds; <see cref="long.MaxValue"/> when nothing expires.</summary>
    public long NextSweepMs(long nowMs, long liveBytes)
    {
        long sum = 0;
        var next = long.MaxValue;
        for (var step = 0; step < Steps; step++)
        {
            if (_bytes[step] == 0) continue;
            sum += _bytes[step];
            next = Math.Max(nowMs + 1, _latest[step]);
            if (sum * WorthDivisor >= liveBytes) break;
        }

        return next;
    }
}
