using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The values of one field by document, as integers that order as the values do: numbers by <see
/// cref="Queries.FieldValue.Sortable"/>, dates as milliseconds, booleans as 0 and 1, keywords as ordinals of their
/// terms. Immutable; many threads may read.
/// </summary>
/// <remarks>
/// Blocks of 1,024 documents; the lowest and highest value of each stand in a table, so that a range passes over blocks
/// that have nothing for it. Values are stored as their distance from the block's lowest, in as few bytes as the widest
/// needs (none where all are the same).
/// <code>
///  flags u32 (1: some have several values, 2: every document has one) | zero u32
///  several:      first value of each document, and one more, u32... | padding to 8
///  not every:    which documents have a value, 64-bit words
///  table:        lowest i64, highest i64 (lowest above highest where there is none),
///                where the block's values begin u56 and bytes of each u8
///  values:       of each document of the block (0 where it has none), or of each document its several; padding to 8
/// </code>
/// </remarks>
internal readonly unsafe struct ValueColumn
{
    /// <summary>Documents in a block.</summary>
    public const int BlockDocuments = 1 << BlockShift;

    private const int BlockShift = 10;
    private const uint SeveralFlag = 1;
    private const uint EveryFlag = 2;
    private const int RowBytes = 24;
    private const int WidthShift = 56;

    private readonly uint* _firsts;
    private readonly ulong* _present;
    private readonly byte* _table;
    private readonly byte* _values;
    private readonly int _documents;

    /// <summary>Reads from a segment's memory.</summary>
    public ValueColumn(byte* section, int documents)
    {
        var flags = *(uint*)section;
        var at = section + sizeof(ulong);
        _documents = documents;
        if ((flags & SeveralFlag) != 0)
        {
            _firsts = (uint*)at;
            at += (((documents + 1L) * sizeof(uint)) + 7) & ~7L;
        }
        else if ((flags & EveryFlag) == 0)
        {
            _present = (ulong*)at;
            at += BitWords.For(documents) * (long)sizeof(ulong);
        }

        _table = at;
        _values = at + (BlocksOf(documents) * (long)RowBytes);
    }

    /// <summary>Whether no document has a value.</summary>
    public bool IsEmpty => _table == null;

    /// <summary>Whether some document has more than one.</summary>
    public bool HasSeveral => _firsts != null;

    /// <summary>Whether every document is known to have one.</summary>
    public bool HasEvery => _table != null && _firsts == null && _present == null;

    /// <summary>How many values a document has.</summary>
    public int Count(int document)
    {
        if (_firsts != null) return (int)(_firsts[document + 1] - _firsts[document]);
        if (_table == null) return 0;
        return _present == null ? 1 : (int)(_present[document >> 6] >> document) & 1;
    }

    /// <summary>A value of a document, in the order written.</summary>
    /// <param name="document">The document.</param>
    /// <param name="index">0 to less than its count.</param>
    public long this[int document, int index]
    {
        get
        {
            var block = document >> BlockShift;
            var first = block << BlockShift;
            var place = _firsts == null ? document - first : (int)(_firsts[document] - _firsts[first]) + index;
            return Read(_table + (block * (long)RowBytes), place);
        }
    }

    /// <summary>Copies the values of a document that are whole numbers of 32 bits.</summary>
    /// <param name="document">The document.</param>
    /// <param name="values">Grows where it is too short.</param>
    /// <returns>How many there are.</returns>
    public int Read(int document, ref int[] values)
    {
        var count = Count(document);
        if (count == 0) return 0;
        if (values.Length < count) Array.Resize(ref values, Math.Max(count, values.Length * 2));
        var block = document >> BlockShift;
        var first = block << BlockShift;
        var place = _firsts == null ? document - first : (int)(_firsts[document] - _firsts[first]);
        var row = _table + (block * (long)RowBytes);
        var low = (int)*(long*)row;
        var where = *(ulong*)(row + (2 * sizeof(long)));
        var at = _values + (where & ((1UL << WidthShift) - 1));
        var into = values.AsSpan(0, count);
        switch (where >> WidthShift)
        {
            case 0:
                into.Fill(low);
                break;
            case 1:
                for (var i = 0; i < into.Length; i++) into[i] = low + at[place + i];
                break;
            case 2:
                for (var i = 0; i < into.Length; i++) into[i] = low + ((ushort*)at)[place + i];
                break;
            default:
                for (var i = 0; i < into.Length; i++) into[i] = (int)(low + ((uint*)at)[place + i]);
                break;
        }

        return count;
    }

    /// <summary>Reads the values of documents that have one at most; see <see cref="HasSeveral"/>.</summary>
    /// <param name="documents">Rising.</param>
    /// <param name="values">Room for as many as there are documents.</param>
    /// <param name="places">Of each value, which of the documents it is of; as much room.</param>
    /// <returns>How many there are.</returns>
    public int Gather(ReadOnlySpan<int> documents, Span<long> values, Span<int> places)
    {
        if (_table == null) return 0;
        var count = 0;
        for (var i = 0; i < documents.Length;)
        {
            var block = documents[i] >> BlockShift;
            var first = block << BlockShift;
            var row = _table + (block * (long)RowBytes);
            var low = *(long*)row;
            var where = *(ulong*)(row + (2 * sizeof(long)));
            var packed = _values + (where & ((1UL << WidthShift) - 1));
            var width = (int)(where >> WidthShift);
            for (; i < documents.Length && documents[i] >> BlockShift == block; i++)
            {
                var document = documents[i];
                if (_present != null && (_present[document >> 6] & (1UL << document)) == 0) continue;
                var place = document - first;
                values[count] = width switch
                {
                    0 => low,
                    1 => low + packed[place],
                    2 => low + ((ushort*)packed)[place],
                    4 => low + ((uint*)packed)[place],
                    _ => low + ((long*)packed)[place],
                };
                places[count++] = i;
            }
        }

        return count;
    }

    /// <summary>Counts how many documents have each value; values are from 0 to less than there are counts.</summary>
    /// <param name="documents">Rising; each counts once for a value that it has several times.</param>
    /// <param name="counts">One for each value, added to.</param>
    public void Tally(ReadOnlySpan<int> documents, Span<int> counts)
    {
        if (_table == null) return;
        for (var i = 0; i < documents.Length;)
        {
            var block = documents[i] >> BlockShift;
            var end = i + 1;
            while (end < documents.Length && documents[end] >> BlockShift == block) end++;
            var some = documents[i..end];
            i = end;
            var row = _table + (block * (long)RowBytes);
            // A block without values says so by its bounds.
            if (((long*)row)[0] > ((long*)row)[1]) continue;
            var low = (int)*(long*)row;
            var where = *(ulong*)(row + (2 * sizeof(long)));
            var packed = _values + (where & ((1UL << WidthShift) - 1));
            switch (where >> WidthShift)
            {
                case 0:
                    foreach (var document in some) counts[low] += Math.Min(1, Count(document));
                    break;
                case 1:
                    new ValueTally<byte>(packed, low, block << BlockShift).Add(some, _firsts, _present, counts);
                    break;
                case 2:
                    new ValueTally<ushort>(packed, low, block << BlockShift).Add(some, _firsts, _present, counts);
                    break;
                default:
                    new ValueTally<uint>(packed, low, block << BlockShift).Add(some, _firsts, _present, counts);
                    break;
            }
        }
    }

    /// <summary>The lowest and the highest value of the block of a document; lowest above highest where there is none.
    /// </summary>
    public (long Low, long High) Bounds(int document)
    {
        var row = (long*)(_table + ((document >> BlockShift) * (long)RowBytes));
        return (row[0], row[1]);
    }

    /// <summary>Whether a document has a value between two, both included.</summary>
    public bool HasBetween(int document, long low, long high)
    {
        var count = Count(document);
        for (var i = 0; i < count; i++)
        {
            var value = this[document, i];
            if (value >= low && value <= high) return true;
        }

        return false;
    }

    /// <summary>Appends a column of values whose document boundaries are in <paramref name="firsts"/>.</summary>
    /// <param name="output">Aligned to 8.</param>
    /// <param name="firsts">First value of each document, and the count at the end.</param>
    /// <param name="values">All values, document by document.</param>
    public static void Write(IndexOutput output, ReadOnlySpan<int> firsts, ReadOnlySpan<long> values)
    {
        var documents = firsts.Length - 1;
        var (several, every) = (false, true);
        for (var d = 0; d < documents; d++)
        {
            several |= firsts[d + 1] - firsts[d] > 1;
            every &= firsts[d + 1] > firsts[d];
        }

        output.WriteU32((several ? SeveralFlag : 0) | (every ? EveryFlag : 0));
        output.WriteU32(0);
        if (several)
        {
            output.Write(MemoryMarshal.AsBytes(firsts));
            output.Align();
        }
        else if (!every)
        {
            var present = new ulong[BitWords.For(documents)];
            for (var d = 0; d < documents; d++)
                if (firsts[d + 1] > firsts[d]) BitWords.Add(present, d);
            output.Write(MemoryMarshal.AsBytes(present.AsSpan()));
        }

        WriteBlocks(output, firsts, values, several);
    }

    private static void WriteBlocks(
        IndexOutput output, ReadOnlySpan<int> firsts, ReadOnlySpan<long> values, bool several)
    {
        var documents = firsts.Length - 1;
        var packed = new ByteSink();
        for (var from = 0; from < documents; from += BlockDocuments)
        {
            var to = Math.Min(documents, from + BlockDocuments);
            long low = long.MaxValue, high = long.MinValue;
            foreach (var value in values[firsts[from]..firsts[to]])
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }

            var width = low >= high ? 0 : WidthOf((ulong)high - (ulong)low);
            output.WriteU64((ulong)low);
            output.WriteU64((ulong)high);
            output.WriteU64((uint)packed.Length | ((ulong)(uint)width << WidthShift));
            if (width == 0) continue;
            for (var d = from; d < to; d++)
            {
                var count = several ? firsts[d + 1] - firsts[d] : 1;
                for (var i = 0; i < count; i++)
                    Put(packed, firsts[d] + i < firsts[d + 1] ? (ulong)values[firsts[d] + i] - (ulong)low : 0, width);
            }

            while (packed.Length % sizeof(ulong) != 0) packed.PutByte(0);
            output.Breathe();
        }

        output.Write(packed.Written);
    }

    private static int WidthOf(ulong distance) => distance switch
    {
        <= byte.MaxValue => 1,
        <= ushort.MaxValue => 2,
        <= uint.MaxValue => 4,
        _ => 8,
    };

    private static void Put(ByteSink sink, ulong value, int width)
    {
        sink.Put(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value))[..width]);
    }

    private static int BlocksOf(int documents) => (documents + BlockDocuments - 1) >> BlockShift;

    private long Read(byte* row, int place)
    {
        var low = *(long*)row;
        var where = *(ulong*)(row + (2 * sizeof(long)));
        var values = _values + (where & ((1UL << WidthShift) - 1));
        return (where >> WidthShift) switch
        {
            0 => low,
            1 => low + values[place],
            2 => low + ((ushort*)values)[place],
            4 => low + ((uint*)values)[place],
            _ => low + ((long*)values)[place],
        };
    }
}
