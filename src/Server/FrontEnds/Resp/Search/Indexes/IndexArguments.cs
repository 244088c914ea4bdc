using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Reads FT.CREATE: the schema of the collection that the index is. One command.</summary>
internal sealed class IndexArguments
{
    private readonly ArgumentReader _arguments;
    private readonly List<FieldSchema> _fields = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly bool _isHash;
    private readonly string _analyzer;
    private readonly bool _keepsPositions;
    private bool _isSortable;
    private bool _isAsWritten;

    /// <param name="arguments">They stand before the first attribute.</param>
    /// <param name="isHash">Whether the documents are hashes.</param>
    /// <param name="analyzer">Of text that is stemmed.</param>
    /// <param name="keepsPositions">Whether words keep their places.</param>
    public IndexArguments(ArgumentReader arguments, bool isHash, string analyzer, bool keepsPositions)
    {
        _arguments = arguments;
        _isHash = isHash;
        _analyzer = analyzer;
        _keepsPositions = keepsPositions;
    }

    /// <summary>Reads everything behind the index's name; null when something is wrong.</summary>
    public static CollectionSchema? ReadIndex(ArgumentReader arguments, string index)
    {
        var isHash = true;
        var language = "english";
        var keepsPositions = true;
        IReadOnlyList<string> prefixes = [];
        IReadOnlyList<string>? stopWords = null;
        while (!arguments.IsAtEnd && !arguments.TryWord("SCHEMA"))
        {
            if (arguments.TryWord("ON")) isHash = ReadShape(arguments);
            else if (arguments.TryWord("PREFIX")) prefixes = arguments.Counted("PREFIX");
            else if (arguments.TryWord("LANGUAGE")) language = arguments.Text("LANGUAGE").ToLowerInvariant();
            else if (arguments.TryWord("STOPWORDS")) stopWords = arguments.Counted("STOPWORDS");
            else if (arguments.TryWord("NOOFFSETS")) keepsPositions = false;
            else if (!TakeHarmless(arguments)) RefuseOption(arguments);
        }

        if (arguments.Error is null && prefixes.Count != 1)
        {
            arguments.Fail("Exactly one PREFIX is needed here: a key belongs to one index, by what it begins with; "
                + $"{prefixes.Count} are given");
        }

        var reader = new IndexArguments(arguments, isHash, language, keepsPositions);
        var fields = reader.ReadFields();
        if (arguments.Error is not null) return null;
        return new CollectionSchema
        {
            Name = IndexName.ToCollection(index),
            Fields = fields,
            OwnPrefix = prefixes[0],
            Shape = isHash ? DocumentShape.Hash : DocumentShape.Json,
            IgnoreMalformed = true,
            QueryStopWords = stopWords is null ? null : [.. stopWords.Select(word => word.ToLowerInvariant())],
        };
    }

    /// <summary>Reads attributes to the end of the command.</summary>
    public IReadOnlyList<FieldSchema> ReadFields()
    {
        if (_arguments.IsAtEnd) _arguments.Fail("Fields arguments are missing");
        while (!_arguments.IsAtEnd)
        {
            if (ReadField() is not { } field) continue;
            var attribute = SearchIndex.AttributeOf(field);
            if (!_names.Add(field.Name)) _arguments.Fail($"Duplicate field in schema - {attribute}");
            _fields.Add(field);
            if (_isSortable && field.Type is FieldType.Text or FieldType.Keyword)
                _fields.Add(SearchIndex.MakeSorted(field, _isAsWritten));
        }

        return _fields;
    }

    private static bool ReadShape(ArgumentReader arguments)
    {
        var isHash = arguments.TryWord("HASH");
        if (!isHash && !arguments.TryWord("JSON")) arguments.Fail($"Invalid argument for ON: {arguments.Peek}");
        return isHash;
    }

    // What changes nothing here: there is no bound of 32 text attributes, and highlighting needs nothing kept for it.
    private static bool TakeHarmless(ArgumentReader arguments)
    {
        if (arguments.TryWord("MAXTEXTFIELDS")) return true;
        if (!arguments.TryWord("SCORE")) return false;
        if (arguments.Number("SCORE") != 1) arguments.Fail("SCORE other than 1 is not supported");
        return true;
    }

