using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Brings a shard's indexes to where its log ends: every record behind what they had committed is applied again.
/// </summary>
internal sealed class ShardReplay(
    ushort shard, IReadOnlyList<DocumentCollection> collections, CollectionTable table) : IWalReplay
{
    /// <summary>Collections that were dropped and that the log has documents of.</summary>
    public HashSet<string> Dropped { get; } = new(StringComparer.Ordinal);

    /// <summary>Records applied; those of damaged collections are passed over.</summary>
    public long Applied { get; private set; }

    public void OnRecord(in WalEntry entry, long end)
    {
        var isKnown = false;
        var wasDropped = table.Dropped.Count > 0 && NotesDropped(entry.Collection);
        foreach (var collection in collections)
        {
            if (collection.IsDropped || !entry.Collection.SequenceEqual(collection.NameBytes)) continue;
            isKnown = true;
            if (!collection.IsDamaged && end > collection.Index.CommittedPosition) Apply(collection, entry, end);
        }

        if (isKnown || wasDropped) return;
        var name = Encoding.UTF8.GetString(entry.Collection);
        throw new IOException(
            $"Shard {shard}: the log names collection '{name}', which the file COLLECTIONS does not have. Restore that "
            + "file.");
    }

    /// <summary>Whether the record may be of an index that was dropped, which is remembered then.</summary>
    private bool NotesDropped(ReadOnlySpan<byte> collection)
    {
        var name = Encoding.UTF8.GetString(collection);
        if (!table.HasDropped(name)) return false;
        Dropped.Add(name);
        return true;
    }

    private void Apply(DocumentCollection collection, in WalEntry entry, long end)
    {
        string? error;
        var status = entry.Kind == WalKind.Put
            ? collection.Index.Put(entry.Path, entry.Version, entry.Json, out _, out error)
            : collection.Index.Delete(entry.Path, entry.Version, out _, out error);

        // Too old: a flush had taken it along and was published behind it. Not found: the delete of nothing, kept.
        // What does not fit the schema of a reindex is found again, and told, when that goes on.
        if (status is not (StatusCode.Ok or StatusCode.VersionTooOld or StatusCode.NotFound)
            && collection.Reindexing is null)
        {
            throw new CorruptLogException(
                $"Shard {shard}: the log's record up to position {end} does not fit collection '{collection.Name}': " +
                $"{status}, {error}");
        }

        collection.Applied = end;
        if (collection.Reindexing is null) Applied++;
    }
}
