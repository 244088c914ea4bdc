namespace Hedgerow.LoadGen.Lab;

/// <summary>
/// When bytes that came now are handed on, as a network that loses packets and varies in delay does to a stream. Each
/// piece is delayed by a random time; a lost one is sent again after a time-out that doubles, as TCP's does when so
/// little is under way that no later packet tells of the loss (RFC 6298: at least 200 ms on Linux). No piece overtakes
/// another, since a stream stays in order: what came behind a lost piece waits for it. One caller at a time.
/// </summary>
/// <param name="lossShare">Of pieces, 0 to below 1.</param>
/// <param name="jitterNanos">Delays are evenly 0 to this.</param>
/// <param name="random">Drawn from.</param>
internal sealed class LossyLink(double lossShare, long jitterNanos, Random random)
{
    /// <summary>Linux's shortest retransmission time-out.</summary>
    public const long RetransmitNanos = 200_000_000;

    /// <summary>Times in a row that one piece is lost at most.</summary>
    private const int LossesMax = 6;

    private long _last;

    /// <summary>When a piece that came at this time arrives.</summary>
    public long ArrivesAt(long nowNanos)
    {
        var delay = jitterNanos > 0 ? random.NextInt64(jitterNanos + 1) : 0;
        var timeout = RetransmitNanos;
        for (var lost = 0; lost < LossesMax && random.NextDouble() < lossShare; lost++, timeout *= 2) delay += timeout;
        return _last = Math.Max(_last, nowNanos + delay);
    }
}
