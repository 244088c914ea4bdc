namespace Hedgerow.Router;

/// <summary>
/// Tells <see cref="HotPaths"/> of one read in eight on average, at random, so that reads in a fixed order are sampled
/// alike. One thread's; of several, some reads are sampled twice or not at all, which does no harm.
/// </summary>
internal sealed class ReadSampler
{
    /// <summary>Reads that a sampled one stands for.</summary>
    public const int Every = 8;

    private readonly HotPaths _paths;
    private uint _random;
    private int _left = 1;

    public ReadSampler(HotPaths paths, uint seed)
    {
        _paths = paths;
        _random = seed | 1;
    }

    public void Note(ulong hash, long now)
    {
        if (!_paths.IsOn || --_left > 0) return;
        // Xorshift (Marsaglia 2003): gaps of 1 to 15 reads.
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        _left = 1 + (int)(_random % ((2 * Every) - 1));
        _paths.Note(hash, now, Every);
    }
}