    private static void RefuseOption(ArgumentReader arguments)
    {
        string[] known =
        [
            "FILTER", "LANGUAGE_FIELD", "SCORE_FIELD", "PAYLOAD_FIELD", "TEMPORARY", "NOHL", "NOFIELDS", "NOFREQS",
            "SKIPINITIALSCAN", "INDEXALL",
        ];
        if (known.Contains(arguments.Peek, StringComparer.OrdinalIgnoreCase))
            arguments.Fail($"{arguments.Peek.ToUpperInvariant()} is not supported here");
        else
            arguments.FailUnknown();
    }

    private FieldSchema? ReadField()
    {
        var identifier = _arguments.Text("SCHEMA");
        var alias = _arguments.TryWord("AS") ? _arguments.Text("AS") : "";
        if (!TryMember(identifier, out var member)) return null;
        if (alias == "" && member != identifier) alias = identifier;
        var named = new FieldSchema { Name = member, Type = FieldType.Text, Alias = alias == member ? "" : alias };
        var type = _arguments.Text("SCHEMA").ToUpperInvariant();
        var field = type switch
        {
            "TEXT" => ReadText(named),
            "TAG" => ReadTag(named),
            "NUMERIC" => named with { Type = FieldType.Number },
            "GEO" => named with { Type = FieldType.GeoPoint, LongitudeFirst = true },
            "VECTOR" => VectorArguments.Read(_arguments, named),
            _ => Refused(identifier, type),
        };
        return field is not null && ReadUse() ? field : null;
    }

    private FieldSchema? Refused(string identifier, string type)
    {
        _arguments.Fail(type == "GEOSHAPE"
            ? $"Field `{identifier}` is {type}, which is not supported here"
            : $"Invalid field type for field `{identifier}`");
        return null;
    }

    private bool TryMember(string identifier, out string member)
    {
        member = identifier;
        if (_isHash)
        {
            if (identifier.Contains('.', StringComparison.Ordinal))
                _arguments.Fail($"Field `{identifier}` has a dot in its name, which no field of a hash may have here");
            return _arguments.Error is null;
        }

        var isPath = JsonPath.TryParse(identifier, out var path, out _);
        if (isPath && path!.Member is { } found) member = found;
        else
            _arguments.Fail($"Invalid JSONPath '{identifier}' in attribute: $.name, $.name.name, $['name'] and [*] are "
                + "supported");
        return _arguments.Error is null;
    }

    private FieldSchema ReadText(FieldSchema field)
    {
        field = field with { Analyzer = _analyzer, Positions = _keepsPositions };
        while (!_arguments.IsAtEnd)
        {
            if (_arguments.TryWord("NOSTEM")) field = field with { Analyzer = "standard" };
            else if (_arguments.TryWord("WEIGHT")) field = field with { Weight = (float)_arguments.Number("weight") };
            else if (_arguments.TryWord("PHONETIC")) _arguments.Fail("PHONETIC is not supported here");
            else if (!_arguments.TryWord("WITHSUFFIXTRIE")) break;
        }

        return field;
    }

    private FieldSchema ReadTag(FieldSchema field)
    {
        field = field with { Type = FieldType.Keyword, Separator = _isHash ? "," : "", FoldCase = true };
        while (!_arguments.IsAtEnd)
        {
            if (_arguments.TryWord("CASESENSITIVE"))
            {
                field = field with { FoldCase = false };
            }
            else if (_arguments.TryWord("SEPARATOR"))
            {
                field = field with { Separator = _arguments.Text("SEPARATOR") };
                if (field.Separator.Length != 1)
                    _arguments.Fail($"Tag separator must be a single character. Got `{field.Separator}`");
            }
            else if (!_arguments.TryWord("WITHSUFFIXTRIE"))
            {
                break;
            }
        }

        return field;
    }

    // What is so here in any case.
    private bool TakeImplied() => _arguments.TryWord("INDEXMISSING") || _arguments.TryWord("INDEXEMPTY");

    // False: the attribute is stored with its document, and nothing else is asked of it.
    private bool ReadUse()
    {
        (_isSortable, _isAsWritten) = (false, false);
        var isHidden = false;
        while (true)
        {
            if (_arguments.TryWord("SORTABLE")) _isSortable = true;
            else if (_arguments.TryWord("UNF")) _isAsWritten = true;
            else if (_arguments.TryWord("NOINDEX")) isHidden = true;
            else if (!TakeImplied()) return _isSortable || !isHidden;
        }
    }
}
