using System.Diagnostics.CodeAnalysis;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// The one way in which a read outside the <see cref="Scheduling.ReaderGate"/> comes to the index that a name leads to.
/// Another index may take its place at any moment, by a reindex, a drop or a repair: what was read of one that was
/// closed meanwhile is thrown away, and the name is followed again. One request.
/// </summary>
internal sealed class IndexFinder(LeafCore core, ShardEngine shard)
{
    /// <summary>The collection found last; null before.</summary>
    public DocumentCollection? Found { get; private set; }

    /// <summary>What an answer says of the index that was read.</summary>
    public ServedIndex? Served { get; private set; }

    /// <summary>Since when that index serves; 0 from the declaration on. Replies carry it as their version.</summary>
    public ulong Since => Served?.Since ?? 0;

    /// <summary>Reads the index that a name leads to; false when it leads to none.</summary>
    /// <param name="name">Of a collection, of an alias, or of the index itself.</param>
    /// <param name="read">Called again when the index was replaced meanwhile; what it gave before is dropped.</param>
    /// <param name="result">What it gave.</param>
    /// <exception cref="DamagedCollectionException">It needs repair.</exception>
    public bool TryRead<T>(string name, Func<DocumentCollection, T> read, [MaybeNullWhen(false)] out T result)
    {
        while (TryFind(name, out var collection, out var served))
        {
            core.Hooks.OnFound?.Invoke();
            if (!TryRead(collection, read, out result)) continue;
            Served = served;
            return true;
        }

        result = default;
        return false;
    }

    private static bool TryRead<T>(
        DocumentCollection collection, Func<DocumentCollection, T> read, [MaybeNullWhen(false)] out T result)
    {
        try
        {
            result = read(collection);

            // Before an index is closed it is taken out of service: what was read of it then may be nothing.
            collection.DemandReadable();
            return !collection.IsDropped;
        }
        catch (IOException) when (collection.IsDropped)
        {
            result = default;
            return false;
        }
    }

    private bool TryFind(
        string name, [NotNullWhen(true)] out DocumentCollection? collection, out ServedIndex? served)
    {
        CollectionTable table;
        do
        {
            table = core.Collections;
            served = null;
            Found = collection = null;
            if (!table.TryFind(name, out var ordinal)) return false;
            served = table.Served(name, ordinal);
            Found = collection = shard.Collections[ordinal];
        }
        while (!ReferenceEquals(table, core.Collections)); // a later table may have given the ordinal to another

        return true;
    }
}
