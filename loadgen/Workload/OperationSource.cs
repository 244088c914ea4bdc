using Hedgerow.LoadGen.Keys;

namespace Hedgerow.LoadGen.Workload;

/// <summary>Draws operations: the mix, the keys, the values and the queries. One caller at a time; seeded.</summary>
internal sealed class OperationSource(
    IKeyChooser keys, PathNames paths, ValueSizes sizes, OperationMix mix, IReadOnlyList<string> queries,
    Random random)
{
    private readonly byte[] _values = RandomBytes(sizes.Largest, random);
    private int _nextQuery;

    public Operation Next() => mix.Next(random) switch
    {
        OperationKind.Get => new Operation(OperationKind.Get, paths.Of(keys.Next()), default, ""),
        OperationKind.Set => new Operation(OperationKind.Set, paths.Of(keys.Next()), Value(), ""),
        _ => new Operation(OperationKind.Search, default, default, queries[_nextQuery++ % queries.Count]),
    };

    /// <summary>A write of one given key, for filling the key space beforehand.</summary>
    public Operation Fill(long key) => new(OperationKind.Set, paths.Of(key), Value(), "");

    private ReadOnlyMemory<byte> Value() => _values.AsMemory(0, sizes.Next(random));

    private static byte[] RandomBytes(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
