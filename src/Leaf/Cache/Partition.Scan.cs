using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>What goes over many entries a step at a time: the walk through all paths, and the flush.</summary>
internal sealed unsafe partial class Partition
{
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

    /// <summary>From now on nothing is taken that is not newer than this.</summary>
    public void BeginFlush(ulong version) => _flushedAt = Math.Max(_flushedAt, version);

    /// <summary>Drops what is not newer than a version, tombstones too, of a group's tags in a range.</summary>
    public void FlushStep(int group, int firstTag, int endTag, ulong version)
    {
        var slots = ArrayPool<ulong>.Shared.Rent(Table.Index.CountOf(group));
        var count = Table.Index.CopySlots(group, firstTag, endTag, slots);
        for (var i = 0; i < count; i++)
        {
            var address = HashIndex.AddressOf(slots[i]);
            var record = Table.RecordAt(slots[i]);
            if (record.Version > version) continue;
            var hash = Table.HashOf(record);
            Table.Drop(hash, Table.Index.FindAddress(hash, address));
            Table.Log.ReturnIfEmpty(Table.Log.Pool.SegmentOf(address));
        }

        ArrayPool<ulong>.Shared.Return(slots);
    }
}
