using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// One row on its way through FT.AGGREGATE: what it shows, in the order it came, and the document behind it, whose
/// members are there for whoever names them. One thread.
/// </summary>
internal sealed class Row
{
    private readonly List<(string Name, Cell Value)> _shown = [];
    private readonly SearchIndex? _index;
    private readonly SearchHit? _hit;
    private Dictionary<string, string>? _members;

    /// <summary>A row of a document.</summary>
    public Row(SearchIndex index, SearchHit hit)
    {
        _index = index;
        _hit = hit;
    }

    /// <summary>A row of a group.</summary>
    public Row()
    {
    }

    /// <summary>What it shows.</summary>
    public IReadOnlyList<(string Name, Cell Value)> Shown => _shown;

    /// <summary>A property: one that is shown, or one of the document.</summary>
    public Cell Get(string name)
    {
        foreach (var (shown, value) in _shown)
            if (shown == name) return value;
        return OfDocument(name);
    }

    /// <summary>Shows a property.</summary>
    public void Set(string name, Cell value)
    {
        var at = _shown.FindIndex(one => one.Name == name);
        if (at < 0) _shown.Add((name, value));
        else _shown[at] = (name, value);
    }

    /// <summary>Shows every member of the document.</summary>
    public void ShowAll()
    {
        if (_hit is null) return;
        if (!_index!.IsHash)
        {
            Set("$", Cell.Of(Encoding.UTF8.GetString(_hit.Source.Span)));
            return;
        }

        foreach (var name in Members().Keys) Set(name, OfDocument(name));
    }

    private Cell OfDocument(string name)
    {
        if (_hit is null) return Cell.None;
        if (name == "__key") return Cell.Of(_hit.Path);
        if (name == "__score") return Cell.Of(_hit.Score);
        var field = _index!.Find(name);
        var text = _index.IsHash
            ? Members().GetValueOrDefault(field?.Name ?? name)
            : JsonMember.Find(_hit.Source, field?.Name ?? name) is { } found ? Encoding.UTF8.GetString(found) : null;
        if (text is null) return Cell.None;
        var isNumber = field is { Type: FieldType.Number or FieldType.Integer };
        return isNumber && DialectCursor.TryNumber(text, out var number) ? Cell.Of(number) : Cell.Of(text);
    }

    private Dictionary<string, string> Members()
    {
        if (_members is not null) return _members;
        _members = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in HashMap.OfDocument(_hit!.Source.Span))
            _members[Encoding.UTF8.GetString(name)] = Encoding.UTF8.GetString(value);
        return _members;
    }
}
