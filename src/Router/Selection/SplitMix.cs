namespace Hedgerow.Router;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): seeded, thread-safe by one atomic add, and the same sequence in one thread.
/// </summary>
internal sealed class SplitMix
{
    public const ulong Golden = 0x9E37_79B9_7F4A_7C15;
    private ulong _state;

    public SplitMix(ulong seed)
    {
        _state = seed;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Next(int bound) => (int)((UInt128)NextUInt64() * (ulong)bound >> 64);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => (NextUInt64() >> 11) * (1.0 / (1UL << 53)) < probability;

    public ulong NextUInt64()
    {
        return Mix(Interlocked.Add(ref _state, Golden));
    }

    /// <summary>Its finisher: every bit of the result depends on every bit given.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
