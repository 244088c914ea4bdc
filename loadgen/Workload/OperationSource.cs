using Hedgerow.LoadGen.Keys;

namespace Hedgerow.LoadGen.Workload;

/// <summary>Draws operations: the mix, the keys, the values and the queries. One caller at a time; seeded.</summary>
/// <param name="keys">Which key each is for.</param>
/// <param name="space">Where inserts take their keys.</param>
/// <param name="sizes">Bytes of values.</param>
/// <param name="mix">Kinds.</param>
/// <param name="queries">What searches ask.</param>
/// <param name="traits">What else writes and scans have.</param>
/// <param name="random">Drawn from.</param>
internal sealed class OperationSource(
    IKeyChooser keys, KeySpace space, ValueSizes sizes, OperationMix mix, IQueryChooser queries, OperationTraits traits,
    Random random)
{
    public Operation Next()
    {
        var kind = mix.Next(random);
        return kind switch
        {
            OperationKind.Set or OperationKind.Modify => Write(kind, keys.Next()),
            OperationKind.Insert => Write(kind, space.Insert()),
            OperationKind.Scan => new Operation(kind, keys.Next(), Count: 1 + random.Next(traits.ScanKeysMax)),
            OperationKind.Search => new Operation(kind, 0, Query: queries.Next()),
            // The star of a prefix is the query language's; an instant search knows its last word for one.
            OperationKind.Instant => new Operation(kind, 0, Query: queries.Next().TrimEnd('*')),
            _ => new Operation(kind, keys.Next()),
        };
    }

    /// <summary>A write of one given key, for filling the key space beforehand.</summary>
    public Operation Fill(long key) => Write(OperationKind.Set, key);

    private Operation Write(OperationKind kind, long key) =>
        new(kind, key, ValueBytes: sizes.Next(random), TtlSeconds: traits.TtlSeconds);
}

/// <summary>What writes and scans have beside their keys.</summary>
/// <param name="TtlSeconds">Time to live of what is written; 0 for none.</param>
/// <param name="ScanKeysMax">A scan reads 1 to so many keys, evenly.</param>
internal readonly record struct OperationTraits(int TtlSeconds, int ScanKeysMax);
