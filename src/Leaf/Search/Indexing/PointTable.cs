using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// All points of a geo field in the order of their values, which is that of the Z-order curve, each with its document:
/// what an area is looked up in, a few neighbouring stretches at a time, however the documents themselves are ordered.
/// Immutable; many threads may read.
/// </summary>
/// <remarks>
/// <code>
///  points u32 | zero u32 | values i64, rising... | documents u32... | padding to 8
/// </code>
/// </remarks>
internal readonly unsafe struct PointTable
{
    private readonly long* _values;
    private readonly int* _documents;
    private readonly int _count;

    /// <summary>Reads from a segment's memory.</summary>
    public PointTable(byte* section)
    {
        _count = (int)*(uint*)section;
        _values = (long*)(section + sizeof(ulong));
        _documents = (int*)(_values + _count);
    }

    /// <summary>The values, rising.</summary>
    public ReadOnlySpan<long> Values => new(_values, _count);

    /// <summary>The document of each.</summary>
    public ReadOnlySpan<int> Documents => new(_documents, _count);

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>The first point of a stretch whose value is not below; the stretch's end when all are.</summary>
    public int LowerBound(long value, int low, int high)
    {
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_values[middle] < value) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Appends the table of a column's values.</summary>
    /// <param name="output">Aligned to 8.</param>
    /// <param name="firsts">First value of each document, and the count at the end.</param>
    /// <param name="values">All values, document by document.</param>
    public static void Write(IndexOutput output, ReadOnlySpan<int> firsts, ReadOnlySpan<long> values)
    {
        var sorted = values.ToArray();
        var documents = new int[values.Length];
        for (var d = 0; d + 1 < firsts.Length; d++) documents.AsSpan(firsts[d]..firsts[d + 1]).Fill(d);
        Array.Sort(sorted, documents);
        output.WriteU32((uint)sorted.Length);
        output.WriteU32(0);
        output.Write(MemoryMarshal.AsBytes(sorted.AsSpan()));
        output.Write(MemoryMarshal.AsBytes(documents.AsSpan()));
        output.Align();
    }
}
