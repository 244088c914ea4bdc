using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Where a parser stands in a query, and the smallest things it reads there. One thread.</summary>
internal sealed class DialectCursor
{
    /// <summary>
    /// What ends a word, as RediSearch's tokenizer has it; a backslash before one takes it into the word.
    /// </summary>
    private const string Separators = " \t\r\n,.<>{}[]\"':;!@#$%^&*()-+=~|/\\?";

    private const string Noise = ",.<>;!#^+/?'";

    /// <summary>What ends a number.</summary>
    private const string Ends = " \t\r\n][(){}|;,";

    private readonly string _text;
    private readonly IReadOnlyDictionary<string, string> _parameters;

    /// <param name="text">The query.</param>
    /// <param name="parameters">What <c>$name</c> stands for.</param>
    public DialectCursor(string text, IReadOnlyDictionary<string, string> parameters)
    {
        _text = text;
        _parameters = parameters;
    }

    /// <summary>Characters read.</summary>
    public int At { get; private set; }

    /// <summary>Whether all was read.</summary>
    public bool IsAtEnd => At >= _text.Length;

    /// <summary>The first error; null when there is none.</summary>
    public string? Error { get; private set; }

    /// <summary>The character here; NUL at the end.</summary>
    public char Next => IsAtEnd ? '\0' : _text[At];

    /// <summary>Notes the first error, in RediSearch's words, and gives up the rest.</summary>
    public void FailSyntax(int at)
    {
        var near = _text.AsSpan(Math.Min(at, _text.Length));
        Fail($"Syntax error at offset {at} near {near[..Math.Min(near.Length, 16)]}");
    }

    /// <summary>Notes the first error and gives up the rest.</summary>
    public void Fail(string error)
    {
        Error ??= error;
        At = _text.Length;
    }

    /// <summary>Passes over blanks.</summary>
    public void SkipBlanks()
    {
        while (!IsAtEnd && char.IsWhiteSpace(_text[At])) At++;
    }

    /// <summary>Passes over what separates words and means nothing where a part of a query begins.</summary>
    public void SkipNoise()
    {
        while (!IsAtEnd && (char.IsWhiteSpace(_text[At]) || Noise.Contains(_text[At], StringComparison.Ordinal))) At++;
    }

    /// <summary>Takes a text if it is next.</summary>
    public bool TryTake(string expected)
    {
        if (string.CompareOrdinal(_text, At, expected, 0, expected.Length) != 0) return false;
        At += expected.Length;
        return true;
    }

    /// <summary>Takes a text behind blanks, or fails.</summary>
    public bool Expect(string expected)
    {
        SkipBlanks();
        if (TryTake(expected)) return true;
        FailSyntax(At);
        return false;
    }

    /// <summary>Whether a word begins here.</summary>
    public bool IsAtWord => !IsAtEnd && (_text[At] == '\\' ? At + 1 < _text.Length : !IsSeparator(_text[At]));

    /// <summary>Reads a word; empty when there is none.</summary>
    public string Word()
    {
        var word = new StringBuilder();
        while (IsAtWord)
        {
            if (_text[At] == '\\') At++;
            word.Append(_text[At++]);
        }

        return word.ToString();
    }

    /// <summary>Reads up to one of some characters, which stays.</summary>
    /// <param name="ends">Where to stop. The end of the query is an error.</param>
    /// <param name="keepsEscapes">Whether backslashes stay, for who reads them later.</param>
    public string Until(string ends, bool keepsEscapes = false)
    {
        var begin = At;
        var read = new StringBuilder();
        while (!IsAtEnd && !ends.Contains(_text[At], StringComparison.Ordinal))
        {
            if (_text[At] == '\\' && At + 1 < _text.Length)
            {
                if (keepsEscapes) read.Append('\\');
                At++;
            }

            read.Append(_text[At++]);
        }

        if (IsAtEnd) FailSyntax(begin);
        return read.ToString();
    }

    /// <summary>Takes <c>$name</c>, if it is next, and gives what it stands for.</summary>
    public bool TryParameter(out string value)
    {
        value = "";
        if (Next != '$') return false;
        var begin = At++;
        var nameAt = At;
        while (!IsAtEnd && (char.IsLetterOrDigit(_text[At]) || _text[At] == '_')) At++;
        var name = _text[nameAt..At];
        if (_parameters.TryGetValue(name, out var found)) value = found;
        else if (name == "") FailSyntax(begin);
        else Fail($"No such parameter `{name}`");
        return true;
    }

    /// <summary>Reads a number behind blanks: digits, a parameter, or <c>inf</c> with a sign.</summary>
    public double Number()
    {
        SkipBlanks();
        var begin = At;
        if (!TryParameter(out var text))
        {
            while (!IsAtEnd && !Ends.Contains(_text[At], StringComparison.Ordinal)) At++;
            text = _text[begin..At];
        }

        if (TryNumber(text, out var number)) return number;
        FailSyntax(begin);
        return 0;
    }

    /// <summary>Reads a number as RediSearch writes them.</summary>
    public static bool TryNumber(string text, out double number)
    {
        number = text.ToUpperInvariant() switch
        {
            "INF" or "+INF" => double.PositiveInfinity,
            "-INF" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(number)
            || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
                && double.IsFinite(number));
    }

    private static bool IsSeparator(char c) =>
        Separators.Contains(c, StringComparison.Ordinal) || char.IsControl(c) || char.IsWhiteSpace(c);
}
