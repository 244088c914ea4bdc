using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Query text as people type it, to a tree. Operators by how tightly they bind, loosest first:
/// </summary>
/// <remarks>
/// <code>
///  sequence  a b c              any of them (or all, if the query says so); +a must match, -a must not
///  or        a OR b, a || b
///  and       a AND b, a &amp;&amp; b
///  sign      +a  -a  !a  NOT a
///  boost     a^2
///  clause    word  "a phrase"  "a phrase"~3  pre*  w?ld*rd  fuzzy~  fuzzy~1  *  ( … )
///            w?rd~1  /reg[ex]p/  field:clause  field:[1 TO 9}  field:&gt;=5  field:*  _exists_:field
/// </code>
/// A backslash takes the next character as it is. AND, OR, NOT and TO are operators in upper case only. A query of
/// nothing but exclusions is about all documents. Words that an analyzer leaves out (stop words) ask for nothing; a
/// query of only such words matches nothing. Question marks that only end a word are punctuation. Errors are told,
/// never guessed around, unless the query is lenient: then what does not fit is passed over or read as the words it
/// has, a bar is an OR, and no text at all is an error.
/// </remarks>
internal sealed class QueryParser
{
    /// <summary>Characters of the longest query text.</summary>
    public const int TextCharsMax = 8_192;

    /// <summary>Parentheses and signs within each other.</summary>
    public const int DepthMax = 32;

    /// <summary>Nodes of the largest tree.</summary>
    public const int NodesMax = 1_024;

    private const string ExistsName = "_exists_";

    private const string ClauseStarts = "a word, a \"phrase\", field: or '('";

    private readonly QueryScanner _scanner;
    private readonly QueryClauses _clauses;
    private readonly bool _allWords;
    private readonly bool _isLenient;
    private QueryError? _error;
    private int _depth;

    private QueryParser(QueryStringQuery query, QueryClauses clauses)
    {
        var text = query.Text.Length > TextCharsMax ? query.Text[..TextCharsMax] : query.Text;
        _scanner = new QueryScanner(text, query.Lenient);
        _clauses = clauses;
        _allWords = query.AllWords;
        _isLenient = query.Lenient;
    }

    /// <summary>Parses. The tree has no <see cref="QueryStringQuery"/> and only fields of the schema.</summary>
    public static bool TryParse(
        QueryStringQuery query,
        CollectionSchema schema,
        [NotNullWhen(true)] out QueryNode? node,
        [NotNullWhen(false)] out QueryError? error)
    {
        node = null;
        if (query.Text.Length > TextCharsMax && !query.Lenient)
        {
            error = new QueryError(
                TextCharsMax + 1, $"the query has {query.Text.Length} characters; at most {TextCharsMax} are allowed");
            return false;
        }

        if (QueryClauses.Problem(schema, query) is { } problem)
        {
            error = new QueryError(1, problem);
            return false;
        }

        var clauses = new QueryClauses(schema, query);
        var parser = new QueryParser(query, clauses);
        var tree = parser.ReadSequence(Scope.Default);
        if (parser._error is null && !parser._scanner.AtEnd) parser.FailHere($"expected {ClauseStarts}");
        error = parser._error ?? Oversize(tree);
        if (error is not null && query.Lenient) tree = new QueryClauses(schema, query).Plain(query.Text);
        else if (error is not null) return false;
        error = null;
        node = tree ?? QueryClauses.Nothing;
        if (query.Boost != 1) node = node with { Boost = node.Boost * query.Boost };
        return true;
    }

    private static QueryError? Oversize(QueryNode? tree)
    {
        if (tree is null) return null;
        var (nodes, depth) = QueryClauses.Measure(tree);
        if (nodes > NodesMax)
            return new QueryError(1, $"the query has {nodes} clauses; at most {NodesMax} are allowed");
        return depth > DepthMax
            ? new QueryError(1, $"the query nests {depth} deep; at most {DepthMax} are allowed")
            : null;
    }

