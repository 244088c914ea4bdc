using System.Diagnostics;
using System.Numerics;

namespace Hedgerow.Leaf.Cache;

/// <summary>How slots are placed, and how a group gets and loses pages.</summary>
internal sealed unsafe partial class HashIndex
{
    /// <summary>A group gives up a page when the others would be filled to no more than this.</summary>
    private const double ShrinkShare = 0.82;

    /// <summary>Below this share a page more would be no cure for two full buckets.</summary>
    private const double EarlyShare = 0.80;

    /// <summary>What reserved pages are to be filled to: where most entries still find a place at once.</summary>
    private const double ReservedShare = 0.90;

    /// <summary>Buckets looked at for a free slot before an entry is displaced; five are needed on the mean.</summary>
    private const int StepsMax = 96;

    /// <summary>Groups that one <see cref="Resize"/> looks at, at most.</summary>
    private const int GroupsPerResize = 16;

    /// <summary>Pages whose slots one <see cref="Resize"/> walks before it leaves the rest to the next.</summary>
    private const int PagesPerResize = 16;

    /// <summary>
    /// Gives up pages that a few groups no longer need, and gives the number of pages it walked: those of one group
    /// beyond <see cref="PagesPerResize"/> at most. Displaced entries as after an insert.
    /// </summary>
    public int Resize()
    {
        var walked = 0;
        for (var i = 0; i < Math.Min(GroupsPerResize, Groups) && walked < PagesPerResize; i++)
        {
            var pages = Adjust(_resizeNext);
            walked += pages;
            _settled = pages == 0 ? _settled + 1 : 0;
            if (pages == 0) _resizeNext = _resizeNext + 1 < Groups ? _resizeNext + 1 : 0;
        }

        PagesWalked += walked;
        return walked;
    }

    /// <summary>
    /// Gives a group, which is to be empty, the pages that its share of so many entries will take, and no group less
    /// than that from now on until it is called with 0. False when a segment is to be added first.
    /// </summary>
    public bool TryReserve(int number, long entries)
    {
        _pagesMin = (int)Math.Clamp(entries / Groups / (SlotsPerPage * ReservedShare), 1, IndexGroup.PagesMax);
        var group = _groups + number;
        var before = group->PageCount;
        if (_counts[number] != 0 || before >= _pagesMin) return true;
        if (!_pages.HasRoom) return false;
        BeginChange(group);
        while (group->PageCount < _pagesMin && _pages.HasRoom)
        {
            group->Pages[group->PageCount] = _pages.Take(new PageOwner(number, group->PageCount));
            group->PageCount++;
        }

        EndChange(group);
        return group->PageCount == _pagesMin;
    }

    /// <summary>Pages that resizes have walked since the start.</summary>
    public long PagesWalked { get; private set; }

    /// <summary>Whether every group had a <see cref="Resize"/> that found nothing to do; begins to count anew then.
    /// </summary>
    public bool TakeSettled()
    {
        var isSettled = _settled >= Groups;
        if (isSettled) _settled = 0;
        return isSettled;
    }

    /// <summary>Checks that every slot is where a search for it comes by. For tests, at rest.</summary>
    internal void Verify()
    {
        for (var number = 0; number < Groups; number++)
        {
            var group = _groups + number;
            var (slots, away, spilled) = (0, 0, 0);
            for (var page = 0; page < group->PageCount; page++)
            {
                for (var b = 0; b < BucketsPerPage; b++)
                {
                    var bucket = BucketAt(group->Pages[page], b);
                    if (bucket->Version % 2 != 0) throw new InvalidOperationException("A bucket is left in change.");
                    spilled += bucket->Spilled;
                    away += BitOperations.PopCount(bucket->Away);
                    for (var i = 0; i < IndexBucket.SlotCount; i++)
                    {
                        if (bucket->Slots[i] == 0) continue;
                        slots++;
                        var tag = bucket->Slots[i] >> IndexBucket.TagShift;
                        var isAway = (bucket->Away & (1 << i)) != 0;
                        var place = isAway ? Second(group, tag, b ^ Leap(tag)) : First(group, tag, b);
                        if (place != bucket) throw new InvalidOperationException("A slot stands where none looks.");
                    }
                }
            }

            if (slots == _counts[number] && spilled == away && group->Version % 2 == 0) continue;
            throw new InvalidOperationException($"Group {number}: {slots} of {_counts[number]}, {spilled} {away}.");
        }
    }

