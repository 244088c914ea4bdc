using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Adds indexes to every shard of the leaf and takes them away, durable before it is seen. Maintenance.
/// </summary>
internal sealed class Catalogue(LeafCore core, ShardContext context)
{
    /// <summary>The table of now.</summary>
    public CollectionTable Table => core.Collections;

    /// <summary>Makes a table durable, and then the leaf's.</summary>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public void Publish(CollectionTable table)
    {
        if (context.Directory is not null) CatalogueFile.Write(context.Directory.CatalogueFile, table, context.Files);
        core.Collections = table;
    }

    /// <summary>What keeps one more index from being added; null when nothing does.</summary>
    public string? Full() => Table.NextOrdinal() < CollectionTable.CollectionsMax
        ? null
        : $"{CollectionTable.CollectionsMax} indexes of collections are here; no more are allowed.";

    /// <summary>Opens an empty index in every shard and publishes it.</summary>
    /// <param name="place">What it is of.</param>
    /// <param name="isPaused">Whether the caller holds the lanes.</param>
    /// <returns>Its ordinal.</returns>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public int Add(CollectionPlace place, bool isPaused = false)
    {
        var ordinal = Table.NextOrdinal();
        var opened = new List<ShardEngine>();
        // Files of an index beside the one that serves must not stay behind where the process dies before the end.
        if (place.State == PlaceState.Building) Publish(Table.Intending(place.IndexName));
        try
        {
            foreach (var shard in core.Shards.Shards)
            {
                shard.Put(ordinal, place);
                opened.Add(shard);
                // A log may have documents of a collection that had this name: the index begins behind them. One that
                // is to be filled gets them from the index that serves, if they still count.
                if (place.State != PlaceState.Building && !Table.HasDropped(place.Schema.Name)) continue;
                if (isPaused) shard.Flusher.FlushPaused(shard.Collections[ordinal]);
                else shard.Flusher.FlushNow(shard.Collections[ordinal]);
            }

            Publish(Table.With((ordinal, place)).Confirming(place.IndexName));
            return ordinal;
        }
        catch
        {
            foreach (var shard in opened) shard.Collections[ordinal].MarkDropped();
            Remove(opened, ordinal, place);
            throw;
        }
    }

    /// <summary>
    /// Closes an index that was marked dropped and is in no published table any more, and deletes its files.
    /// </summary>
    public void Remove(IReadOnlyList<ShardEngine> shards, int ordinal, CollectionPlace place)
    {
        context.Gate.WaitForReaders();
        foreach (var shard in shards)
        {
            core.Held.Close(shard.Collections[ordinal]);
            shard.Collections[ordinal].Dispose();
            if (context.Directory is { } root) IndexDirectory.Remove(root.Collection(shard.Id, place.IndexName));
            RepairMark.Remove(context, shard.Id, place.IndexName);
        }
    }

}
