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

    public QueryScanner(string text)
    {
        _text = text;
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
    public ScannedWord ReadWord(bool inRange)
    {
        var word = new StringBuilder();
        var pattern = new StringBuilder();
        var (stars, questions, lastMark) = (0, 0, -1);
        while (!AtEnd)
        {
            var c = _text[At];
            if (char.IsWhiteSpace(c) || (inRange ? c is ']' or '}' : EndsWord.Contains(c))) break;
            if (c == '\\')
            {
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

    /// <summary>Reads on from behind an opening quote to behind the closing one; null when there is none.</summary>
    public string? ReadQuoted()
    {
        var phrase = new StringBuilder();
        while (!AtEnd)
        {
            var c = _text[At++];
            if (c == '"') return phrase.ToString();
            if (c == '\\')
            {
                if (AtEnd) return null;
                c = _text[At++];
            }

            phrase.Append(c);
        }

        return null;
    }

    /// <summary>Reads digits and what may stand in a number; empty when there are none.</summary>
    public string ReadNumber()
    {
        var start = At;
        while (!AtEnd && (char.IsAsciiDigit(_text[At]) || _text[At] is '.' or 'e' or 'E' || IsExponentSign())) At++;
        return _text[start..At];
    }

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