    private bool WantsPage(int group) => _counts[group] + 1 > _groups[group].PageCount * SlotsPerPage * FullShare;

    /// <summary>Gives or takes pages if the number of entries asks for it; how many pages it had to walk.</summary>
    private int Adjust(int group)
    {
        var pages = _groups[group].PageCount;
        if (pages < IndexGroup.PagesMax && _pages.HasRoom && WantsPage(group))
        {
            Grow(group);
            return pages;
        }

        if (pages <= _pagesMin || _counts[group] >= (pages - 1) * SlotsPerPage * ShrinkShare) return 0;

        // Few entries move at once, however many pages they leave.
        var few = _counts[group] <= SlotsPerPage;
        var enough = Math.Max(1, (int)Math.Ceiling(_counts[group] / (SlotsPerPage * ShrinkShare)));
        Shrink(group, few ? Math.Min(enough, pages - 1) : pages - 1);
        return pages;
    }

    private bool TryGrowEarly(int group)
    {
        var pages = _groups[group].PageCount;
        if (pages == IndexGroup.PagesMax || !_pages.HasRoom) return false;
        if (_counts[group] < pages * SlotsPerPage * EarlyShare) return false;
        Grow(group);
        return true;
    }

    private void Grow(int number)
    {
        var group = _groups + number;
        BeginChange(group);
        group->Pages[group->PageCount] = _pages.Take(new PageOwner(number, group->PageCount));
        Respread(number, group->PageCount + 1);
        EndChange(group);
    }

    private void Shrink(int number, int pages)
    {
        var group = _groups + number;
        var before = group->PageCount;
        BeginChange(group);
        Respread(number, pages);
        EndChange(group);

        // From here on no reader comes to the pages that are left; those that were there find the group changed.
        for (var page = before - 1; page >= pages; page--)
        {
            var place = group->Pages[page];
            if (!_pages.Free(place, out var moved)) continue;
            var other = _groups + moved.Group;
            BeginChange(other);
            other->Pages[moved.Ordinal] = place;
            EndChange(other);
        }
    }

    /// <summary>Sets the number of pages and moves what belongs elsewhere now. Within a change of the group.</summary>
    private void Respread(int number, int pages)
    {
        var group = _groups + number;
        var before = group->PageCount;
        var row = IndexSpread.Row(pages);
        var homeless = stackalloc Homeless[SlotsPerPage * 2];
        var count = 0;
        group->PageCount = pages;
        for (var page = 0; page < before; page++)
        {
            for (var b = 0; b < BucketsPerPage; b++)
            {
                var bucket = BucketAt(group->Pages[page], b);
                bucket->Spilled = 0;
                for (var i = 0; i < IndexBucket.SlotCount; i++)
                {
                    var slot = bucket->Slots[i];
                    if (slot == 0) continue;
                    var tag = slot >> IndexBucket.TagShift;
                    var isAway = (bucket->Away & (1 << i)) != 0;
                    var selector = isAway ? SecondSelector(tag) : tag & IndexSpread.SelectorMask;
                    if (row[selector] == page) continue;
                    bucket->Slots[i] = 0;
                    bucket->Away &= (byte)~(1 << i);
                    var home = isAway ? b ^ Leap(tag) : b;
                    if (count < SlotsPerPage * 2) homeless[count++] = new Homeless { Slot = slot, Home = home };
                    else GiveUp(number, slot);
                }
            }
        }

        CountSpilled(group);
        for (var i = 0; i < count; i++)
        {
            if (!TryPlace(group, homeless[i].Slot, homeless[i].Home)) GiveUp(number, homeless[i].Slot);
        }
    }

