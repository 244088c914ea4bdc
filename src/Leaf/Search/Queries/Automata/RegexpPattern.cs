using System.Globalization;
using System.Text;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Regular expressions over whole terms, to automata: what can be said without going back. Errors name the column.
/// </summary>
/// <remarks>
/// <code>
///  choice    a|b
///  sequence  ab
///  repeat    a*  a+  a?  a{3}  a{3,}  a{3,5}
///  atom      ( choice )  ()  .  [a-z_]  [^a-z]  \d \w \s \D \W \S (ASCII)  \x: x itself  any other character
/// </code>
/// </remarks>
internal sealed class RegexpPattern
{
    /// <summary>UTF-16 characters of the longest one.</summary>
    public const int CharactersMax = 1_000;

    /// <summary>Parentheses within each other.</summary>
    public const int DepthMax = 32;

    /// <summary>Largest count in braces.</summary>
    public const int CountMax = 1_000;

    private const int LastCodePoint = 0x10_FFFF;

    private readonly string _pattern;
    private int _at;
    private int _depth;
    private string? _problem;

    private RegexpPattern(string pattern) => _pattern = pattern;

    private bool AtEnd => _at >= _pattern.Length;

    private char Next => AtEnd ? '\0' : _pattern[_at];

    /// <summary>The automaton of a pattern; null when there is a problem.</summary>
    /// <param name="pattern">The text.</param>
    /// <param name="problem">What is wrong and where, or which limit it goes over.</param>
    public static TermAutomaton? Automaton(string pattern, out string? problem)
    {
        problem = pattern.Length > CharactersMax
            ? $"has {pattern.Length} characters; at most {CharactersMax} are allowed"
            : null;
        if (problem is not null) return null;
        var parser = new RegexpPattern(pattern);
        var node = parser.ReadChoice();
        if (!parser.AtEnd) parser.Fail("there is a ')' without its '('");
        problem = parser._problem;
        if (problem is not null) return null;
        var nfa = new ByteNfa();
        nfa.AcceptAt(node.AddTo(nfa, nfa.State()));
        if (nfa.IsTooLarge)
        {
            problem = $"needs more than {ByteNfa.StatesMax} states; that is the limit, repeat less";
            return null;
        }

        var automaton = new TermAutomaton(nfa);
        problem = automaton.Complete();
        return problem is null ? automaton : null;
    }

    private RegexpNode ReadChoice()
    {
        var options = new List<RegexpNode> { ReadSequence() };
        while (_problem is null && Take('|')) options.Add(ReadSequence());
        return options.Count == 1 ? options[0] : new RegexpChoice(options);
    }

    private RegexpSequence ReadSequence()
    {
        var parts = new List<RegexpNode>();
        while (_problem is null && !AtEnd && Next is not ('|' or ')')) parts.Add(ReadRepeat());
        return new RegexpSequence(parts);
    }

    private RegexpNode ReadRepeat()
    {
        var node = ReadAtom();
        var isRepeated = false;
        while (_problem is null && Next is '*' or '+' or '?' or '{')
        {
            // Repeats of repeats multiply; a pair of parentheses, which are counted, says that it is meant.
            if (isRepeated) return Fail(node, "two repeats stand in a row; put parentheses around the first");
            isRepeated = true;
            if (Take('*')) node = new RegexpRepeat(node, 0, null);
            else if (Take('+')) node = new RegexpRepeat(node, 1, null);
            else if (Take('?')) node = new RegexpRepeat(node, 0, 1);
            else node = ReadCounted(node);
        }

        return node;
    }

    private RegexpNode ReadCounted(RegexpNode node)
    {
        Take('{');
        var minimum = ReadCount();
        int? maximum = minimum;
        if (Take(',')) maximum = Next == '}' ? null : ReadCount();
        if (_problem is null && !Take('}')) Fail("a '}' is missing");
        if (maximum < minimum) Fail($"{{{minimum},{maximum}}} counts down");
        return new RegexpRepeat(node, minimum, maximum);
    }

