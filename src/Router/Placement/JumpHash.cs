namespace Hedgerow.Router;

/// <summary>
/// Jump consistent hash: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", arXiv 1406.2294. Even
/// to the sampling floor, no memory, and one more bucket moves exactly the keys that go to it. O(ln buckets).
/// </summary>
internal static class JumpHash
{
    private const ulong Multiplier = 2_862_933_555_777_941_757;

    /// <summary>The bucket, 0 to <paramref name="buckets"/> - 1, of a key; at least one bucket.</summary>
    public static int Bucket(ulong key, int buckets)
    {
        long bucket = -1;
        long next = 0;
        while (next < buckets)
        {
            bucket = next;
            key = unchecked((key * Multiplier) + 1);
            next = (long)((bucket + 1) * ((double)(1L << 31) / ((key >> 33) + 1)));
        }

        return (int)bucket;
    }
}
