using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Reads queries in the language of RediSearch, dialect 2. One thread.
/// </summary>
/// <remarks>
/// <code>
///  union   = all { "|" all }                    all    = item { item }
///  item    = [ "-" | "~" ] part [ "=>" "{" attributes "}" ]
///  part    = "(" union ")" | "*" | word | "phrase" | pre* | *post | *mid* | %fuzzy% | w'pattern' | $parameter
///          | "ismissing(" @field ")" | @field { "|" field } ":" value | @field comparison number
///  value   = part | "[" bounds "]" | "[" longitude latitude radius unit "]" | "{" tags "}"
/// </code>
/// Words bind stronger than <c>|</c>, as in dialect 2. Punctuation between words means nothing.
/// </remarks>
internal sealed class DialectParser
{
    /// <summary>Characters of the longest query.</summary>
    public const int CharactersMax = 16_384;

    /// <summary>Brackets and signs within each other.</summary>
    public const int DepthMax = 30;

    /// <summary>Parts of one query.</summary>
    public const int PartsMax = 1_024;

    private static readonly string[] Comparisons = ["==", "!=", ">=", "<=", ">", "<"];

    private readonly DialectCursor _cursor;
    private readonly DialectValues _values;
    private int _depth;
    private int _parts;

    private DialectParser(DialectCursor cursor)
    {
        _cursor = cursor;
        _values = new DialectValues(cursor);
    }

    /// <summary>Reads a query.</summary>
    /// <param name="text">The query.</param>
    /// <param name="parameters">What <c>$name</c> stands for.</param>
    /// <param name="node">The tree.</param>
    /// <param name="error">What is wrong and where, in RediSearch's words.</param>
    public static bool TryParse(
        string text, IReadOnlyDictionary<string, string> parameters, [NotNullWhen(true)] out DialectNode? node,
        [NotNullWhen(false)] out string? error)
    {
        node = null;
        error = text.Length > CharactersMax
            ? $"The query has {text.Length} characters; at most {CharactersMax} are allowed"
            : null;
        if (error is not null) return false;
        var cursor = new DialectCursor(text, parameters);
        var parser = new DialectParser(cursor);
        node = parser.Union();
        cursor.SkipNoise();
        if (!cursor.IsAtEnd) cursor.FailSyntax(cursor.At);
        error = cursor.Error;
        if (error is not null) return false;
        node ??= new OrNode(0, []);
        return true;
    }

    private DialectNode? Union()
    {
        var at = _cursor.At;
        var parts = new List<DialectNode>();
        do
        {
            if (All() is { } part) parts.Add(part);
            _cursor.SkipNoise();
        }
        while (_cursor.TryTake("|"));
        return parts.Count switch { 0 => null, 1 => parts[0], _ => new OrNode(at, parts) };
    }

    private DialectNode? All()
    {
        var at = _cursor.At;
        var parts = new List<DialectNode>();
        while (true)
        {
            _cursor.SkipNoise();
            if (_cursor.IsAtEnd || _cursor.Next is '|' or ')') break;
            if (Item() is not { } part) break;
            parts.Add(part);
        }

        return parts.Count switch { 0 => null, 1 => parts[0], _ => new AndNode(at, parts) };
    }

    private DialectNode? Item()
    {
        var at = _cursor.At;
        if (_parts++ >= PartsMax)
        {
            _cursor.Fail($"The query has more than {PartsMax} parts");
            return null;
        }

        if (_depth >= DepthMax)
        {
            _cursor.Fail($"The query is nested deeper than {DepthMax} levels");
            return null;
        }

        _depth++;
        var item = Signed(at);
        _depth--;
        return item;
    }

    private DialectNode? Signed(int at)
    {
        if (_cursor.TryTake("-")) return Item() is { } not ? new NotNode(at, not) : Missing(at);
        if (_cursor.TryTake("~")) return Item() is { } optional ? new OptionalNode(at, optional) : Missing(at);
        var part = Part();
        if (part is null) return null;
        _cursor.SkipBlanks();
        return _cursor.TryTake("=>") ? Attributed(part) : part;
    }

    private DialectNode? Missing(int at)
    {
        _cursor.FailSyntax(at);
        return null;
    }

    private DialectNode? Part()
    {
        var at = _cursor.At;
        switch (_cursor.Next)
        {
            case '(':
                return Group(at);
            case '@':
                return Fielded(at);
            case '*' or '"' or '%' or '$':
                return _values.Value();
            default:
                if (_cursor.TryTake("ismissing(")) return Absent(at);
                if (_cursor.IsAtWord) return _values.Value();
                _cursor.FailSyntax(at);
                return null;
        }
    }

