using System.Diagnostics;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Decides what leaves a partition to make room: W-TinyLFU (Einziger, Friedman and Manes, TOS 2017) over queues of
/// segments instead of lists, one record a step.
/// </summary>
/// <remarks>
/// New entries stand in the window, a queue with the share of bytes that <see cref="WindowShare"/> finds. What reaches
/// its old end was used twice or more there and passes to main, or it meets the entry at main's old end that was not
/// used since the hand came by: the one that <see cref="Admission"/> prefers stays in main, the other goes. Used
/// entries of main get another round for each use, and each round is counted in the sketch: a hit itself touches
/// nothing but two bits in the index.
/// A window that has become too large gives whole segments to main, by relinking them: so a store that fills up for
/// the first time moves no bytes, and those who came first are the first to be challenged.
/// Making room always ends: a record that finds no segment to move to is evicted, and after <see cref="MercyMax"/>
/// rounds granted without an eviction the next one is evicted regardless. Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class Evictor(EntryTable table, long limitBytes)
{
    /// <summary>Share of the partition's part of the budget that tombstones may take.</summary>
    private const int TombstoneShareDivisor = 16;

    /// <summary>Uses within the window that let an entry pass to main unchallenged.</summary>
    public const int UsesToPass = 2;
    private const int MercyMax = 64;

    /// <summary>A window that is too large by this share of all bytes gives segments away: 1/100.</summary>
    private const int SlackDivisor = 100;

    /// <summary>Of a few large entries, this many are slack.</summary>
    private const int SlackEntries = 4;

    private readonly EntryLog _log = table.Log;
    private readonly SegmentPool _pool = table.Log.Pool;
    private readonly Admission _admission = table.Admission;
    private int _mercies;

    /// <summary>
    /// Looks at one record that may leave, and at those of main that must be passed for it, at most
    /// <paramref name="records"/>. Returns how many it looked at, at least 1; 0 when there is nothing left to evict.
    /// </summary>
    public int Step(long nowMs, int records)
    {
        var use = ChooseQueue();
        if (_log.Queue(use).Oldest == 0) return 0;
        if (use == SegmentUse.Small && TryGiveSegment()) return 1;
        var left = records;
        if (TryPeek(use, nowMs, ref left, out var subject)) Judge(use, subject, nowMs, ref left);
        return Math.Max(1, records - left);
    }

    private void Judge(SegmentUse use, in Standing subject, long nowMs, ref int left)
    {
        if (use == SegmentUse.Small)
        {
            JudgeCandidate(subject, nowMs, ref left);
        }
        else if (use == SegmentUse.Tombstones)
        {
            table.Evict(subject.Hash, subject.Slot);
        }
        else if (!TryKeepInMain(subject))
        {
            EvictFromMain(subject);
        }
    }

    private void JudgeCandidate(in Standing candidate, long nowMs, ref int left)
    {
        var passes = candidate.Uses >= UsesToPass || Excess > Slack || _log.Queue(SegmentUse.Main).Oldest == 0;
        if (!passes)
        {
            if (!TryFindVictim(nowMs, ref left, out var victim)) return;
            passes = _admission.Prefers(candidate.Contender, victim.Contender);
            if (passes) EvictFromMain(victim);
        }

        // The victim's slot is gone from the index, which may have moved the candidate's.
        var slot = table.Index.FindAddress(candidate.Hash, candidate.Address);
        _admission.LeftWindow(candidate.Hash, candidate.Uses);
        if (passes && table.TryMove(candidate.Record, candidate.Address, slot, SegmentUse.Main, 0)) return;
        _mercies = 0;
        _admission.Evicted(candidate.Hash, 0, fromMain: false);
        table.Evict(candidate.Hash, slot);
    }

    /// <summary>The entry at main's old end that was not used since its last round. False: not yet, or room was made.
    /// </summary>
    private bool TryFindVictim(long nowMs, ref int left, out Standing victim)
    {
        while (left > 0 && TryPeek(SegmentUse.Main, nowMs, ref left, out victim))
        {
            if (!TryKeepInMain(victim)) return true;
        }

        victim = default;
        return false;
    }

    private bool TryKeepInMain(in Standing subject)
    {
        if (subject.Uses == 0 || _mercies >= MercyMax) return false;
        if (!table.TryMove(subject.Record, subject.Address, subject.Slot, SegmentUse.Main, subject.Uses - 1))
            return false;
        _mercies++;
        _admission.StayedInMain(subject.Hash);
        return true;
    }

    private void EvictFromMain(in Standing subject)
    {
        _mercies = 0;
        _admission.Evicted(subject.Hash, subject.Uses, fromMain: true);
        table.Evict(subject.Hash, subject.Slot);
    }

    /// <summary>
    /// The live record at a queue's old end; whatever came before it is dead. False when there is none yet: a segment
    /// was given back, a value's pages came free, or the looks were used up.
    /// </summary>
    private bool TryPeek(SegmentUse use, long nowMs, ref int left, out Standing standing)
    {
        standing = default;
        ref var queue = ref _log.Queue(use);
        var id = queue.Oldest;
        var end = _pool.Header(id).UsedBytes;
        queue.HandOffset = Math.Max(queue.HandOffset, _pool.Header(id).FirstOffset);
        for (; queue.HandOffset < end && left > 0; left--)
        {
            var address = _pool.Address(id, queue.HandOffset);
            var record = _pool.RecordAt(address);
            if (record.IsDead)
            {
                queue.HandOffset += record.Bytes;
                continue;
            }

            var hash = table.HashOf(record);
            var slot = table.Index.FindAddress(hash, address);
            Debug.Assert(slot != null, "every live record is indexed");
            if (!record.HasExpired(nowMs))
            {
                left--;
                _log.TrimFront(id, queue.HandOffset);
                standing = new Standing(record, address, hash, slot);
                return true;
            }

            table.Expire(hash, slot);
            if (table.HasDoomed) return false;
        }

        if (queue.HandOffset >= end) _log.ReturnIfEmpty(id);
        else _log.TrimFront(id, queue.HandOffset);
        return false;
    }

    private long Target => (long)(EntryBytes * _admission.WindowShare);

    private long Excess => _log.Queue(SegmentUse.Small).LiveBytes - Target;

    private long Slack =>
        Math.Max(EntryBytes / SlackDivisor, EntryBytes / Math.Max(1, table.Index.Count) * SlackEntries);

    private long EntryBytes => _log.Queue(SegmentUse.Small).LiveBytes + _log.Queue(SegmentUse.Main).LiveBytes;

    private bool TryGiveSegment()
    {
        ref var queue = ref _log.Queue(SegmentUse.Small);
        if (_pool.Header(queue.Oldest).AllLiveBytes + Slack > Excess) return false;
        if (queue.Open == queue.Oldest) _log.Seal(SegmentUse.Small);
        // Sealing gives back a segment in which nothing lives.
        if (queue.Oldest == 0) return true;
        _log.Relink(queue.Oldest, SegmentUse.Main);
        return true;
    }

    private SegmentUse ChooseQueue()
    {
        var small = _log.Queue(SegmentUse.Small);
        var main = _log.Queue(SegmentUse.Main);
        if (_log.Queue(SegmentUse.Tombstones).LiveBytes > limitBytes / TombstoneShareDivisor)
            return SegmentUse.Tombstones;
        if (small.Oldest == 0 && main.Oldest == 0) return SegmentUse.Tombstones;
        if (main.Oldest == 0) return SegmentUse.Small;
        if (small.Oldest == 0) return SegmentUse.Main;
        return Excess > 0 ? SegmentUse.Small : SegmentUse.Main;
    }

    /// <summary>A live record and where it stands. The slot holds until the index changes.</summary>
    private readonly ref struct Standing(Record record, ulong address, ulong hash, ulong* slot)
    {
        public Record Record { get; } = record;

        public ulong Address { get; } = address;

        public ulong Hash { get; } = hash;

        public ulong* Slot { get; } = slot;

        /// <summary>As they were when it was looked at.</summary>
        public int Uses { get; } = HashIndex.UsesOf(*slot);

        public Admission.Contender Contender => new(Hash, Uses, Record.Bytes + EntryLog.BlockBytes(Record));
    }
}
