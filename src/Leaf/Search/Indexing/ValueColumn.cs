using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The values of one field by document: numbers (bits of doubles), dates (milliseconds), or ordinals of keywords.
/// Immutable; many threads may read.
/// </summary>
/// <remarks>
/// <code>
///  layout u32 (0 one, 1 many) | zero u32
///  one:   which documents have a value, 64-bit words | value u64 per document, 0 where there is none
///  many:  first value of each document and one more, u32 | padding to 8 | value u64...
/// </code>
/// </remarks>
internal readonly unsafe struct ValueColumn
{
    /// <summary>At most one value a document.</summary>
    public const uint One = 0;

    /// <summary>Any number of values a document.</summary>
    public const uint Many = 1;

    private readonly uint* _firsts;
    private readonly ulong* _present;
    private readonly long* _values;

    /// <summary>Reads from a segment's memory.</summary>
    public ValueColumn(byte* section, int documents)
    {
        var body = section + sizeof(ulong);
        if (*(uint*)section == One)
        {
            _present = (ulong*)body;
            _values = (long*)body + BitWords.For(documents);
        }
        else
        {
            _firsts = (uint*)body;
            _values = (long*)(body + (((documents + 1L) * sizeof(uint)) + 7 & ~7L));
        }
    }

    /// <summary>The document's values, in the order written; empty when it has none.</summary>
    public ReadOnlySpan<long> this[int document]
    {
        get
        {
            if (_present != null)
            {
                var has = (int)(_present[document >> 6] >> document) & 1;
                return new ReadOnlySpan<long>(_values + document, has);
            }

            if (_firsts == null) return [];
            var first = _firsts[document];
            return new ReadOnlySpan<long>(_values + first, (int)(_firsts[document + 1] - first));
        }
    }

    /// <summary>Appends a column of values whose document boundaries are in <paramref name="firsts"/>.</summary>
    /// <param name="output">Aligned to 8.</param>
    /// <param name="firsts">First value of each document, and the count at the end.</param>
    /// <param name="values">All values, document by document.</param>
    public static void Write(IndexOutput output, ReadOnlySpan<int> firsts, ReadOnlySpan<long> values)
    {
        var documents = firsts.Length - 1;
        var many = false;
        for (var d = 0; d < documents; d++) many |= firsts[d + 1] - firsts[d] > 1;
        output.WriteU32(many ? Many : One);
        output.WriteU32(0);
        if (many)
        {
            output.Write(MemoryMarshal.AsBytes(firsts));
            output.Align();
            output.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        var present = new ulong[BitWords.For(documents)];
        for (var d = 0; d < documents; d++)
            if (firsts[d + 1] > firsts[d]) BitWords.Add(present, d);
        output.Write(MemoryMarshal.AsBytes(present.AsSpan()));
        for (var d = 0; d < documents; d++)
            output.WriteU64(firsts[d + 1] > firsts[d] ? (ulong)values[firsts[d]] : 0);
    }
}