    private void CountSpilled(IndexGroup* group)
    {
        for (var page = 0; page < group->PageCount; page++)
        {
            for (var b = 0; b < BucketsPerPage; b++)
            {
                var bucket = BucketAt(group->Pages[page], b);
                for (var away = (uint)bucket->Away; away != 0; away &= away - 1)
                {
                    var tag = bucket->Slots[uint.TrailingZeroCount(away)] >> IndexBucket.TagShift;
                    First(group, tag, b ^ Leap(tag))->Spilled++;
                }
            }
        }
    }

    private void GiveUp(int number, ulong slot)
    {
        _displaced.Enqueue(AddressOf(slot));
        _counts[number]--;
        Count--;
    }

    private bool TryPlace(IndexGroup* group, ulong slot, int home)
    {
        var tag = slot >> IndexBucket.TagShift;
        var first = First(group, tag, home);
        var free = IndexBucket.FreeSlot(first);
        if (free >= 0)
        {
            Put(first, free, slot);
            return true;
        }

        var second = Second(group, tag, home);
        free = IndexBucket.FreeSlot(second);
        if (free < 0)
        {
            var emptied = MakeRoom(group, first, home, second, home ^ Leap(tag));
            if (emptied == null) return false;
            free = IndexBucket.FreeSlot(emptied);
            if (emptied == first)
            {
                Put(first, free, slot);
                return true;
            }
        }

        PutAway(first, second, free, slot);
        return true;
    }

    private static void Put(IndexBucket* bucket, int at, ulong slot)
    {
        IndexBucket.BeginChange(bucket);
        bucket->Away &= (byte)~(1 << at);
        bucket->Slots[at] = slot;
        IndexBucket.EndChange(bucket);
    }

    private static void PutAway(IndexBucket* first, IndexBucket* second, int at, ulong slot)
    {
        IndexBucket.BeginChange(first);
        IndexBucket.BeginChange(second);
        first->Spilled++;
        second->Away |= (byte)(1 << at);
        second->Slots[at] = slot;
        IndexBucket.EndChange(second);
        IndexBucket.EndChange(first);
    }

    /// <param name="group">Its group.</param>
    /// <param name="slot">Is emptied.</param>
    /// <param name="home">The number of the bucket it belongs to first; not read if it is there.</param>
    private void Clear(IndexGroup* group, ulong* slot, int home)
    {
        var bucket = IndexBucket.Of(slot);
        var bit = 1 << (int)(slot - bucket->Slots);
        var first = (bucket->Away & bit) == 0 ? bucket : First(group, *slot >> IndexBucket.TagShift, home);
        IndexBucket.BeginChange(bucket);
        if (first != bucket)
        {
            IndexBucket.BeginChange(first);
            first->Spilled--;
            IndexBucket.EndChange(first);
        }

        bucket->Away &= (byte)~bit;
        *slot = 0;
        IndexBucket.EndChange(bucket);
    }

    /// <summary>
    /// Frees a slot in one of two full buckets by moving entries to their other places, the fewest that will do:
    /// searched breadth first (Li et al., Algorithmic improvements for fast concurrent cuckoo hashing, EuroSys 2014).
    /// Gives the bucket, or null.
    /// </summary>
    private IndexBucket* MakeRoom(IndexGroup* group, IndexBucket* first, int home, IndexBucket* second, int otherHome)
    {
        var steps = stackalloc Step[StepsMax];
        steps[0] = new Step { Bucket = first, Number = home, Parent = -1 };
        steps[1] = new Step { Bucket = second, Number = otherHome, Parent = -1 };
        var count = 2;
        for (var i = 0; i < count; i++)
        {
            for (var s = 0; s < IndexBucket.SlotCount; s++)
            {
                var target = OtherPlace(group, steps[i].Bucket, steps[i].Number, s, out var number);
                var free = IndexBucket.FreeSlot(target);
                if (free >= 0) return Unwind(group, steps, i, s, target, free);
                if (count == StepsMax) continue;
                steps[count++] = new Step { Bucket = target, Number = number, Parent = i, ParentSlot = s };
            }
        }

        return null;
    }

