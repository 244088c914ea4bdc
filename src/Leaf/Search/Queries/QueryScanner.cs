using System.Text;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Cuts query text into what the grammar is made of, on demand: what a character means depends on where it stands, so
/// there is no list of tokens beforehand. A place is an index into the text.
/// </summary>
internal sealed class QueryScanner
{
    private const string EndsWord = "()[]{}\"^:~";
    private readonly string _text;
    private readonly bool _isLenient;

    /// <param name="text">The query.</param>
    /// <param name="isLenient">Whether a bar divides words, and nothing that ends too early matters.</param>
    public QueryScanner(string text, bool isLenient)
    {
        _text = text;
        _isLenient = isLenient;
    }

    /// <summary>Where reading goes on.</summary>
    public int At { get; private set; }

    /// <summary>Whether everything has been read.</summary>
    public bool AtEnd => At >= _text.Length;

    /// <summary>The next character, or NUL at the end.</summary>
    public char Next => AtEnd ? '\0' : _text[At];

    /// <summary>What stands at the place, for an error text.</summary>
    public string Found
    {
        get
        {
            if (AtEnd) return "the end of the query";
            var end = At;
            while (end < _text.Length && end - At < 20 && !char.IsWhiteSpace(_text[end])) end++;
            return $"'{_text[At..Math.Max(end, At + 1)]}'";
        }
    }

    /// <summary>Passes over white space.</summary>
    public void SkipSpace()
    {
        while (!AtEnd && char.IsWhiteSpace(_text[At])) At++;
    }

    /// <summary>Goes back to where a word began.</summary>
    public void ReturnTo(int start) => At = start;

    /// <summary>Passes over what nothing can be made of: an operator that joins nothing, or a character.</summary>
    public void PassOver()
    {
        if (!TakeWord("AND") && !TakeWord("OR")) At++;
    }

    /// <summary>Passes over the sign of a boost, also behind white space if its number follows.</summary>
    public bool TakeBoost()
    {
        if (Take("^")) return true;
        var at = At;
        while (at < _text.Length && char.IsWhiteSpace(_text[at])) at++;
        if (at + 1 >= _text.Length || _text[at] != '^' || !char.IsAsciiDigit(_text[at + 1])) return false;
        At = at + 1;
        return true;
    }

    /// <summary>Reads a regular expression between slashes, if one stands here and a clause ends behind it.</summary>
    public bool TryReadRegexp(out string pattern)
    {
        pattern = "";
        if (Next != '/') return false;
        for (var end = At + 1; end < _text.Length; end++)
        {
            if (_text[end] == '\\') end++;
            else if (_text[end] == '/' && end > At + 1 && EndsClause(end + 1))
            {
                pattern = _text[(At + 1)..end].Replace("\\/", "/", StringComparison.Ordinal);
                At = end + 1;
                return true;
            }
        }

        return false;
    }

    /// <summary>Passes over a symbol if it stands here.</summary>
    public bool Take(string symbol)
    {
        if (string.CompareOrdinal(_text, At, symbol, 0, symbol.Length) != 0) return false;
        At += symbol.Length;
        return true;
    }

    /// <summary>Passes over an upper-case word if it stands here alone.</summary>
    public bool TakeWord(string word)
    {
        if (!StandsAlone(word)) return false;
        At += word.Length;
        return true;
    }

    /// <summary>Whether an operator that joins two clauses stands here.</summary>
    public bool IsJoin() => StandsAlone("AND") || StandsAlone("OR") || StartsWith("&&") || StartsWith("||");

    /// <summary>Whether a prefix operator stands here: + - ! directly before what it is about.</summary>
    public bool IsSign() => Next is '+' or '-' or '!' && At + 1 < _text.Length && !char.IsWhiteSpace(_text[At + 1]);

    /// <summary>
    /// Reads a word: up to white space or a special character; a backslash takes the next character as it is.
    /// </summary>
    /// <param name="inRange">Within brackets only white space and closing brackets end it: dates have colons.</param>
    /// <param name="withColons">Whether colons belong to it.</param>
    public ScannedWord ReadWord(bool inRange, bool withColons = false)
    {
        var word = new StringBuilder();
        var pattern = new StringBuilder();
        var (stars, questions, lastMark) = (0, 0, -1);
        while (!AtEnd)
        {
            var c = _text[At];
            if (char.IsWhiteSpace(c) || (inRange ? c is ']' or '}' : IsEnd(c, withColons))) break;
            if (c == '\\')
            {
                if (At + 1 == _text.Length && _isLenient)
                {
                    At++;
                    break;
                }

                if (At + 1 == _text.Length)
                    return new ScannedWord(word.ToString(), "", stars, questions, false, Broken: true);
                c = _text[++At];
                if (c is '*' or '?' or '\\') pattern.Append('\\');
            }
            else if (c is '*' or '?')
            {
                if (c == '*') stars++;
                else questions++;
                lastMark = word.Length;
            }

            pattern.Append(c);
            word.Append(c);
            At++;
        }

        // A question ends so, and is no pattern: only at the end, and nothing else stands for anything.
        if (stars == 0 && word.ToString().AsSpan().TrimEnd('?').Length == word.Length - questions) questions = 0;
        var endsInMark = lastMark >= 0 && lastMark == word.Length - 1;
        return new ScannedWord(word.ToString(), pattern.ToString(), stars, questions, endsInMark, Broken: false);
    }

    /// <summary>
    /// Reads on from behind an opening quote to behind the closing one; null when there is none, if that matters.
    /// </summary>
    public string? ReadQuoted()
    {
        var phrase = new StringBuilder();
        while (!AtEnd)
        {
            var c = _text[At++];
            if (c == '"') return phrase.ToString();
            if (c == '\\')
            {
                if (AtEnd) break;
                c = _text[At++];
            }

            phrase.Append(c);
        }

        return _isLenient ? phrase.ToString() : null;
    }

    /// <summary>Reads digits and what may stand in a number; empty when there are none.</summary>
    public string ReadNumber()
    {
        var start = At;
        while (!AtEnd && (char.IsAsciiDigit(_text[At]) || _text[At] is '.' or 'e' or 'E' || IsExponentSign())) At++;
        return _text[start..At];
    }

    private bool IsEnd(char c, bool withColons) =>
        (EndsWord.Contains(c) && !(withColons && c == ':')) || (_isLenient && c == '|');

    private bool EndsClause(int at) =>
        at >= _text.Length || char.IsWhiteSpace(_text[at]) || _text[at] is ')' or '^'
        || (_isLenient && _text[at] == '|');

    private bool IsExponentSign() => _text[At] is '+' or '-' && At > 0 && _text[At - 1] is 'e' or 'E';

    private bool StartsWith(string symbol) => string.CompareOrdinal(_text, At, symbol, 0, symbol.Length) == 0;

    private bool StandsAlone(string word)
    {
        if (!StartsWith(word)) return false;
        var after = At + word.Length;
        return after == _text.Length || char.IsWhiteSpace(_text[after]) || _text[after] is '(' or ')' or '"';
    }
}

/// <summary>A word of a query.</summary>
/// <param name="Text">Without its escapes.</param>
/// <param name="Pattern">With the escapes of what would else stand for other characters.</param>
/// <param name="Stars">Unescaped stars in it.</param>
/// <param name="Questions">Unescaped question marks in it, but for those that only end it.</param>
/// <param name="EndsInMark">Whether its last character is one of them.</param>
/// <param name="Broken">Whether the text ended after a backslash.</param>
internal readonly record struct ScannedWord(
    string Text, string Pattern, int Stars, int Questions, bool EndsInMark, bool Broken);
