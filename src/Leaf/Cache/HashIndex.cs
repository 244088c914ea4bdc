using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Hash of a path to address of its record, 10 bytes an entry: a bucketized cuckoo hash table (Pagh and Rodler 2001;
/// Fan et al., MemC3, NSDI 2013) that grows and shrinks a page at a time.
/// </summary>
/// <remarks>
/// <code>
///  hash   tag 20 | - 6 | partition 6 | group and bucket 32          slot   tag 20 | uses 2 | address 42
///
///  group ── pages 0..n-1, 4 KiB each ── 64 buckets a page ── 7 slots a bucket, one cache line
/// </code>
/// The number of groups is fixed by the budget; a group's share of entries decides how many pages it has. A selector in
/// the tag chooses the page, so that with one page more only those entries move that the new page gets, and all pages
/// stay equally full (<see cref="IndexSpread"/>). An entry may stand in two buckets: the first by selector and hash,
/// the second in another page, by the tag alone. It goes into the second when the first is full, and when both are,
/// others are moved to their other place: so a group is filled to <see cref="FullShare"/>. Nothing here reads a record
/// but <see cref="Find"/>.
/// <para>
/// Paths that share a whole hash fill two buckets and then displace one of the same tag, that is each other.
/// Changed under the partition's gate only, and built to be read without it: whatever a reader can see
/// change is changed between BeginChange and EndChange of its bucket, or of its group when pages come or go. Slot
/// pointers hold until the next insert or removal. Readers count uses by compare-and-swap; a use may get lost.
/// </para>
/// </remarks>
internal sealed unsafe partial class HashIndex : IDisposable
{
    public const int UsesMax = IndexBucket.UsesMax;

    /// <summary>A group gets another page when more of its slots are used.</summary>
    public const double FullShare = 0.94;

    /// <summary>Budget for each group: so entries of 128 bytes give it some 16 pages, and steps of 6 %.</summary>
    private const long BudgetBytesPerGroup = 850_000;
    private const int BucketsPerPage = IndexPages.PageBytes / IndexBucket.Bytes;
    private const int SlotsPerPage = BucketsPerPage * IndexBucket.SlotCount;

    private readonly SegmentPool _pool;
    private readonly byte* _start;
    private readonly IndexPages _pages;
    private readonly IndexGroup* _groups;
    private readonly int[] _counts;
    private readonly Queue<ulong> _displaced = new();
    private int _resizeNext;
    private int _settled;
    private int _pagesMin = 1;

    /// <param name="pool">Where its segments come from, and the group table's bytes.</param>
    /// <param name="limitBytes">The partition's part of the budget.</param>
    public HashIndex(SegmentPool pool, long limitBytes)
    {
        _pool = pool;
        _start = pool.Memory(0);
        _pages = new IndexPages(pool);
        _counts = new int[GroupsFor(limitBytes)];
        GroupBytes = (long)_counts.Length * sizeof(IndexGroup);
        if (!pool.TryClaim(GroupBytes)) throw new ArgumentOutOfRangeException(nameof(limitBytes), "no room for groups");
        _groups = (IndexGroup*)NativeMemory.AlignedAlloc((nuint)GroupBytes, IndexBucket.Bytes);
        NativeMemory.Clear(_groups, (nuint)GroupBytes);
        for (var group = 0; group < _counts.Length; group++)
        {
            if (!_pages.HasRoom)
                _pages.AddSegment(pool.TryTake(SegmentUse.Index, cleaning: true, IndexPages.PageBytes));
            _groups[group].Pages[0] = _pages.Take(new PageOwner(group, 0));
            _groups[group].PageCount = 1;
        }
    }

    /// <summary>Entries and tombstones indexed.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of its segments' memory and its group table.</summary>
    public long Bytes => ((long)_pages.Held * IndexPages.PageBytes) + GroupBytes;

    /// <summary>Bytes of the pages in use.</summary>
    public long PageBytes => (long)_pages.Count * IndexPages.PageBytes;

    public int Segments => _pages.Segments;

    public long GroupBytes { get; }

    public int Groups => _counts.Length;

    /// <summary>Bytes that the index of an empty partition takes, at most.</summary>
    public static long BytesAtStart(long limitBytes, int chunkBytes)
    {
        var groups = (long)GroupsFor(limitBytes);
        var pages = groups * IndexPages.PageBytes;
        return (groups * IndexGroup.Bytes) + ((pages + chunkBytes - 1) / chunkBytes * chunkBytes);
    }

    public static ulong AddressOf(ulong slot) => slot & IndexBucket.AddressMask;

    public static int UsesOf(ulong slot) => (int)(slot / IndexBucket.UseUnit) & UsesMax;

    /// <summary>
    /// Counts a use of the entry that was seen in a slot; without a gate, and lost if the slot has changed. False, and
    /// nothing written, when no more can be counted.
    /// </summary>
    public static bool CountUse(ulong* slot, ulong seen)
    {
        if (UsesOf(seen) == UsesMax) return false;
        Interlocked.CompareExchange(ref *slot, seen + IndexBucket.UseUnit, seen);
        return true;
    }

    /// <summary>Points a slot at its record's new place. The old one may be changed from then on.</summary>
    public static void Move(ulong* slot, ulong address, int uses)
    {
        var bucket = IndexBucket.Of(slot);
        IndexBucket.BeginChange(bucket);
        var tag = *slot >> IndexBucket.TagShift << IndexBucket.TagShift;
        *slot = tag | ((ulong)uses * IndexBucket.UseUnit) | address;
        IndexBucket.EndChange(bucket);
    }

    /// <summary>Whether <see cref="AddSegment"/> should come before an insert of this hash.</summary>
    public bool NeedsSegment(ulong hash)
    {
        var group = GroupOf(hash);
        return !_pages.HasRoom && _groups[group].PageCount < IndexGroup.PagesMax && WantsPage(group);
    }

    public void AddSegment(uint segment) => _pages.AddSegment(segment);

    /// <summary>Asks for the line where a search begins. Any thread.</summary>
    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported) Sse.Prefetch0(First(_groups + GroupOf(hash), TagOf(hash), BucketOf(hash)));
    }

    /// <summary>Asks for both lines where an entry may come to stand. Any thread.</summary>
    public void PrefetchBoth(ulong hash)
    {
        if (!Sse.IsSupported) return;
        var group = Group(hash);
        Sse.Prefetch0(First(group, TagOf(hash), BucketOf(hash)));
        Sse.Prefetch0(Second(group, TagOf(hash), BucketOf(hash)));
    }

    /// <summary>Asks for the record that a search will probably end at. Any thread, and after <see cref="Prefetch"/>.
    /// </summary>
    public void PrefetchRecord(ulong hash)
    {
        if (!Sse.IsSupported) return;
        var bucket = First(_groups + GroupOf(hash), TagOf(hash), BucketOf(hash));
        var matches = IndexBucket.Match(bucket, TagOf(hash));
        if (matches == 0) return;
        var at = _pool.At(AddressOf(bucket->Slots[uint.TrailingZeroCount(matches)]));
        Sse.Prefetch0(at);
        PrefetchRest(at);
    }

    /// <summary>
    /// Asks for the two lines after a record's first: where its value lies is known only when the first is there, and
    /// most end within three.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchRest(byte* record)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(record + IndexBucket.Bytes);
        Sse.Prefetch0(record + (2 * IndexBucket.Bytes));
    }

    /// <summary>The slot of a path, or null.</summary>
    public ulong* Find(ulong hash, ReadOnlySpan<byte> path)
    {
        var bucket = FirstOf(hash);
        var slot = FindIn(bucket, TagOf(hash), path);
        return slot == null && bucket->Spilled != 0 ? FindIn(SecondOf(hash), TagOf(hash), path) : slot;
    }

    /// <summary>The slot that holds an address, or null.</summary>
    public ulong* FindAddress(ulong hash, ulong address)
    {
        var slot = FindIn(FirstOf(hash), address);
        return slot == null ? FindIn(SecondOf(hash), address) : slot;
    }

    /// <summary>
    /// Adds a path that is not there. Afterwards <see cref="TryTakeDisplaced"/> gives the entries that lost their slot.
    /// </summary>
    public void Insert(ulong hash, ulong address, int uses = 0)
    {
        var number = GroupOf(hash);
        Adjust(number);
        var group = _groups + number;
        var slot = (TagOf(hash) << IndexBucket.TagShift) | ((ulong)uses * IndexBucket.UseUnit) | address;
        var home = BucketOf(hash);
        if (!TryPlace(group, slot, home) && !(TryGrowEarly(number) && TryPlace(group, slot, home)))
        {
            Displace(number, slot, home);
        }

        _counts[number]++;
        Count++;
    }

    /// <summary>Addresses of entries that are in the index no more, because others took their slots.</summary>
    public bool TryTakeDisplaced(out ulong address) => _displaced.TryDequeue(out address);

    /// <summary>Empties a slot.</summary>
    public void Remove(ulong hash, ulong* slot)
    {
        var number = GroupOf(hash);
        Clear(_groups + number, slot, BucketOf(hash));
        _counts[number]--;
        Count--;
    }

    /// <summary>Calls <paramref name="visit"/> with every slot.</summary>
    public void ForEach(Action<ulong> visit)
    {
        for (var group = 0; group < Groups; group++) ForEach(group, visit);
    }

    /// <summary>Calls <paramref name="visit"/> with every slot of a group; an entry never changes its group.</summary>
    public void ForEach(int group, Action<ulong> visit)
    {
        for (var page = 0; page < _groups[group].PageCount; page++)
        {
            for (var b = 0; b < BucketsPerPage; b++)
            {
                var bucket = BucketAt(_groups[group].Pages[page], b);
                for (var i = 0; i < IndexBucket.SlotCount; i++)
                {
                    if (bucket->Slots[i] != 0) visit(bucket->Slots[i]);
                }
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_groups);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong TagOf(ulong hash) => hash >> IndexBucket.TagShift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal IndexGroup* Group(ulong hash) => _groups + GroupOf(hash);

    /// <summary>The bucket that a path belongs to first, as a group says now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal IndexBucket* First(IndexGroup* group, ulong tag, int home)
    {
        var page = IndexSpread.Row(group->PageCount)[tag & IndexSpread.SelectorMask];
        return BucketAt(group->Pages[page], home);
    }

    /// <summary>The other bucket that it may stand in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal IndexBucket* Second(IndexGroup* group, ulong tag, int home)
    {
        var page = IndexSpread.Row(group->PageCount)[SecondSelector(tag)];
        return BucketAt(group->Pages[page], home ^ Leap(tag));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int BucketOf(ulong hash) => (int)hash & (BucketsPerPage - 1);

    private static int GroupsFor(long limitBytes) => (int)Math.Max(1, limitBytes / BudgetBytesPerGroup);

    private static ulong SecondSelector(ulong tag) =>
        (tag ^ (((tag >> IndexSpread.SelectorBits) * 0x9E5) | 1)) & IndexSpread.SelectorMask;

    private static int Leap(ulong tag) => ((int)(tag >> IndexSpread.SelectorBits) & (BucketsPerPage - 1)) | 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int GroupOf(ulong hash) => (int)(((ulong)(uint)hash * (uint)_counts.Length) >> 32);

    private IndexBucket* FirstOf(ulong hash) => First(Group(hash), TagOf(hash), BucketOf(hash));

    private IndexBucket* SecondOf(ulong hash) => Second(Group(hash), TagOf(hash), BucketOf(hash));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IndexBucket* BucketAt(uint page, int bucket) => (IndexBucket*)IndexPages.At(_start, page) + bucket;

    private ulong* FindIn(IndexBucket* bucket, ulong tag, ReadOnlySpan<byte> path)
    {
        for (var matches = IndexBucket.Match(bucket, tag); matches != 0; matches &= matches - 1)
        {
            var slot = &bucket->Slots[uint.TrailingZeroCount(matches)];
            if (*slot != 0 && _pool.RecordAt(AddressOf(*slot)).Path.SequenceEqual(path)) return slot;
        }

        return null;
    }

    private static ulong* FindIn(IndexBucket* bucket, ulong address)
    {
        for (var i = 0; i < IndexBucket.SlotCount; i++)
        {
            if (AddressOf(bucket->Slots[i]) == address) return &bucket->Slots[i];
        }

        return null;
    }
}
