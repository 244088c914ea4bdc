namespace Hedgerow.LoadGen.Keys;

/// <summary>
/// The newest keys most often, as YCSB's "latest" (Cooper et al. 2010): the age of the key asked for follows a Zipf
/// law,
/// and the key space grows with every insert.
/// </summary>
internal sealed class LatestKeys(KeySpace space, double exponent, Random random) : IKeyChooser
{
    private readonly ZipfKeys _ages = new(space.Loaded, exponent, random);

    public long Next() => space.Of(Math.Max(0, space.Count - 1 - _ages.Next()));
}

/// <summary>
/// The keys there are: those loaded beforehand, and those that this generator inserted since. Of several generators,
/// each inserts numbers of its own. One caller at a time.
/// </summary>
/// <param name="loaded">Keys 0 to this, without it, are there from the start.</param>
/// <param name="index">Which generator this is.</param>
/// <param name="of">How many there are.</param>
internal sealed class KeySpace(long loaded, int index, int of)
{
    private long _inserted;

    /// <summary>Keys there from the start.</summary>
    public long Loaded => loaded;

    /// <summary>Keys that this generator knows of.</summary>
    public long Count => loaded + _inserted;

    /// <summary>A key that was never asked for.</summary>
    public long Insert() => Of(loaded + _inserted++);

    /// <summary>The number of the n-th key.</summary>
    public long Of(long n) => n < loaded ? n : loaded + ((n - loaded) * of) + index;
}