    private DialectNode? Group(int at)
    {
        _cursor.TryTake("(");
        _depth++;
        var inner = Union();
        _depth--;
        if (_cursor.Error is not null || !_cursor.Expect(")")) return null;
        return inner ?? new OrNode(at, []);
    }

    private MissingNode? Absent(int at)
    {
        if (!_cursor.Expect("@")) return null;
        var field = _cursor.Word();
        return _cursor.Expect(")") ? new MissingNode(at, field) : null;
    }

    private DialectNode? Fielded(int at)
    {
        _cursor.TryTake("@");
        var fields = new List<string>();
        do
        {
            var name = _cursor.Word();
            if (name == "") return Missing(at);
            fields.Add(name);
            _cursor.SkipBlanks();
        }
        while (_cursor.TryTake("|") && (_cursor.TryTake("@") || true));

        foreach (var comparison in Comparisons)
            if (fields.Count == 1 && _cursor.TryTake(comparison)) return Compared(at, fields[0], comparison);
        if (!_cursor.Expect(":")) return null;
        _cursor.SkipBlanks();
        if (fields.Count == 1 && _cursor.Next == '[') return _values.Bounds(at, fields[0]);
        if (fields.Count == 1 && _cursor.Next == '{') return _values.Tags(at, fields[0]);
        if (_cursor.Next == '@') return Missing(_cursor.At);
        var inner = _cursor.Next is '-' or '~' ? Item() : Part();
        return inner is null ? Missing(_cursor.At) : new ScopeNode(at, fields, inner);
    }

    private DialectNode? Compared(int at, string field, string comparison)
    {
        var number = _cursor.Number();
        const double Low = double.NegativeInfinity, High = double.PositiveInfinity;
        if (_cursor.Error is not null) return null;
        return comparison switch
        {
            "==" => new NumberNode(at, field, number, true, number, true),
            "!=" => new NotNode(at, new NumberNode(at, field, number, true, number, true)),
            ">=" => new NumberNode(at, field, number, true, High, true),
            "<=" => new NumberNode(at, field, Low, true, number, true),
            ">" => new NumberNode(at, field, number, false, High, true),
            _ => new NumberNode(at, field, Low, true, number, false),
        };
    }

    private DialectNode? Attributed(DialectNode part)
    {
        _cursor.SkipBlanks();
        if (_cursor.Next == '[') return _depth == 1 ? _values.Nearest(part) : Missing(_cursor.At);
        if (!_cursor.Expect("{")) return null;
        double? weight = null;
        int? slop = null;
        var isOrdered = false;
        while (true)
        {
            _cursor.SkipBlanks();
            if (_cursor.TryTake("}")) break;
            var at = _cursor.At;
            if (!_cursor.TryTake("$")) return Missing(at);
            var name = _cursor.Word().ToUpperInvariant();
            if (!_cursor.Expect(":")) return null;
            switch (name)
            {
                case "WEIGHT":
                    weight = _cursor.Number();
                    if (!(weight > 0)) return Missing(at);
                    break;
                case "SLOP":
                    slop = (int)Math.Clamp(_cursor.Number(), -1, int.MaxValue);
                    break;
                case "YIELD_DISTANCE_AS" when part is VectorRangeNode range:
                    _cursor.SkipBlanks();
                    part = range with { Name = _cursor.Word() };
                    if (part is VectorRangeNode { Name: "" }) return Missing(at);
                    break;
                case "EPSILON" when part is VectorRangeNode:
                    // How much farther a graph is searched; here every vector is compared.
                    if (!(_cursor.Number() > 0)) return Missing(at);
                    break;
                case "INORDER":
                    _cursor.SkipBlanks();
                    isOrdered = _cursor.Word().Equals("true", StringComparison.OrdinalIgnoreCase);
                    break;
                default:
                    _cursor.Fail($"Invalid attribute {name.ToLowerInvariant()} at offset {at}");
                    return null;
            }

            _cursor.SkipBlanks();
            if (!_cursor.TryTake(";") && _cursor.Next != '}') return Missing(_cursor.At);
        }

        if (part is AndNode all && (slop >= 0 || isOrdered)) part = all with { Slop = Math.Max(slop ?? 0, 0) };
        return weight is { } factor ? new WeightNode(part.At, part, factor) : part;
    }
}