    /// <summary>Null from here on down means: nothing asked for, or an error that is already noted.</summary>
    private QueryNode? ReadSequence(Scope scope)
    {
        var parts = new List<Part>();
        var read = 0;
        while (true)
        {
            _scanner.SkipSpace();
            if (_error is not null) return null;
            if (_scanner.AtEnd || (_scanner.Next == ')' && _depth > 0)) break;
            var start = _scanner.At;
            AddOr(scope, parts);
            read++;
            if (_isLenient && _scanner.At == start) _scanner.PassOver();
        }

        if (read == 0) return FailHere($"expected {ClauseStarts}");
        return Count(QueryClauses.Combine(parts, _allWords));
    }

    private void AddOr(Scope scope, List<Part> parts)
    {
        var first = ReadAnd(scope);
        if (!TakeJoin("OR", "||"))
        {
            parts.Add(first);
            return;
        }

        var options = new List<Part> { first.Sign == Sign.MustNot ? Negated(first) : first };
        do
        {
            var next = ReadAnd(scope);
            options.Add(next.Sign == Sign.MustNot ? Negated(next) : next);
        }
        while (_error is null && TakeJoin("OR", "||"));
        parts.Add(new Part(Sign.None, Count(QueryClauses.Combine(options, allWords: false))));
    }

    private Part ReadAnd(Scope scope)
    {
        var first = ReadSigned(scope);
        if (!TakeJoin("AND", "&&")) return first;
        var all = new List<Part> { first };
        do all.Add(ReadSigned(scope));
        while (_error is null && TakeJoin("AND", "&&"));
        return new Part(Sign.None, Count(QueryClauses.Combine(all, allWords: true)));
    }

    private Part Negated(Part part) => new(Sign.None, Count(QueryClauses.Combine([part], allWords: false)));

    private bool TakeJoin(string word, string symbol)
    {
        if (_error is not null) return false;
        _scanner.SkipSpace();
        return _scanner.TakeWord(word) || _scanner.Take(symbol) || (_isLenient && symbol == "||" && _scanner.Take("|"));
    }

    private Part ReadSigned(Scope scope)
    {
        var sign = Sign.None;
        var signs = 0;
        while (true)
        {
            _scanner.SkipSpace();
            if (_scanner.IsSign())
            {
                sign = Apply(_scanner.Next == '+' ? Sign.Must : Sign.MustNot, sign);
                _scanner.Take(_scanner.Next.ToString());
            }
            else if (_scanner.TakeWord("NOT")) sign = Apply(Sign.MustNot, sign);
            else break;
            if (++signs > DepthMax)
            {
                FailHere($"at most {DepthMax} signs in a row are allowed");
                break;
            }
        }

        return new Part(sign, _error is null ? ReadBoosted(scope) : null);
    }

    /// <summary>Two exclusions cancel out, as they do in speech.</summary>
    private static Sign Apply(Sign next, Sign before) =>
        (next, before) is (Sign.MustNot, Sign.MustNot) ? Sign.Must
        : before == Sign.MustNot || next == Sign.MustNot ? Sign.MustNot
        : next;

