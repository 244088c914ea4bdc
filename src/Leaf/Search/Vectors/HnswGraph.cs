using System.Runtime.Intrinsics.X86;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>
/// A hierarchical navigable small world over the vectors of one field of one segment (Malkov, Yashunin: Efficient and
/// robust approximate nearest neighbor search using hierarchical navigable small world graphs, 2018): each node is
/// linked to some that are near and lie in different directions; fewer and fewer nodes stand on each level above. Read
/// in place, from the mapped file or from what is being built. Many threads may read.
/// </summary>
/// <remarks>
/// <code>
///   0  version u32 (1) | nodes u32 | m u32 | entry u32 | highest level u32 | rows of higher levels u32 | zeros to 64
///  64  level 0:  for each node: links u32, then 2 m of them u32
///      first:    for each node: its first row of those below u32, or 0xFFFFFFFF
///      above:    for each node on a higher level, one row for each from 1 on: links u32, then m of them u32
/// </code>
/// </remarks>
internal readonly unsafe struct HnswGraph
{
    /// <summary>Of this format.</summary>
    public const uint Version = 1;

    /// <summary>Says that a node stands on the lowest level only.</summary>
    public const uint NoRow = uint.MaxValue;

    private readonly int* _base;
    private readonly uint* _first;
    private readonly int* _above;

    /// <summary>A graph whose parts lie at these addresses.</summary>
    public HnswGraph(HnswShape shape, int* level0, uint* first, int* above)
    {
        Shape = shape;
        _base = level0;
        _first = first;
        _above = above;
    }

    /// <summary>Reads from a segment's memory.</summary>
    /// <exception cref="IndexCorruptException">It is of another version, or its length is not what it should be.
    /// </exception>
    public HnswGraph(string file, byte* start, long length)
    {
        var head = (uint*)start;
        if (length < VectorColumn.Alignment || *head != Version)
            throw new IndexCorruptException(file, $"a graph is of version {(length < 4 ? 0 : *head)}, not {Version}");
        Shape = new HnswShape((int)head[1], (int)head[2], (int)head[3], (int)head[4], (int)head[5]);
        _base = (int*)(start + VectorColumn.Alignment);
        _first = (uint*)(_base + ((long)Shape.Nodes * Shape.BaseRow));
        _above = (int*)(_first + Shape.Nodes);
        var end = (byte*)(_above + ((long)Shape.RowsAbove * Shape.AboveRow));
        if (end - start != length)
            throw new IndexCorruptException(file, $"a graph has {length} bytes; {end - start} are due");
    }

    /// <summary>Its numbers.</summary>
    public HnswShape Shape { get; }

    /// <summary>Whether there is none.</summary>
    public bool IsNone => _base == null;

    /// <summary>The nodes that a node is linked to on a level on which it stands.</summary>
    public ReadOnlySpan<int> Links(int node, int level)
    {
        var row = Row(node, level);
        return new ReadOnlySpan<int>(row + 1, *row);
    }

    /// <summary>Begins to fetch the links of a node that is likely to be left next.</summary>
    public void FetchLinks(int node, int level)
    {
        if (!Sse.IsSupported) return;
        var row = (byte*)Row(node, level);
        var bytes = sizeof(int) * (level == 0 ? Shape.BaseRow : Shape.AboveRow);
        for (var at = 0; at < bytes; at += VectorColumn.Alignment) Sse.Prefetch0(row + at);
    }

    /// <summary>The highest level on which a node stands, as far as a later node's rows tell.</summary>
    /// <param name="node">The node.</param>
    /// <param name="next">The first row of the next node that has any; else all rows.</param>
    public int Level(int node, uint next) => _first[node] == NoRow ? 0 : (int)(next - _first[node]);

    /// <summary>The first row of a node above level 0, or <see cref="NoRow"/>.</summary>
    public uint First(int node) => _first[node];

    /// <summary>Where a node's links are: their count, then they.</summary>
    public int* Row(int node, int level) => level == 0
        ? _base + ((long)node * Shape.BaseRow)
        : _above + ((_first[node] + level - 1L) * Shape.AboveRow);

    /// <summary>Writes it.</summary>
    /// <param name="output">Aligned to <see cref="VectorColumn.Alignment"/>.</param>
    public void Write(IndexOutput output)
    {
        Span<uint> head =
            [
                Version, (uint)Shape.Nodes, (uint)Shape.M, (uint)Shape.Entry, (uint)Shape.Top, (uint)Shape.RowsAbove,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ];
        output.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(head));
        Write(output, (byte*)_base, (long)Shape.Nodes * Shape.BaseRow * sizeof(int));
        Write(output, (byte*)_first, (long)Shape.Nodes * sizeof(uint));
        Write(output, (byte*)_above, (long)Shape.RowsAbove * Shape.AboveRow * sizeof(int));
    }

    private static void Write(IndexOutput output, byte* start, long length)
    {
        const int part = 1 << 20;
        for (long done = 0; done < length; done += part)
            output.Write(new ReadOnlySpan<byte>(start + done, (int)Math.Min(part, length - done)));
    }
}

/// <summary>The numbers of a graph.</summary>
/// <param name="Nodes">Nodes.</param>
/// <param name="M">Links of a node on a higher level at most; on level 0 twice as many.</param>
/// <param name="Entry">Where searches begin; it stands on the highest level.</param>
/// <param name="Top">The highest level.</param>
/// <param name="RowsAbove">Rows of all higher levels.</param>
internal readonly record struct HnswShape(int Nodes, int M, int Entry, int Top, int RowsAbove)
{
    /// <summary>Integers of a row of level 0.</summary>
    public int BaseRow => 1 + (2 * M);

    /// <summary>Integers of a row above it.</summary>
    public int AboveRow => 1 + M;

    /// <summary>Links of a node on a level at most.</summary>
    public int LinksMax(int level) => level == 0 ? 2 * M : M;
}
