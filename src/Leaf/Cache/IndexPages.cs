using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The pages of one index, 4 KiB each, packed without holes over segments of the pool. A page that is given up is
/// filled with the last one, so that segments come free at the end. Guarded by its partition's gate.
/// </summary>
/// <remarks>A page's number is its address in the segments' space divided by its size.</remarks>
internal sealed unsafe class IndexPages(SegmentPool pool)
{
    public const int PageBytes = PageArena.PageBytes;
    private readonly int _pagesPerSegment = pool.SegmentBytes / PageBytes;
    private readonly int _pagesPerChunk = pool.ChunkBytes / PageBytes;
    private uint[] _segments = new uint[16];
    private PageOwner[] _owners = new PageOwner[256];

    /// <summary>Segments held.</summary>
    public int Segments { get; private set; }

    /// <summary>Pages that they have memory for.</summary>
    public int Held { get; private set; }

    /// <summary>Pages in use.</summary>
    public int Count { get; private set; }

    public bool HasRoom => Count < Held;

    public static byte* At(byte* start, uint page) => start + ((long)page * PageBytes);

    /// <summary>Takes a segment that has memory for a page or more; one held in part takes over what it has.</summary>
    public void AddSegment(uint segment)
    {
        if (Held < Segments * _pagesPerSegment)
        {
            var last = _segments[Segments - 1];
            var before = pool.Header(last).HeldBytes;
            pool.Merge(last, segment);
            Held += (pool.Header(last).HeldBytes - before) / PageBytes;
            return;
        }

        Held += pool.Header(segment).HeldBytes / PageBytes;
        if (Segments == _segments.Length) Array.Resize(ref _segments, Segments * 2);
        pool.Header(segment).Newer = (uint)Segments;
        _segments[Segments++] = segment;
    }

    /// <summary>An empty page; <see cref="HasRoom"/> must hold.</summary>
    public uint Take(PageOwner owner)
    {
        Debug.Assert(HasRoom, "a segment has been added");
        if (Count == _owners.Length) Array.Resize(ref _owners, Count * 2);
        _owners[Count] = owner;
        var page = PageAt(Count++);
        NativeMemory.Clear(At(pool.Memory(0), page), PageBytes);
        return page;
    }

    /// <summary>
    /// Gives a page up. Unless it was the last, the last one's content now stands at <paramref name="page"/>, and its
    /// owner must be told: true.
    /// </summary>
    public bool Free(uint page, out PageOwner moved)
    {
        var place = PlaceOf(page);
        Count--;
        moved = _owners[Count];
        var isLast = place == Count;
        if (!isLast)
        {
            var start = pool.Memory(0);
            Buffer.MemoryCopy(At(start, PageAt(Count)), At(start, page), PageBytes, PageBytes);
            _owners[place] = moved;
        }

        // One chunk is kept in hand, so that a page more and a page less do not take and return one in turn.
        if (Held - Count > 2 * _pagesPerChunk) GiveChunk();
        return !isLast;
    }

    private void GiveChunk()
    {
        var last = _segments[Segments - 1];
        Held -= _pagesPerChunk;
        var held = pool.Header(last).HeldTo;
        if (held > pool.ChunkBytes) pool.TrimBack(last, held - pool.ChunkBytes);
        else pool.Return(_segments[--Segments]);
    }

    private uint PageAt(int place)
    {
        var segment = _segments[place / _pagesPerSegment];
        return (uint)((segment * (long)_pagesPerSegment) + (place % _pagesPerSegment));
    }

    private int PlaceOf(uint page)
    {
        var segment = page / (uint)_pagesPerSegment;
        return (int)((pool.Header(segment).Newer * _pagesPerSegment) + (page % _pagesPerSegment));
    }
}

/// <summary>Who holds a page: the group's number and the page's ordinal in it.</summary>
internal readonly record struct PageOwner(int Group, int Ordinal);
