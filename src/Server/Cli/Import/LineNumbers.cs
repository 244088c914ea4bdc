namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// From a document's index to its line. Most documents stand on consecutive lines, so only the places where that breaks
/// (an empty line, a line left out) are kept.
/// </summary>
internal sealed class LineNumbers
{
    private readonly List<(long Index, long Line)> _starts = [];
    private long _nextLine = -1;

    /// <summary>Remembers that the document with this index stands on this line. Indexes grow by one.</summary>
    public void Add(long index, long line)
    {
        if (line != _nextLine) _starts.Add((index, line));
        _nextLine = line + 1;
    }

    /// <summary>The line of a document added before.</summary>
    public long Find(long index)
    {
        var low = 0;
        var high = _starts.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_starts[middle].Index <= index) low = middle;
            else high = middle - 1;
        }

        return _starts[low].Line + (index - _starts[low].Index);
    }
}
