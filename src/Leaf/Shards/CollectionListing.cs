using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>What one shard tells of the collections: schemas, counts, other names, reindexes under way.</summary>
internal sealed class CollectionListing(LeafCore core, ShardEngine shard)
{
    /// <summary>All collections, or the one of a name; null, and why, when there is none.</summary>
    /// <exception cref="DamagedCollectionException">One of them needs repair.</exception>
    public CollectionList? Of(string name, out string? error)
    {
        while (true)
        {
            var table = core.Collections;
            var ordinals = name.Length == 0
                ? Enumerable.Range(0, table.Places.Count).Where(i => table.Places[i].State == PlaceState.Serving)
                : table.TryFind(name, out var ordinal) ? [ordinal] : [];
            var places = ordinals.ToArray();
            error = name.Length > 0 && places.Length == 0 ? LeafCore.NoSuchCollection(name) : null;
            if (error is not null) return null;
            var indexes = places.Select(place => shard.Collections[place]).ToArray();

            // As in IndexFinder: what was told of an index that was closed meanwhile is nothing.
            var list = TryDescribe(table, places, indexes);
            if (list is not null && ReferenceEquals(table, core.Collections)) return list;
        }
    }

    private CollectionList? TryDescribe(CollectionTable table, int[] places, DocumentCollection[] indexes)
    {
        try
        {
            CollectionStatus[] all =
                [.. places.Select((place, i) => Describe(table, table.Places[place].Schema, indexes[i]))];
            return Array.Exists(indexes, index => index.IsDropped) ? null : new CollectionList(all);
        }
        catch (IOException) when (Array.Exists(indexes, index => index.IsDropped))
        {
            return null;
        }
    }

    private CollectionStatus Describe(CollectionTable table, CollectionSchema schema, DocumentCollection collection)
    {
        var index = collection.Readable;
        return new CollectionStatus(
            schema with { Fields = index.Schema.Fields }, index.Documents, index.SearchableDocuments, index.Bytes)
        {
            Aliases = [.. table.Aliases.Where(a => a.Value.Collection == schema.Name).Select(a => a.Key).Order()],
            Reindex = table.TryFindBuilding(schema.Name, out var building)
                ? StatusOf(table.Places[building].Schema, shard.Collections[building].Reindexing)
                : null,
        };
    }

    private static ReindexStatus? StatusOf(CollectionSchema schema, Reindexing? progress) => progress is null
        ? null
        : new ReindexStatus(schema, progress.Copied, progress.Documents, progress.IsReady, progress.Problem);
}
