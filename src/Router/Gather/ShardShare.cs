namespace Hedgerow.Router;

/// <summary>
/// How many hits to ask of each shard for the best of all: as few as will nearly always do. Documents are placed by
/// hash, so of the best k a shard has about k/n, with the spread of a binomial. Whoever asks for fewer than k checks
/// that no shard's last hit got in, and asks that shard again: the answer is always exact.
/// </summary>
internal static class ShardShare
{
    /// <summary>Standard deviations above the mean: one shard in 30,000 has more to give.</summary>
    private const double Deviations = 4;

    /// <summary>Hits of each of some shards for so many of all; 0 when none are wanted.</summary>
    public static int Of(int hits, int shards)
    {
        var mean = (double)hits / shards;
        return Math.Min(hits, (int)Math.Ceiling(mean + (Deviations * Math.Sqrt(mean * (1 - (1.0 / shards))))));
    }
}
