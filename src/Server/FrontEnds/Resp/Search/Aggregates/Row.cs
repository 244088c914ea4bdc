namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// One row on its way through FT.AGGREGATE: what it shows, in the order it came, and the properties of its document
/// that the command names, read once. It holds nothing else of the document. One thread.
/// </summary>
internal sealed class Row
{
    /// <summary>Bytes of a row, and of each property, besides its value.</summary>
    private const int RowBytes = 96, PropertyBytes = 24;

    private readonly List<(string Name, Cell Value)> _shown = [];
    private readonly RowReader? _reader;
    private readonly Cell[] _cells;
    private readonly IReadOnlyList<(string Name, Cell Value)> _all;

    /// <summary>A row of a document.</summary>
    /// <param name="reader">Knows the properties.</param>
    /// <param name="cells">Their values.</param>
    /// <param name="all">Every member, where LOAD * is asked for; else none.</param>
    public Row(RowReader reader, Cell[] cells, IReadOnlyList<(string Name, Cell Value)> all)
    {
        _reader = reader;
        _cells = cells;
        _all = all;
    }

    /// <summary>A row of a group.</summary>
    public Row()
    {
        _cells = [];
        _all = [];
    }

    /// <summary>What it shows.</summary>
    public IReadOnlyList<(string Name, Cell Value)> Shown => _shown;

    /// <summary>Bytes that it holds, about.</summary>
    public long Bytes
    {
        get
        {
            long bytes = RowBytes;
            foreach (var (_, value) in _shown) bytes += PropertyBytes + 8 + value.Bytes;
            foreach (var cell in _cells) bytes += PropertyBytes + cell.Bytes;
            foreach (var (name, value) in _all) bytes += PropertyBytes + (2L * name.Length) + value.Bytes;
            return bytes;
        }
    }

    /// <summary>A property: one that is shown, or one of the document.</summary>
    public Cell Get(string name)
    {
        foreach (var (shown, value) in _shown)
            if (shown == name) return value;
        return _reader?.Slot(name) is { } slot ? _cells[slot] : Cell.None;
    }

    /// <summary>As <see cref="Get"/>, and of the document as it is written there.</summary>
    public Cell GetAsWritten(string name)
    {
        foreach (var (shown, value) in _shown)
            if (shown == name) return value;
        return _reader?.WrittenSlot(name) is { } slot ? _cells[slot] : Cell.None;
    }

    /// <summary>Shows a property.</summary>
    public void Set(string name, Cell value)
    {
        for (var i = 0; i < _shown.Count; i++)
        {
            if (_shown[i].Name != name) continue;
            _shown[i] = (name, value);
            return;
        }

        _shown.Add((name, value));
    }

    /// <summary>Shows every member of the document.</summary>
    public void ShowAll()
    {
        foreach (var (name, value) in _all) Set(name, value);
    }
}
