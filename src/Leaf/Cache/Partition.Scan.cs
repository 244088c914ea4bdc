using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>What goes over many entries a step at a time: the walk through all paths, and the flush.</summary>
internal sealed unsafe partial class Partition
{
    private SegmentUse _flushQueue;

    /// <summary>Tags that make a step of about this many entries of a group.</summary>
    public int TagsFor(int group, int entries) =>
        (int)Math.Clamp((long)HashIndex.Tags * entries / Math.Max(1, Table.Index.CountOf(group)), 1, HashIndex.Tags);

    /// <summary>Writes the rows of the live entries of a group whose tags are in a range; how many they are.</summary>
    public int ScanStep(
        int group, int firstTag, int endTag, long nowMs, IBufferWriter<byte> output, ref long bytes)
    {
        var slots = ArrayPool<ulong>.Shared.Rent(Table.Index.CountOf(group));
        var count = Table.Index.CopySlots(group, firstTag, endTag, slots);
        var rows = 0;
        for (var i = 0; i < count; i++)
        {
            var record = Table.RecordAt(slots[i]);
            if (record.IsTombstone || record.HasExpired(nowMs)) continue;
            EntryScanCodec.WriteRow(output, record.Kind, record.Path);
            rows++;
            bytes += record.PathBytes;
        }

        ArrayPool<ulong>.Shared.Return(slots);
        return rows;
    }

    /// <summary>From now on nothing is taken that is not newer than this; <see cref="FlushStep"/> begins anew.
    /// </summary>
    public void BeginFlush(ulong version)
    {
        _flushedAt = Math.Max(_flushedAt, version);
        _flushQueue = SegmentUse.Small;
        Table.Log.FlushCursor = default;
    }

    /// <summary>
    /// Drops what is not newer than the last flush, tombstones too, of at most
    /// <see cref="CacheStore.WalkRecordsMax"/> records; true when it is over. Of two flushes under way each may take
    /// any of the steps.
    /// </summary>
    public bool FlushStep()
    {
        var log = Table.Log;
        var isOver = false;
        Span<ulong> addresses = stackalloc ulong[CacheStore.WalkRecordsMax];
        Span<ulong> hashes = stackalloc ulong[CacheStore.WalkRecordsMax];
        var count = 0;
        for (var i = 0; i < CacheStore.WalkRecordsMax && !isOver; i++)
        {
            isOver = !log.TryWalk(
                ref log.FlushCursor, ref _flushQueue, SegmentUse.Tombstones, out addresses[count], out var record);
            if (record.IsNone || record.IsDead || record.Version > _flushedAt) continue;
            hashes[count] = Table.HashOf(record);
            Table.Index.PrefetchBoth(hashes[count]);
            count++;
        }

        for (var i = 0; i < count; i++)
        {
            Table.Drop(hashes[i], Table.Index.FindAddress(hashes[i], addresses[i]));
            log.ReturnIfEmpty(log.Pool.SegmentOf(addresses[i]));
        }

        return isOver;
    }
}
