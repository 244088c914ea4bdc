using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Turns the ordinals of a keyword field in the segment entered into numbers that hold over all segments; each term is
/// read once a segment, when it is first met. One search.
/// </summary>
internal sealed class SegmentTerms(
    AggregationScope scope, string field, TermFilter filter, byte[]? missing)
{
    private const int LeftOut = -1;

    private TermDictionary? _dictionary;
    private TermCursor? _cursor;
    private int[] _numbers = [];
    private bool _isNumbering;

    /// <summary>All terms met.</summary>
    public TermTable Table { get; } = new(scope);

    /// <summary>Reads ordinals; documents without one have the ordinal behind the last, if they are to count.</summary>
    public ColumnValues Values { get; private set; } = new(null);

    /// <summary>Ordinals of the segment, that of missing terms counted.</summary>
    public int Count { get; private set; }

    /// <summary>Whether numbers in order of ordinals are all there is: nothing is left out or stands for what is
    /// missing.</summary>
    public bool AreAll => filter.CountsAll && missing is null;

    /// <summary>Goes to a segment.</summary>
    public void Enter(SegmentView view)
    {
        var found = view.Segment.Field(field, FieldType.Keyword);
        _dictionary = found?.Terms;
        _cursor = _dictionary?.Cursor();
        Count = (_dictionary?.Count ?? 0) + 1;
        Values = new ColumnValues(missing is null ? null : Count - 1);
        Values.Enter(found?.Column ?? default);
        _isNumbering = false;
    }

    /// <summary>The number of an ordinal's term; below zero where it does not count.</summary>
    public int Number(long ordinal)
    {
        if (!_isNumbering) BeginNumbering();
        var number = _numbers[ordinal];
        return number > 0 ? number - 1 : number < 0 ? LeftOut : Look((int)ordinal);
    }

    /// <summary>The bytes of an ordinal's term, until the next one is read.</summary>
    public ReadOnlySpan<byte> Bytes(int ordinal)
    {
        if (ordinal == Count - 1) return missing;
        var at = _cursor!.Entry.Ordinal;
        if (at < 0 || at >= ordinal || at / TermDictionary.BlockTerms != ordinal / TermDictionary.BlockTerms)
            _cursor.SeekOrdinal(ordinal);
        else
            while (_cursor.Entry.Ordinal < ordinal) _cursor.MoveNext();
        return _cursor.Term;
    }

    private void BeginNumbering()
    {
        _isNumbering = true;
        scope.Grow(ref _numbers, Count);
        Array.Clear(_numbers, 0, Count);
    }

    private int Look(int ordinal)
    {
        var term = Bytes(ordinal);
        if (!filter.Counts(term))
        {
            _numbers[ordinal] = LeftOut;
            return LeftOut;
        }

        var number = Table.Take(term);
        _numbers[ordinal] = number + 1;
        return number;
    }
}
