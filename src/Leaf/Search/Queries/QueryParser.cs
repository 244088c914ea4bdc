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
///            field:clause  field:[1 TO 9}  field:&gt;=5  field:*
/// </code>
/// A backslash takes the next character as it is. AND, OR, NOT and TO are operators in upper case only. A query of
/// nothing but exclusions is about all documents. Words that an analyzer leaves out (stop words) ask for nothing; a
/// query of only such words matches nothing. Question marks that only end a word are punctuation. Errors are told,
/// never guessed around.
/// </remarks>
internal sealed class QueryParser
{
    /// <summary>Characters of the longest query text.</summary>
    public const int TextCharsMax = 8_192;

    /// <summary>Parentheses and signs within each other.</summary>
    public const int DepthMax = 32;

    /// <summary>Nodes of the largest tree.</summary>
    public const int NodesMax = 1_024;

    private const string ClauseStarts = "a word, a \"phrase\", field: or '('";

    private readonly QueryScanner _scanner;
    private readonly QueryClauses _clauses;
    private readonly bool _allWords;
    private QueryError? _error;
    private int _depth;

    private QueryParser(QueryStringQuery query, QueryClauses clauses)
    {
        _scanner = new QueryScanner(query.Text);
        _clauses = clauses;
        _allWords = query.AllWords;
    }

    /// <summary>Parses. The tree has no <see cref="QueryStringQuery"/> and only fields of the schema.</summary>
    public static bool TryParse(
        QueryStringQuery query,
        CollectionSchema schema,
        [NotNullWhen(true)] out QueryNode? node,
        [NotNullWhen(false)] out QueryError? error)
    {
        node = null;
        if (query.Text.Length > TextCharsMax)
        {
            error = new QueryError(
                TextCharsMax + 1, $"the query has {query.Text.Length} characters; at most {TextCharsMax} are allowed");
            return false;
        }

        if (QueryClauses.Problem(schema, query.Fields) is { } problem)
        {
            error = new QueryError(1, problem);
            return false;
        }

        var clauses = new QueryClauses(schema, query.Fields);
        var parser = new QueryParser(query, clauses);
        var tree = parser.ReadSequence(Scope.Default);
        if (parser._error is null && !parser._scanner.AtEnd) parser.FailHere($"expected {ClauseStarts}");
        error = parser._error ?? Oversize(tree);
        if (error is not null) return false;
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
            AddOr(scope, parts);
            read++;
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
        return _scanner.TakeWord(word) || _scanner.Take(symbol);
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
        if (_error is not null || !_scanner.Take("^")) return node;
        var start = _scanner.At;
        var number = _scanner.ReadNumber();
        if (float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var boost)
            && boost > 0 && float.IsFinite(boost))
            return node is null ? null : node with { Boost = node.Boost * boost };
        return Fail(start, $"expected a number above 0 after '^', found {Shown(number)}");
    }

    private QueryNode? ReadClause(Scope scope)
    {
        _scanner.SkipSpace();
        var start = _scanner.At;
        if (_scanner.Take("(")) return ReadGroup(scope, start);
        if (_scanner.Take("\"")) return ReadPhrase(scope, start);
        if (_scanner.IsJoin()) return FailHere($"expected {ClauseStarts}");
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
        if (word.Stars + word.Questions > 0)
            return Fail(start, $"'~' is not allowed after a word with '*' or '?', found '{word.Text}'");
        var at = _scanner.At;
        var number = _scanner.ReadNumber();
        if (number.Length == 0) return Checked(_clauses.Fuzzy(scope.Field, word.Text, FuzzyQuery.AutoEdits), start);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var edits)
            && edits <= FuzzyQuery.EditsMax
            ? Checked(_clauses.Fuzzy(scope.Field, word.Text, edits), start)
            : Fail(at, $"expected 0 to {FuzzyQuery.EditsMax} edits after '~', found {Shown(number)}");
    }

    private QueryNode? All(Scope scope) =>
        Count(scope.Field is null ? new MatchAllQuery() : QueryClauses.Exists(scope.Field));

    private QueryNode? ReadField(Scope scope, ScannedWord name, int start)
    {
        if (scope.Direct)
        {
            return Fail(
                start,
                $"expected a value of field '{scope.Field!.Name}', found '{name.Text}:'; quote a value with a colon");
        }

        if (!_clauses.TryField(name.Text, out var field)) return Fail(start, _clauses.UnknownField(name.Text));
        if (_scanner.AtEnd || char.IsWhiteSpace(_scanner.Next))
            return FailHere($"expected a value right after '{name.Text}:'");
        return ReadClause(new Scope(field, Direct: true));
    }

    private QueryNode? ReadGroup(Scope scope, int start)
    {
        if (++_depth > DepthMax) return Fail(start, $"at most {DepthMax} parentheses within each other are allowed");
        var node = ReadSequence(scope with { Direct = false });
        _depth--;
        if (_error is not null) return null;
        return _scanner.Take(")")
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
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out slop))
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

    private QueryNode? Fail(int at, string problem)
    {
        _error ??= new QueryError(at + 1, problem);
        return null;
    }

    /// <summary>The field that words are about; null for the default ones. Direct: right behind its colon.</summary>
    private readonly record struct Scope(FieldSchema? Field, bool Direct)
    {
        public static Scope Default => default;
    }
}
