namespace Hedgerow.Leaf.Cache;

/// <summary>Recounts a store at rest from its raw bytes and compares with what its parts believe.</summary>
internal sealed unsafe class StoreInspection(SegmentPool pool, Partition[] partitions)
{
    private long _heldBytes;
    private long _blockBytes;
    private long _groupBytes;

    public void Run()
    {
        foreach (var partition in partitions) Inspect(partition.Table);
        var admissionBytes = partitions.Sum(partition => partition.Table.Admission.Bytes);
        var known = _heldBytes + ((long)pool.PooledSegments * pool.SegmentBytes) + _blockBytes + admissionBytes
            + _groupBytes + pool.TableBytes;
        Check(known == pool.UsedBytes, $"used bytes: {known} counted, {pool.UsedBytes} claimed");
        Check(pool.UsedBytes <= pool.LimitBytes, $"{pool.UsedBytes} of {pool.LimitBytes} bytes used");
    }

    private static void Check(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"Store invariant broken: {what}.");
    }

    private void Inspect(EntryTable table)
    {
        long records = 0, tombstones = 0, inline = 0, used = 0;
        for (var use = SegmentUse.Small; use <= SegmentUse.Tombstones; use++)
        {
            var queue = table.Log.Queue(use);
            long live = 0;
            uint older = 0;
            for (var id = queue.Oldest; id != 0; older = id, id = pool.Header(id).Newer)
            {
                var segment = pool.Header(id);
                Check(segment.Older == older, $"segment {id} links back to {segment.Older}, not {older}");
                Check(segment.Use == use, $"segment {id} says {segment.Use} in queue {use}");
                var sum = InspectSegment(table, id);
                records += sum.Records;
                tombstones += sum.Tombstones;
                inline += sum.Inline;
                live += sum.Inline + sum.Blocks;
                used += segment.UsedBytes - segment.FirstOffset;
                _heldBytes += segment.HeldBytes;
                Check(segment.HeldFrom <= segment.FirstOffset && segment.UsedBytes <= segment.HeldTo,
                    $"segment {id} holds {segment.HeldFrom} to {segment.HeldTo}");
                _blockBytes += sum.Blocks;
            }

            Check(queue.Youngest == older, $"queue {use} ends at {older}, not {queue.Youngest}");
            Check(queue.Open == 0 || queue.Open == queue.Youngest, $"queue {use} is open at {queue.Open}");
            Check(queue.LiveBytes == live, $"queue {use} has {live} live bytes, not {queue.LiveBytes}");
        }

        table.Index.Verify();
        long slots = 0;
        table.Index.ForEach(slot =>
        {
            slots++;
            var record = pool.RecordAt(HashIndex.AddressOf(slot));
            Check(!record.IsDead, "the index points at a dead record");
        });
        Check(slots == table.Index.Count && slots == records, $"{slots} slots, {records} records");
        Check(tombstones == table.Tombstones, $"{tombstones} tombstones, not {table.Tombstones}");
        Check(inline == table.Log.LiveInlineBytes, $"{inline} inline bytes, not {table.Log.LiveInlineBytes}");
        Check(used == table.Log.UsedBytes, $"{used} used bytes, not {table.Log.UsedBytes}");
        _heldBytes += table.Index.Bytes - table.Index.GroupBytes + table.Log.SpareBytes;
        _groupBytes += table.Index.GroupBytes;
    }

    private (long Records, long Tombstones, long Inline, long Blocks) InspectSegment(EntryTable table, uint id)
    {
        var segment = pool.Header(id);
        long records = 0, tombstones = 0, inline = 0, blocks = 0;
        for (var offset = segment.FirstOffset; offset < segment.UsedBytes;)
        {
            var address = pool.Address(id, offset);
            var record = pool.RecordAt(address);
            offset += record.Bytes;
            if (record.IsDead) continue;
            var slot = table.Index.Find(table.HashOf(record), record.Path);
            Check(slot != null && HashIndex.AddressOf(*slot) == address, $"record {address:x} is not indexed");
            records++;
            tombstones += record.IsTombstone ? 1 : 0;
            inline += record.Bytes;
            blocks += EntryLog.BlockBytes(record);
            var expires = record.ExpiresAtMs;
            var isSwept = segment.SweepAtMs != long.MaxValue || table.Log.SweepCursor.Segment == id;
            Check(expires == 0 || isSwept, $"no sweep is due in segment {id}");
        }

        Check(inline == segment.LiveBytes, $"segment {id} has {inline} live bytes, not {segment.LiveBytes}");
        Check(records == segment.LiveRecords, $"segment {id} has {records} records, not {segment.LiveRecords}");
        return (records, tombstones, inline, blocks);
    }
}
