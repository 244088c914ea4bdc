using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Reads the values of many documents of a segment at a time, several of one document one after another. One search.
/// </summary>
/// <param name="missing">The value of documents without one; null leaves them out.</param>
internal sealed class ColumnValues(long? missing)
{
    private const int Size = 256;

    private ValueColumn _column;
    private int _document;
    private int _value;

    /// <summary>Values, as columns hold them.</summary>
    public long[] Values { get; } = new long[Size];

    /// <summary>Of each, which document it is of, by its place among those read.</summary>
    public int[] Places { get; } = new int[Size];

    /// <summary>Whether a document may have several.</summary>
    public bool HasSeveral => _column.HasSeveral;

    /// <summary>Whether no document has one, nor is given one.</summary>
    public bool IsEmpty => _column.IsEmpty && missing is null;

    /// <summary>Goes to a segment's column; an empty one where the segment has none.</summary>
    public void Enter(ValueColumn column) => _column = column;

    /// <summary>Counts how many of some documents have each value, where nothing stands for missing ones.</summary>
    public bool TryTally(ReadOnlySpan<int> documents, Span<int> counts)
    {
        if (missing is not null) return false;
        _column.Tally(documents, counts);
        return true;
    }

    /// <summary>Begins with other documents.</summary>
    public void Begin() => (_document, _value) = (0, 0);

    /// <summary>Reads on.</summary>
    /// <param name="documents">The same until there are no more values.</param>
    /// <returns>How many values there are; 0 behind the last.</returns>
    public int Read(ReadOnlySpan<int> documents)
    {
        if (_column.HasSeveral || missing is not null) return ReadEach(documents);
        while (_document < documents.Length)
        {
            var some = documents.Slice(_document, Math.Min(Size, documents.Length - _document));
            var count = _column.Gather(some, Values, Places);
            if (_document > 0)
                for (var i = 0; i < count; i++) Places[i] += _document;
            _document += some.Length;
            if (count > 0) return count;
        }

        return 0;
    }

    private int ReadEach(ReadOnlySpan<int> documents)
    {
        var read = 0;
        for (; _document < documents.Length; _document++, _value = 0)
        {
            var document = documents[_document];
            var count = _column.Count(document);
            if (count == 0 && missing is { } value)
            {
                if (read == Size) return read;
                Values[read] = value;
                Places[read++] = _document;
            }

            for (; _value < count; _value++)
            {
                if (read == Size) return read;
                Values[read] = _column[document, _value];
                Places[read++] = _document;
            }
        }

        return read;
    }
}
