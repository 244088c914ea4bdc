namespace Hedgerow.Leaf.Cache;

/// <summary>Entries of a snapshot.</summary>
internal sealed unsafe partial class Partition
{
    /// <summary>Stores an entry that was saved, in the queue it had and with its uses, if its path is not there.
    /// </summary>
    public Restored Restore(in EntryRow row, ulong hash, ref WriteTicket ticket)
    {
        if (row.Version <= _flushedAt) return Restored.Refused;
        if (!TryGrow(hash, ref ticket)) return Restored.NeedsSegment;
        if (Table.Index.Find(hash, row.Path) != null) return Restored.IsStored;
        var draft = new RecordDraft
        {
            Version = row.Version,
            EntryFlags = row.EntryFlags,
            ExpiresAtMs = row.ExpiresAtMs,
            Kind = row.Kind,
            Mark = row.Mark,
            Path = row.Path,
            Value = row.Value,
        };
        var use = row.IsInMain ? SegmentUse.Main : SegmentUse.Small;
        if (Table.TryPut(draft, hash, null, use, out _, row.Uses)) return Restored.Taken;
        ticket.SegmentBytes = draft.Bytes;
        return Restored.NeedsSegment;
    }

    /// <summary>
    /// Reserves the pages of one group of the index: see <see cref="HashIndex.TryReserve"/>. False when there is no
    /// memory for them.
    /// </summary>
    public bool TryReserve(int group, long entries)
    {
        while (!Table.Index.TryReserve(group, entries))
        {
            var segment = Table.Log.TakeSegment(SegmentUse.Index, cleaning: false, IndexPages.PageBytes);
            if (segment == 0) return false;
            Table.Index.AddSegment(segment);
        }

        return true;
    }

    /// <summary>Gives an entry the frequency it had; nothing happens if it is not there.</summary>
    public void SetUses(ulong hash, ReadOnlySpan<byte> path, int uses)
    {
        var slot = Table.Index.Find(hash, path);
        if (slot != null) HashIndex.Move(slot, HashIndex.AddressOf(*slot), uses);
    }
}
