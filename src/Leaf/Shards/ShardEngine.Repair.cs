using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Shards;

/// <summary>The filling of an index anew.</summary>
internal sealed partial class ShardEngine
{
    /// <summary>
    /// Puts an empty index in the place of one, which takes writes and answers nothing until it is told that it has
    /// everything. Begun again, it begins anew. Maintenance, while the lane is paused.
    /// </summary>
    /// <param name="ordinal">Which.</param>
    /// <param name="table">The collections.</param>
    /// <param name="held">Lets go of what it holds of the index.</param>
    /// <exception cref="IOException">The index answers nothing until this is done again.</exception>
    public void Refill(int ordinal, CollectionTable table, HeldSnapshots held)
    {
        var place = table.Places[ordinal];
        var old = _collections[ordinal];
        RepairMark.Put(_context, Id, place.IndexName);

        // From here on nobody begins to read it; those who did are told what they found only if it is still in service.
        MarkDamaged(old, new IOException("Its repair has begun."));
        _context.Gate.WaitForReaders();
        held.Close(old);
        if (Expiries.IsDamaged(place.Schema.Name)) Expiries.Forget(place.Schema.Name);
        if (_logDamage is not null && _context.Directory is { } root) BeginLog(root, table);
        old.Dispose();
        if (_context.Directory is { } directory) IndexDirectory.Remove(directory.Collection(Id, place.IndexName));
        Put(ordinal, place, isRefilled: true);
        var fresh = _collections[ordinal];
        fresh.Awaiting.AddRange(old.Awaiting);
        old.Awaiting.Clear();
        old.Successor = fresh;
        old.MarkDropped();
        Flusher.FlushPaused(fresh);
    }

    /// <summary>
    /// Begins a log in the place of a damaged one. What it had for any index may be lost: each has to be repaired.
    /// </summary>
    private void BeginLog(LeafDirectory root, CollectionTable table)
    {
        for (var ordinal = 0; ordinal < table.Places.Count; ordinal++)
        {
            if (table.Places[ordinal].State != PlaceState.Dropped)
                RepairMark.Put(_context, Id, table.Places[ordinal].IndexName);
        }

        foreach (var name in _context.Files.FileNames(root.Shard(Id)))
        {
            if (WalFormat.TryParseName(name, out _)) _context.Files.Delete(Path.Combine(root.Shard(Id), name));
        }

        _context.Files.SyncDirectory(root.Shard(Id));
        Log = OpenLog(root, 0, new ShardReplay(Id, _collections, table));
        _logDamage = null;
        Flusher.OnRecovered(Log.First, Log.End);
    }
}