    private IndexBucket* Unwind(IndexGroup* group, Step* steps, int step, int slot, IndexBucket* target, int free)
    {
        while (true)
        {
            var from = steps[step].Bucket;

            // A path that crosses itself may find another entry than it saw, or none. Nothing is lost by then.
            if (from->Slots[slot] != 0)
            {
                if (OtherPlace(group, from, steps[step].Number, slot, out _) != target) return null;
                Shift(from, slot, target, free);
            }

            if (steps[step].Parent < 0) return from;
            target = from;
            free = slot;
            slot = steps[step].ParentSlot;
            step = steps[step].Parent;
        }
    }

    private IndexBucket* OtherPlace(IndexGroup* group, IndexBucket* bucket, int number, int slot, out int other)
    {
        var tag = bucket->Slots[slot] >> IndexBucket.TagShift;
        var isAway = (bucket->Away & (1 << slot)) != 0;
        other = number ^ Leap(tag);
        return isAway ? First(group, tag, other) : Second(group, tag, number);
    }

    private static int NumberOf(IndexBucket* bucket) =>
        (int)((nuint)bucket / IndexBucket.Bytes) & (BucketsPerPage - 1);

    /// <summary>Moves a slot to its other place.</summary>
    private static void Shift(IndexBucket* from, int slot, IndexBucket* to, int free)
    {
        Debug.Assert(to->Slots[free] == 0, "a slot moves to an empty one");
        var bit = (byte)(1 << slot);
        IndexBucket.BeginChange(to);
        IndexBucket.BeginChange(from);
        to->Slots[free] = from->Slots[slot];
        from->Slots[slot] = 0;
        if ((from->Away & bit) != 0)
        {
            from->Away &= (byte)~bit;
            to->Spilled--;
        }
        else
        {
            to->Away |= (byte)(1 << free);
            from->Spilled++;
        }

        IndexBucket.EndChange(from);
        IndexBucket.EndChange(to);
    }

    /// <summary>Takes the slot of another entry: one with the same tag, else the least used.</summary>
    private void Displace(int number, ulong slot, int home)
    {
        var group = _groups + number;
        var tag = slot >> IndexBucket.TagShift;
        var first = First(group, tag, home);
        var second = Second(group, tag, home);
        var bucket = first;
        var (at, best) = (0, int.MaxValue);
        for (var i = 0; i < IndexBucket.SlotCount * 2; i++)
        {
            var each = i < IndexBucket.SlotCount ? first : second;
            var candidate = each->Slots[i % IndexBucket.SlotCount];
            var rank = candidate >> IndexBucket.TagShift == tag ? -1 : UsesOf(candidate);
            if (rank >= best) continue;
            bucket = each;
            (at, best) = (i % IndexBucket.SlotCount, rank);
        }

        var prey = bucket->Slots[at];
        Clear(group, &bucket->Slots[at], NumberOf(bucket) ^ Leap(prey >> IndexBucket.TagShift));
        GiveUp(number, prey);
        if (bucket == first) Put(first, at, slot);
        else PutAway(first, second, at, slot);
    }

    private static void BeginChange(IndexGroup* group)
    {
        group->Version++;
        Volatile.WriteBarrier();
    }

    private static void EndChange(IndexGroup* group) => Volatile.Write(ref group->Version, group->Version + 1);

    private struct Step
    {
        public IndexBucket* Bucket;
        public int Number;
        public int Parent;
        public int ParentSlot;
    }

    private struct Homeless
    {
        public ulong Slot;
        public int Home;
    }
}
