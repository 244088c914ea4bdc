namespace Hedgerow.Leaf.Metrics;

/// <summary>
/// Counters that many threads add to and few read. Adding costs a few nanoseconds and allocates nothing.
/// </summary>
internal sealed class StripedCounters
{
    private const int LongsPerCacheLine = 16;

    private readonly long[] _cells;
    private readonly int _perStripe;

    public StripedCounters(int count)
    {
        // One line between stripes keeps neighbours apart wherever the array begins.
        _perStripe = ((count + LongsPerCacheLine - 1) / LongsPerCacheLine * LongsPerCacheLine) + LongsPerCacheLine;
        _cells = new long[_perStripe * Stripes.Count];
        Count = count;
    }

    public int Count { get; }

    public void Add(int counter, long amount) =>
        Interlocked.Add(ref _cells[(Stripes.Current * _perStripe) + counter], amount);

    /// <summary>The sum over all threads; additions going on meanwhile may or may not be in it.</summary>
    public long Read(int counter)
    {
        long sum = 0;
        for (var i = counter; i < _cells.Length; i += _perStripe) sum += Volatile.Read(ref _cells[i]);
        return sum;
    }
}
