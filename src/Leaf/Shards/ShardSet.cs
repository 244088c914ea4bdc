using Hedgerow.Leaf.Cache;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Opens the shards a topology gives to the leaf, closes the ones it takes away, and divides the memory for entries
/// among them. All on maintenance.
/// </summary>
/// <remarks>
/// Each cache gets an equal share when it is made. When shards are added and the caches there are would leave them too
/// little, those that have more than the new share begin anew, empty: a cache may forget, and the budget may not be
/// broken.
/// </remarks>
internal sealed partial class ShardSet(LeafCore core, ShardContext context)
{
    /// <summary>Opens shards and begins to work by them.</summary>
    public void Open(uint epoch, IReadOnlyCollection<ushort> ids)
    {
        var share = context.Options.MemoryBytes / Math.Max(1, ids.Count);
        core.Shards = new ShardTable(epoch, OpenAll(ids, share));
    }

    /// <summary>Works by a new topology: returns when the new shards are open and the old ones closed.</summary>
    public void Reassign(uint epoch, IReadOnlyCollection<ushort> ids)
    {
        var present = core.Shards;
        if (epoch < present.Epoch)
        {
            LogOldEpoch(context.Log, epoch, present.Epoch);
            return;
        }

        context.Options.Check(ids.Count);
        var kept = present.Shards.Where(s => ids.Contains(s.Id)).ToList();
        var removed = present.Shards.Except(kept).ToList();
        var missing = ids.Except(kept.Select(s => s.Id)).ToList();
        var share = context.Options.MemoryBytes / Math.Max(1, ids.Count);
        var retired = missing.Count > 0 ? ShrinkCaches(kept, share, missing.Count) : [];
        context.Gate.WaitForReaders();
        foreach (var cache in retired) cache.Dispose();
        var added = OpenAll(missing, share);
        core.Shards = new ShardTable(epoch, [.. kept, .. added]);
        context.Gate.WaitForReaders();
        foreach (var shard in removed) Close(shard);
    }

    /// <summary>Lets the lane finish, flushes, and closes a shard that nobody can reach any more.</summary>
    public void Close(ShardEngine shard)
    {
        shard.FinishLane();
        Flush(shard);
        shard.Leases.CloseAndWait();
        core.Held.Close(shard.Id);
        shard.Dispose();
    }

    /// <summary>Writes the entries of every shard, after the last write; what fails leaves a cold start.</summary>
    public void SaveEntries()
    {
        foreach (var shard in core.Shards.Shards)
        {
            try
            {
                context.Snapshots.Save(shard, isClean: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                LogNotSaved(context.Log, shard.Id, error.Message);
            }
        }
    }

    /// <summary>Brings what is only in memory to the disk, as far as that works; the log has it in any case.</summary>
    public void Flush(ShardEngine shard)
    {
        if (shard.Log is null) return;
        try
        {
            shard.Flusher.FlushAll();
        }
        catch (IOException error)
        {
            LogNotFlushed(context.Log, shard.Id, error);
        }
    }

    private List<ShardEngine> OpenAll(IEnumerable<ushort> ids, long share)
    {
        var opened = new List<ShardEngine>();
        try
        {
            foreach (var id in ids)
            {
                var cache = context.Snapshots.Open(id, () => NewCache(share));
                opened.Add(ShardEngine.Open(id, cache, core.Collections, context));
            }

            return opened;
        }
        catch
        {
            foreach (var shard in opened) shard.Dispose();
            throw;
        }
    }

    private List<CacheStore> ShrinkCaches(List<ShardEngine> kept, long share, int missing)
    {
        var retired = new List<CacheStore>();
        var budgets = kept.Select(s => s.Cache.Stats().MemoryBytes).ToList();
        if (budgets.Sum() + (share * missing) <= context.Options.MemoryBytes) return retired;
        for (var i = 0; i < kept.Count; i++)
        {
            if (budgets[i] <= share) continue;
            retired.Add(kept[i].ReplaceCache(NewCache(share)));
            LogCacheEmptied(context.Log, kept[i].Id, share);
        }

        return retired;
    }

    private CacheStore NewCache(long bytes) =>
        new(new CacheStoreOptions
        {
            MemoryBytes = bytes,
            ValueBytesMax = context.Options.ValueBytesMax,
            Events = context.Options.EntryEvents,
            Transactions = context.Transactions,
        });

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A topology of epoch {Epoch} came after one of epoch {Present} and is ignored")]
    private static partial void LogOldEpoch(ILogger logger, uint epoch, uint present);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The cache of shard {Shard} begins anew with {Bytes} bytes, for more shards share the memory now")]
    private static partial void LogCacheEmptied(ILogger logger, ushort shard, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Shard {Shard} could not be flushed; its log has everything acknowledged and is replayed at the next start")]
    private static partial void LogNotFlushed(ILogger logger, ushort shard, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Shard {Shard} wrote no snapshot and will start cold: {Problem}")]
    private static partial void LogNotSaved(ILogger logger, ushort shard, string problem);
}
