namespace Hedgerow.Leaf.Cache;

/// <summary>
/// One partition's entries: the index, the log and the admission kept in step. Every change of an entry is one of the
/// three here: put, move, drop. Guarded by its partition's gate.
/// </summary>
internal sealed unsafe class EntryTable : IDisposable
{
    private readonly SegmentPool _pool;
    private readonly IEntryEvents? _events;
    private readonly PlaceHash _hash;
    private LargeBlock* _doomed;

    public EntryTable(SegmentPool pool, long limitBytes, IEntryEvents? events, PlaceHash hash)
    {
        _hash = hash;
        _pool = pool;
        _events = events;
        Log = new EntryLog(pool);
        Admission = new Admission(pool, limitBytes);
        Index = new HashIndex(pool, limitBytes);
    }

    public HashIndex Index { get; }

    public EntryLog Log { get; }

    public Admission Admission { get; }

    public long Tombstones { get; private set; }

    public long Entries => Index.Count - Tombstones;

    /// <summary>Bytes that eviction here could free: what picks the partition that makes room.</summary>
    public long LiveBytes =>
        Log.Queue(SegmentUse.Small).LiveBytes + Log.Queue(SegmentUse.Main).LiveBytes
        + Log.Queue(SegmentUse.Tombstones).LiveBytes;

    public long Evictions { get; private set; }

    public long Expirations { get; private set; }

    public long MovedBytes { get; private set; }

    public Record RecordAt(ulong* slot) => RecordAt(*slot);

    public Record RecordAt(ulong slot) => _pool.RecordAt(HashIndex.AddressOf(slot));

    /// <summary>
    /// Stores a record under its path, in place of the one in <paramref name="slot"/> if that is not null. False, and
    /// nothing changed, when the log needs a segment.
    /// </summary>
    /// <param name="draft">The record. Its block, if any, becomes the table's.</param>
    /// <param name="hash">Of its path.</param>
    /// <param name="slot">Where the path is indexed now, or null.</param>
    /// <param name="use">The queue for it, if it does not fit where it lies.</param>
    /// <param name="stored">The record as stored.</param>
    /// <param name="uses">Of a path that is new here: how often it was used elsewhere.</param>
    public bool TryPut(
        in RecordDraft draft, ulong hash, ulong* slot, SegmentUse use, out Record stored, int uses = 0)
    {
        if (slot != null && TryOverwrite(draft, slot, out stored)) return true;
        if (!Log.TryAppend(use, draft, cleaning: false, out var address))
        {
            stored = default;
            return false;
        }

        stored = _pool.RecordAt(address);
        Log.CountLive(address, stored);
        if (stored.IsTombstone) Tombstones++;
        if (slot != null)
        {
            var old = HashIndex.AddressOf(*slot);
            HashIndex.Move(slot, address, HashIndex.UsesOf(*slot));
            Forget(old, keep: draft.Block);
            Log.ReturnIfEmpty(_pool.SegmentOf(old));
            return true;
        }

        Admission.Arrived(hash, Entries);
        Index.Insert(hash, address, uses);
        ForgetDisplaced();
        return true;
    }

    /// <summary>
    /// Copies a record to the young end of a queue. False, and nothing changed, when there is no segment for it.
    /// The segment it leaves is not given back yet.
    /// </summary>
    public bool TryMove(in Record record, ulong address, ulong* slot, SegmentUse use, int uses)
    {
        if (!Log.TryAppend(use, RecordDraft.Of(record), cleaning: true, out var target)) return false;
        Log.CountLive(target, _pool.RecordAt(target));
        HashIndex.Move(slot, target, uses);
        Log.Kill(address, record);
        MovedBytes += record.Bytes;
        return true;
    }

    /// <summary>Removes an entry because its time has come. Its segment is not given back yet.</summary>
    public void Expire(ulong hash, ulong* slot)
    {
        var record = RecordAt(slot);
        if (!record.IsTombstone)
        {
            Expirations++;
            _events?.Expired(record.Path);
        }

        Drop(hash, slot);
    }

    /// <summary>Removes an entry to make room. Its segment is not given back yet.</summary>
    public void Evict(ulong hash, ulong* slot)
    {
        CountEviction(RecordAt(slot));
        Drop(hash, slot);
    }

    /// <summary>Removes an entry. Its segment is not given back yet.</summary>
    public void Drop(ulong hash, ulong* slot)
    {
        var address = HashIndex.AddressOf(*slot);
        Index.Remove(hash, slot);
        Forget(address, keep: null);
    }

    /// <summary>Gives back what a few parts of the index no longer need; how many of its pages were walked.</summary>
    public int ResizeIndex()
    {
        var walked = Index.Resize();
        ForgetDisplaced();
        return walked;
    }

    /// <summary>The blocks that lost their record; the caller releases them once the gate is open.</summary>
    public LargeBlock* TakeDoomed()
    {
        var doomed = _doomed;
        _doomed = null;
        return doomed;
    }

    public bool HasDoomed => _doomed != null;

    public ulong HashOf(in Record record) => _hash.Of(record.Path);

    public void Dispose()
    {
        Index.ForEach(slot =>
        {
            var block = _pool.RecordAt(HashIndex.AddressOf(slot)).Block;
            if (block != null) LargeBlock.Release(block, _pool);
        });
        Index.Dispose();
        Admission.Dispose();
    }

    private void CountEviction(in Record record)
    {
        if (record.IsTombstone) return;
        Evictions++;
        _events?.Evicted(record.Path);
    }

    private bool TryOverwrite(in RecordDraft draft, ulong* slot, out Record stored)
    {
        var address = HashIndex.AddressOf(*slot);
        stored = _pool.RecordAt(address);
        var versionBase = _pool.VersionBase(_pool.SegmentOf(address));
        var code = RecordVersion.CodeOf(stored.Shape);
        var fits = (stored.Shape & ~RecordShape.VersionWidth) == draft.Shape && stored.Bytes == draft.BytesWith(code)
            && draft.CodeFor(versionBase) <= code;
        if (!fits || stored.IsLarge) return false;
        var bucket = IndexBucket.Of(slot);
        IndexBucket.BeginChange(bucket);
        draft.WriteTo(stored.At, versionBase, code);
        IndexBucket.EndChange(bucket);
        Log.NoteExpiry(address, draft.ExpiresAtMs);
        return true;
    }

    private void ForgetDisplaced()
    {
        while (Index.TryTakeDisplaced(out var address))
        {
            CountEviction(_pool.RecordAt(address));
            Forget(address, keep: null);
            Log.ReturnIfEmpty(_pool.SegmentOf(address));
        }
    }

    private void Forget(ulong address, LargeBlock* keep)
    {
        var record = _pool.RecordAt(address);
        if (record.IsTombstone) Tombstones--;
        Log.Kill(address, record);
        var block = record.Block;
        if (block == null || block == keep) return;
        block->Next = _doomed;
        _doomed = block;
    }
}