    private QueryNode? ReadBoosted(Scope scope)
    {
        var node = ReadClause(scope);
        if (_error is not null || !_scanner.TakeBoost()) return node;
        var start = _scanner.At;
        var number = _scanner.ReadNumber();
        if (float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var boost)
            && boost > 0 && float.IsFinite(boost))
            return node is null ? null : Boosted(node, boost);
        return _isLenient ? node : Fail(start, $"expected a number above 0 after '^', found {Shown(number)}");
    }

    /// <summary>Boosts within each other are multiplied, as long as that is a number.</summary>
    private static QueryNode Boosted(QueryNode node, float boost) => node.Boost * boost is var product
        && product > 0 && float.IsFinite(product) ? node with { Boost = product } : node;

    private QueryNode? ReadClause(Scope scope)
    {
        _scanner.SkipSpace();
        var start = _scanner.At;
        if (_scanner.Take("(")) return ReadGroup(scope, start);
        if (_scanner.Take("\"")) return ReadPhrase(scope, start);
        if (_scanner.IsJoin()) return FailHere($"expected {ClauseStarts}");
        if (_scanner.TryReadRegexp(out var regexp)) return Checked(_clauses.Regexp(scope.Field, regexp), start);
        if (scope.Field is not null && scope.Direct)
        {
            if (_scanner.Next is '[' or '{') return ReadRange(scope.Field);
            if (_scanner.Next is '<' or '>') return ReadComparison(scope.Field);
        }

        var word = _scanner.ReadWord(inRange: false);
        if (word.Broken) return FailHere("expected a character after '\\'");
        if (word.Text.Length == 0) return FailHere($"expected {ClauseStarts}");
        if (_scanner.Take(":")) return ReadField(scope, word, start);
        if (_scanner.Take("~")) return ReadFuzzy(scope, word, start);
        if (word.Stars + word.Questions == 0) return Checked(_clauses.Word(scope.Field, word.Text), start);
        if (word is { Stars: 1, Questions: 0, EndsInMark: true })
            return word.Text == "*" ? All(scope) : Checked(_clauses.Prefix(scope.Field, word.Text[..^1]), start);
        return Checked(_clauses.Wildcard(scope.Field, word.Pattern), start);
    }

    private QueryNode? ReadFuzzy(Scope scope, ScannedWord word, int start)
    {
        var at = _scanner.At;
        var number = _scanner.ReadNumber();
        var edits = FuzzyQuery.AutoEdits;
        if (number.Length > 0 && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out edits)
            || edits > FuzzyQuery.EditsMax))
        {
            if (!_isLenient)
                return Fail(at, $"expected 0 to {FuzzyQuery.EditsMax} edits after '~', found {Shown(number)}");
            edits = FuzzyQuery.AutoEdits;
        }

        return Checked(
            word.Stars + word.Questions == 0
                ? _clauses.Fuzzy(scope.Field, word.Text, edits)
                : _clauses.Wildcard(scope.Field, word.Pattern, new Fuzziness(edits).EditsOf(word.Text.Length)),
            start);
    }

    private QueryNode? All(Scope scope) =>
        Count(scope.Field is null ? new MatchAllQuery() : QueryClauses.Exists(scope.Field));

    private QueryNode? ReadField(Scope scope, ScannedWord name, int start)
    {
        if (scope.Direct && _isLenient) return ReadWithColons(scope, start);
        if (scope.Direct)
        {
            return Fail(
                start,
                $"expected a value of field '{scope.Field!.Name}', found '{name.Text}:'; quote a value with a colon");
        }

        if (name.Text == ExistsName && _scanner.ReadWord(inRange: false).Text is var named && named.Length > 0)
        {
            if (_clauses.TryField(named, out var filled)) return Count(QueryClauses.Exists(filled));
            return Fail(start + ExistsName.Length + 1, _clauses.UnknownField(named));
        }

        if (!_clauses.TryField(name.Text, out var field))
            return _isLenient ? ReadWithColons(scope, start) : Fail(start, _clauses.UnknownField(name.Text));
        if (_isLenient) _scanner.SkipSpace();
        if (_scanner.AtEnd || char.IsWhiteSpace(_scanner.Next))
        {
            return _isLenient
                ? ReadWithColons(scope, start)
                : FailHere($"expected a value right after '{name.Text}:'");
        }

        return ReadClause(new Scope(field, Direct: true));
    }

    /// <summary>What looks like a field and is none, such as <c>http://x</c>, as the words it has.</summary>
    private QueryNode? ReadWithColons(Scope scope, int start)
    {
        _scanner.ReturnTo(start);
        return Checked(_clauses.Word(scope.Field, _scanner.ReadWord(inRange: false, withColons: true).Text), start);
    }

    private QueryNode? ReadGroup(Scope scope, int start)
    {
        if (_depth == DepthMax) return Fail(start, $"at most {DepthMax} parentheses within each other are allowed");
        _depth++;
        var node = ReadSequence(scope with { Direct = false });
        _depth--;
        if (_error is not null) return null;
        return _scanner.Take(")") || _isLenient
            ? node
            : FailHere($"expected a closing ')' for the '(' at column {start + 1}");
    }

    private QueryNode? ReadPhrase(Scope scope, int start)
    {
        var text = _scanner.ReadQuoted();
        if (text is null) return FailHere($"expected a closing '\"' for the one at column {start + 1}");
        var slop = 0;
        if (_scanner.Take("~"))
        {
            var at = _scanner.At;
            var number = _scanner.ReadNumber();
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out slop) && !_isLenient)
                return Fail(at, $"expected a whole number of moves after '~', found {Shown(number)}");
        }

        return Checked(_clauses.Phrase(scope.Field, text, slop), start);
    }

    private QueryNode? ReadRange(FieldSchema field)
    {
        var start = _scanner.At;
        var includeFrom = _scanner.Take("[");
        if (!includeFrom) _scanner.Take("{");
        if (!TryReadBound(out var from)) return null;
        _scanner.SkipSpace();
        if (!_scanner.TakeWord("TO")) return FailHere("expected TO between the bounds of a range");
        if (!TryReadBound(out var to)) return null;
        _scanner.SkipSpace();
        var includeTo = _scanner.Take("]");
        if (!includeTo && !_scanner.Take("}"))
            return FailHere($"expected ']' or '}}' for the bracket at column {start + 1}");
        return Checked(QueryClauses.Range(field, from, to, includeFrom, includeTo), start);
    }

    private bool TryReadBound(out string? bound)
    {
        _scanner.SkipSpace();
        bound = null;
        if (_scanner.Take("\""))
        {
            bound = _scanner.ReadQuoted();
            if (bound is null) FailHere("expected a closing '\"'");
            return bound is not null;
        }

        var start = _scanner.At;
        var found = _scanner.Found;
        var word = _scanner.ReadWord(inRange: true);
        if (word.Broken || word.Text.Length == 0 || (word.Text == "TO" && _scanner.At - start == 2))
        {
            Fail(start, $"expected a value or '*' as the bound of a range, found {found}");
            return false;
        }

        if (word is not { Text: "*", Stars: 1 }) bound = word.Text;
        return true;
    }

    private QueryNode? ReadComparison(FieldSchema field)
    {
        var start = _scanner.At;
        var lower = _scanner.Take(">");
        if (!lower) _scanner.Take("<");
        var include = _scanner.Take("=");
        string? value;
        if (_scanner.Take("\"")) value = _scanner.ReadQuoted();
        else
        {
            var word = _scanner.ReadWord(inRange: false);
            value = word.Broken || word.Text.Length == 0 ? null : word.Text;
        }

        if (value is null) return FailHere("expected a value after the comparison");
        return Checked(
            lower
                ? QueryClauses.Range(field, value, null, include, true)
                : QueryClauses.Range(field, null, value, true, include),
            start);
    }

    private QueryNode? Checked(ClauseResult result, int start) =>
        result.Problem is null ? Count(result.Node) : Fail(start, result.Problem);

    private QueryNode? Count(QueryNode? node)
    {
        if (_error is not null || node is null) return null;
        return _clauses.Nodes <= NodesMax
            ? node
            : FailHere($"the query has more than {NodesMax} clauses, over all the fields it searches");
    }

    private static string Shown(string text) => text.Length == 0 ? "none" : $"'{text}'";

    private QueryNode? FailHere(string expected) => Fail(_scanner.At, $"{expected}, found {_scanner.Found}");

    /// <summary>Notes a problem; in a lenient query the clause only asks for nothing.</summary>
    private QueryNode? Fail(int at, string problem)
    {
        if (!_isLenient) _error ??= new QueryError(at + 1, problem);
        return null;
    }

    /// <summary>The field that words are about; null for the default ones. Direct: right behind its colon.</summary>
    private readonly record struct Scope(FieldSchema? Field, bool Direct)
    {
        public static Scope Default => default;
    }
}
