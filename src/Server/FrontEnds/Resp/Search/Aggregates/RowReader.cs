using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Makes rows of hits: each document is parsed once, for the properties that a command names. One thread.
/// </summary>
/// <remarks>
/// The value of an attribute is what its index holds, so that the leaves' aggregations count the same: of NUMERIC the
/// number, or none; of SORTABLE attributes the text in lower case, or, with UNF, as it is. Of an array each element
/// that the index takes. Everything else is as it is written.
/// </remarks>
internal sealed class RowReader
{
    private const string Key = "__key", Score = "__score";

    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _writtenSlots = new(StringComparer.Ordinal);
    private readonly List<PropertySource> _sources = [];
    private readonly SearchIndex _index;
    private readonly NearestNode? _nearest;
    private readonly bool _readsAll;

    /// <param name="index">Whose documents are read.</param>
    /// <param name="needs">What a command names.</param>
    /// <param name="nearest">Of a query for the nearest; else null.</param>
    public RowReader(SearchIndex index, NeededProperties needs, NearestNode? nearest)
    {
        _index = index;
        _nearest = nearest;
        _readsAll = needs.All;
        foreach (var name in needs.Names.Order(StringComparer.Ordinal))
        {
            if (Source(name, asWritten: false) is not { } source) continue;
            _slots[name] = _writtenSlots[name] = _sources.Count;
            _sources.Add(source);
        }

        foreach (var name in needs.Loaded.Order(StringComparer.Ordinal))
        {
            // Of JSON an array that is empty is shown, and is no value to compute with.
            if (index.IsHash && _writtenSlots.ContainsKey(name) && !IsFolded(name)) continue;
            if (Source(name, asWritten: true) is not { } source) continue;
            _writtenSlots[name] = _sources.Count;
            _slots.TryAdd(name, _sources.Count);
            _sources.Add(source);
        }
    }

    /// <summary>What is wrong with a path that is named; null when nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether it reads scores or distances.</summary>
    public bool NeedsScores => _sources.Any(source => source.Kind is PropertyKind.Score or PropertyKind.Distance);

    /// <summary>Whether it reads documents.</summary>
    public bool NeedsSource => _readsAll || _sources.Any(source => source.Kind == PropertyKind.Member);

    /// <summary>The members that it reads, as a request names them; empty for the whole document.</summary>
    public IReadOnlyList<string> Members
    {
        get
        {
            var tops = _sources.Where(source => source.Kind == PropertyKind.Member).Select(source => source.Top);
            string[] members = [.. tops.Distinct()];
            return _readsAll || members.Contains("") || members.Length > CollectionSchema.FieldsMax ? [] : members;
        }
    }

    /// <summary>Where rows have a property; null where they have none.</summary>
    public int? Slot(string name) => _slots.TryGetValue(name, out var slot) ? slot : null;

    /// <summary>Where rows have a property as it is written.</summary>
    public int? WrittenSlot(string name) => _writtenSlots.TryGetValue(name, out var slot) ? slot : Slot(name);

    /// <summary>The row of a hit.</summary>
    /// <param name="hit">What was found.</param>
    /// <param name="left">
    /// What the paths of the row may look at and give; its budget says what is wrong where that is too little.
    /// </param>
    public Row Read(SearchHit hit, JsonAllowance left)
    {
        var cells = new Cell[_sources.Count];
        if (!NeedsSource || hit.Source.IsEmpty)
        {
            for (var i = 0; i < cells.Length; i++) cells[i] = OfHit(hit, _sources[i]);
            return new Row(this, cells, []);
        }

        using var document = JsonDocument.Parse(hit.Source);
        for (var i = 0; i < cells.Length; i++)
        {
            var source = _sources[i];
            cells[i] = source.Kind == PropertyKind.Member
                ? source.Read(document.RootElement, left, out _)
                : OfHit(hit, source);
        }

        return new Row(this, cells, _readsAll ? All(hit, document.RootElement, left) : []);
    }

    private Cell OfHit(SearchHit hit, PropertySource source) => source.Kind switch
    {
        PropertyKind.Key => Cell.Of(hit.Path),
        PropertyKind.Score => Cell.Of(hit.Score),
        PropertyKind.Distance => Cell.Of(_index.Distance(_nearest!, hit.Score)),
        _ => Cell.None,
    };

    private IReadOnlyList<(string Name, Cell Value)> All(SearchHit hit, JsonElement root, JsonAllowance left)
    {
        if (!_index.IsHash) return [("$", Cell.Of(Encoding.UTF8.GetString(hit.Source.Span)))];
        var all = new List<(string, Cell)>();
        foreach (var field in HashMap.OfDocument(hit.Source.Span))
        {
            var name = Encoding.UTF8.GetString(field.Name);
            all.Add((name, Source(name, asWritten: true) is { Kind: PropertyKind.Member } source
                ? source.Read(root, left, out _)
                : Cell.Of(Encoding.UTF8.GetString(field.Value))));
        }

        return all;
    }

    private bool IsFolded(string name) =>
        _index.Find(name) is { } field && _index.SortedOf(field) is { FoldCase: true };

    // A field may be fed by a member of another name.
    private static string? MemberOf(FieldSchema? field) => field is { Sources: [var only] } ? only : field?.Name;

    private PropertySource? Source(string name, bool asWritten)
    {
        if (name == Key) return new PropertySource(PropertyKind.Key);
        if (name == Score) return new PropertySource(PropertyKind.Score);
        if (name == _nearest?.ScoreName) return new PropertySource(PropertyKind.Distance);
        var field = _index.Find(name);
        if (field is null && !_index.IsHash && name.StartsWith('$'))
        {
            if (JsonPath.TryParse(name, out var path, out var error)) return PropertySource.OfPath(_index, path, name);
            Error ??= error;
            return null;
        }

        return PropertySource.OfMember(_index, field, MemberOf(field) ?? name, asWritten);
    }
}

/// <summary>The properties of documents that a command names.</summary>
/// <param name="Names">Those that are computed with.</param>
/// <param name="Loaded">Those that LOAD shows.</param>
/// <param name="All">LOAD *.</param>
internal sealed record NeededProperties(
    IReadOnlyCollection<string> Names, IReadOnlyCollection<string> Loaded, bool All);
