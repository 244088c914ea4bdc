using System.Text;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// A file beside an index that says, by being there, that the index has not all of its documents: a repair was begun,
/// or the log that had some of them was given up. It outlives the process; the index answers Corrupt while it is there.
/// Maintenance, or while a shard is opened.
/// </summary>
internal static class RepairMark
{
    /// <summary>Puts it there, durably.</summary>
    public static void Put(ShardContext context, ushort shard, string indexName)
    {
        if (context.Directory is not { } root) return;
        context.Files.Replace(
            root.RepairMark(shard, indexName),
            Encoding.UTF8.GetBytes($"The index '{indexName}' of shard {shard} is not whole; it has to be repaired.\n"));
    }

    /// <summary>What is wrong with an index that has one; null where there is none.</summary>
    public static IOException? Find(ShardContext context, ushort shard, string indexName) =>
        context.Directory is { } root && context.Files.Exists(root.RepairMark(shard, indexName))
            ? new IOException(
                $"The file '{Path.GetFileName(root.RepairMark(shard, indexName))}' says that its repair was begun and "
                + "not finished.")
            : null;

    /// <summary>Takes it away, durably; nothing happens where there is none.</summary>
    public static void Remove(ShardContext context, ushort shard, string indexName)
    {
        if (context.Directory is not { } root) return;
        var path = root.RepairMark(shard, indexName);
        if (!context.Files.Exists(path)) return;
        context.Files.Delete(path);
        context.Files.SyncDirectory(root.Shard(shard));
    }
}
