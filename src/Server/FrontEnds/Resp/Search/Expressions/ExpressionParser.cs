using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Reads expressions of APPLY and FILTER: <c>|| &amp;&amp; == != &lt; &lt;= &gt; &gt;= + - * / % ^ !</c>, parentheses,
/// numbers, texts in quotes, <c>@property</c>, functions. What binds weakest stands first. One thread.
/// </summary>
internal sealed class ExpressionParser
{
    /// <summary>Characters of the longest expression.</summary>
    public const int CharactersMax = 4_096;

    /// <summary>Parentheses, functions and signs within each other.</summary>
    public const int DepthMax = 30;

    private static readonly string[][] Levels =
        [["||"], ["&&"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"], ["^"]];

    private readonly string _text;
    private readonly HashSet<string> _properties;
    private string? _error;
    private int _at;
    private int _nesting;

    private ExpressionParser(string text, HashSet<string> properties)
    {
        _text = text;
        _properties = properties;
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="properties">Takes the properties that it names.</param>
    /// <param name="expression">What was read.</param>
    /// <param name="error">What is wrong and where.</param>
    public static bool TryParse(
        string text, HashSet<string> properties, [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out string? error)
    {
        var parser = new ExpressionParser(text, properties);
        expression = null;
        if (text.Length > CharactersMax)
            parser.Fail($"an expression has {text.Length} characters; at most {CharactersMax} are allowed");
        else
            expression = parser.Level(0);
        parser.SkipBlanks();
        if (parser._at < text.Length) parser.FailSyntax();
        error = parser._error;
        if (error is not null) expression = null;
        return expression is not null;
    }

    // Never null without an error.
    private Expression? Level(int level)
    {
        if (level == Levels.Length) return Unary();
        var left = Level(level + 1);
        while (_error is null && TrySign(Levels[level]) is { } sign)
        {
            var right = Level(level + 1);
            if (right is null) return null;
            left = new BinaryExpression(sign, left!, right);
        }

        return _error is null ? left : null;
    }

    private string? TrySign(string[] signs)
    {
        SkipBlanks();
        foreach (var sign in signs)
        {
            if (string.CompareOrdinal(_text, _at, sign, 0, sign.Length) != 0) continue;
            _at += sign.Length;
            return sign;
        }

        return null;
    }

    private Expression? Unary()
    {
        if (_nesting >= DepthMax)
        {
            Fail($"an expression is nested deeper than {DepthMax} levels");
            return null;
        }

        _nesting++;
        var value = Value();
        _nesting--;
        if (value is null && _error is null) FailSyntax();
        return value;
    }

    private Expression? Value()
    {
        SkipBlanks();
        if (_at >= _text.Length) return null;
        var c = _text[_at];
        switch (c)
        {
            case '!':
                _at++;
                return Unary() is { } not ? new NotExpression(not) : null;
            case '-':
                _at++;
                return Unary() is { } minus ? new BinaryExpression("-", Number(0), minus) : null;
            case '(':
                _at++;
                var inner = Level(0);
                return inner is not null && Expect(')') ? inner : null;
            case '@':
                _at++;
                var name = Name();
                if (name == "") return null;
                _properties.Add(name);
                return new PropertyExpression(name);
            case '"' or '\'':
                return Quoted(c);
            default:
                return char.IsAsciiDigit(c) || c == '.' ? Digits() : Function();
        }
    }

    private static ConstantExpression Number(double number) => new(Cell.Of(number));

    private ConstantExpression? Digits()
    {
        var begin = _at;
        while (_at < _text.Length && IsOfNumber()) _at++;
        if (double.TryParse(
                _text.AsSpan(begin, _at - begin), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return Number(number);
        _at = begin;
        return null;
    }

    private bool IsOfNumber() => char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '.'
        || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E');

    private ConstantExpression? Quoted(char quote)
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == quote)
            {
                _at++;
                return new ConstantExpression(Cell.Of(text.ToString()));
            }

            if (_text[_at] == '\\' && _at + 1 < _text.Length) _at++;
            text.Append(_text[_at]);
        }

        return null;
    }

    private CallExpression? Function()
    {
        var begin = _at;
        var name = Name();
        SkipBlanks();
        if (name == "" || _at >= _text.Length || _text[_at] != '(')
        {
            _at = begin;
            return null;
        }

        _at++;
        var arguments = new List<Expression>();
        SkipBlanks();
        var isEmpty = _at < _text.Length && _text[_at] == ')';
        while (!isEmpty)
        {
            if (Level(0) is not { } argument) return null;
            arguments.Add(argument);
            SkipBlanks();
            if (_at >= _text.Length || _text[_at] != ',') break;
            _at++;
        }

        if (!Expect(')')) return null;
        if (ExpressionFunction.Find(name) is not { } function)
            Fail($"Unknown function name '{name}'");
        else if (arguments.Count < function.Least || arguments.Count > function.Most)
            Fail($"Invalid arguments for function '{name}': {arguments.Count} are given, "
                + $"{function.Least} to {function.Most} are allowed");
        else
            return new CallExpression(function, arguments);
        return null;
    }

    private string Name()
    {
        var begin = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.' or '$')) _at++;
        return _text[begin.._at];
    }

    private bool Expect(char c)
    {
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == c)
        {
            _at++;
            return true;
        }

        FailSyntax();
        return false;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }

    private void FailSyntax() =>
        Fail($"Syntax error at offset {_at} near '{_text.AsSpan(_at, Math.Min(16, _text.Length - _at))}'");

    private void Fail(string error)
    {
        _error ??= error;
        _at = _text.Length;
    }
}
