namespace Hedgerow.LoadGen.Lab;

/// <summary>
/// When bytes that came now are handed on, as a network that loses packets and varies in delay does to a stream. Each
/// piece is delayed by a random time; a lost one is sent again. TCP learns of the loss from three packets behind it and
/// a round trip (fast retransmit, RFC 5681), or, where nothing follows, from a time-out that doubles (RFC 6298: at
/// least
/// 200 ms on Linux). How soon three more follow is taken from how soon the last three did. No piece overtakes another,
/// since a stream stays in order: what came behind a lost piece waits for it. One caller at a time.
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

    /// <summary>Packets behind a lost one that tell of it.</summary>
    private const int Duplicates = 3;

    private readonly Queue<long> _recent = [];
    private long _last;

    /// <summary>When a piece that came at this time arrives.</summary>
    public long ArrivesAt(long nowNanos)
    {
        var delay = jitterNanos > 0 ? random.NextInt64(jitterNanos + 1) : 0;
        _recent.Enqueue(nowNanos);
        var three = _recent.Count > Duplicates ? nowNanos - _recent.Dequeue() : RetransmitNanos;
        var timeout = Math.Min(RetransmitNanos, three + (2 * jitterNanos));
        for (var lost = 0; lost < LossesMax && random.NextDouble() < lossShare; lost++, timeout *= 2) delay += timeout;
        return _last = Math.Max(_last, nowNanos + delay);
    }
}