    private int ReadCount()
    {
        var start = _at;
        while (char.IsAsciiDigit(Next)) _at++;
        var digits = _pattern.AsSpan(start, _at - start);
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= CountMax)
            return count;
        _at = start;
        Fail($"a count from 0 to {CountMax} is due");
        return 0;
    }

    private RegexpNode ReadAtom()
    {
        switch (Next)
        {
            case '(':
                return ReadGroup();
            case '[':
                return ReadClass();
            case '.':
                _at++;
                return new RegexpCharacter([]);
            case '*' or '+' or '?' or '{':
                return Fail(new RegexpSequence([]), $"there is nothing before the '{Next}' to repeat");
            case '\\':
                return new RegexpCharacter(ReadEscape());
            default:
                var character = ReadCharacter();
                return new RegexpCharacter([(character, character)]);
        }
    }

    private RegexpNode ReadGroup()
    {
        if (++_depth > DepthMax)
            return Fail(new RegexpSequence([]), $"at most {DepthMax} parentheses within each other are allowed");
        _at++;
        var node = ReadChoice();
        _depth--;
        if (_problem is null && !Take(')')) Fail("a ')' is missing");
        return node;
    }

    private RegexpNode ReadClass()
    {
        var start = _at++;
        var isNegated = Take('^');
        var ranges = new List<(int Low, int High)>();
        while (_problem is null && !AtEnd && Next != ']') ReadClassPart(ranges);
        if (_problem is null && !Take(']')) Fail("a ']' is missing");
        if (isNegated) ranges = Complement(ranges);
        if (ranges.Count > 0 || _problem is not null) return new RegexpCharacter(ranges);
        _at = start;
        return Fail(new RegexpSequence([]), "the class has no characters");
    }

    private void ReadClassPart(List<(int Low, int High)> ranges)
    {
        if (Next == '\\')
        {
            var escaped = ReadEscape();
            if (escaped.Count != 1 || escaped[0].Low != escaped[0].High || Next != '-')
            {
                ranges.AddRange(escaped);
                return;
            }

            ReadRangeEnd(ranges, escaped[0].Low);
            return;
        }

        ReadRangeEnd(ranges, ReadCharacter());
    }

    private void ReadRangeEnd(List<(int Low, int High)> ranges, int low)
    {
        var high = low;
        if (Next == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
        {
            _at++;
            if (Next == '\\') _at++;
            high = AtEnd ? low : ReadCharacter();
        }

        if (high < low) Fail("a range runs backwards");
        ranges.Add((low, high));
    }

    private IReadOnlyList<(int Low, int High)> ReadEscape()
    {
        _at++;
        if (AtEnd)
        {
            Fail("a character is due behind '\\'");
            return [(0, 0)];
        }

        List<(int Low, int High)> digits = [('0', '9')];
        List<(int Low, int High)> words = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
        List<(int Low, int High)> spaces = [('\t', '\r'), (' ', ' ')];
        var character = ReadCharacter();
        return character switch
        {
            'd' => digits,
            'w' => words,
            's' => spaces,
            'D' => Complement(digits),
            'W' => Complement(words),
            'S' => Complement(spaces),
            _ => [(character, character)],
        };
    }

    private int ReadCharacter()
    {
        Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out var length);
        _at += length;
        return rune.Value;
    }

    private static List<(int Low, int High)> Complement(List<(int Low, int High)> ranges)
    {
        var rest = new List<(int Low, int High)>();
        var from = 0;
        foreach (var (low, high) in ranges.OrderBy(range => range.Low))
        {
            if (low > from) rest.Add((from, low - 1));
            from = Math.Max(from, high + 1);
        }

        if (from <= LastCodePoint) rest.Add((from, LastCodePoint));
        return rest;
    }

    private bool Take(char symbol)
    {
        if (Next != symbol || AtEnd) return false;
        _at++;
        return true;
    }

    private RegexpNode Fail(RegexpNode node, string problem)
    {
        Fail(problem);
        return node;
    }

    private void Fail(string problem) => _problem ??= $"is wrong at column {_at + 1}: {problem}";
}
