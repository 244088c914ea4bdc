using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Brings a shard's indexes to where its log ends: every record behind what they had committed is applied again.
/// </summary>
internal sealed class ShardReplay(ushort shard, IReadOnlyList<DocumentCollection> collections) : IWalReplay
{
    /// <summary>Records applied; those of damaged collections are passed over.</summary>
    public long Applied { get; private set; }

    public void OnRecord(in WalEntry entry, long end)
    {
        var collection = Find(entry.Collection);
        if (collection.IsDamaged) return;
        if (end <= collection.Index.CommittedPosition) return;
        string? error;
        var status = entry.Kind == WalKind.Put
            ? collection.Index.Put(entry.Path, entry.Version, entry.Json, out _, out error)
            : collection.Index.Delete(entry.Path, entry.Version, out _, out error);

        // Too old: a flush had taken it along and was published behind it. Not found: the delete of nothing, kept.
        if (status is not (StatusCode.Ok or StatusCode.VersionTooOld or StatusCode.NotFound))
        {
            throw new CorruptLogException(
                $"Shard {shard}: the log's record up to position {end} does not fit collection '{collection.Name}': " +
                $"{status}, {error}");
        }

        collection.Applied = end;
        Applied++;
    }

    private DocumentCollection Find(ReadOnlySpan<byte> name)
    {
        foreach (var collection in collections)
        {
            if (name.SequenceEqual(collection.NameBytes)) return collection;
        }

        throw new IOException(
            $"Shard {shard}: the log names collection '{System.Text.Encoding.UTF8.GetString(name)}', which the file " +
            "COLLECTIONS does not have. Restore that file.");
    }
}
