namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Whether all matches of a pattern in a text together take time in proportion to the text, going by how the pattern is
/// written. One match always does; but behind the end of a match the search may look far ahead for a longer one, find
/// none, and look through the same text again for the next match: <c>.*b|a</c> in a row of <c>a</c>.
/// </summary>
/// <remarks>
/// <para>Two shapes can't. A row of characters, repeated or not (<c>\s*,\s*</c>): while it repeats a kind of character
/// past the end of a match, all that it passes are of that kind, so a match within them would have been a continuation
/// of this one; as many looks at one place as there are repeats are possible, which <see cref="RepeatsMax"/> bounds.
/// And alternatives of which each repeats only at its end (<c>\d+|[a-z]+</c>): while one repeats, it matches.</para>
/// <para>Whatever else is in a pattern (repeated groups, conditions, flags that change how it is written) makes it one
/// that is not known to be linear, and its work is counted: see <see cref="PatternWork"/>. That is no error.</para>
/// </remarks>
internal ref struct PatternShape
{
    /// <summary>Repeats without a bound in one row.</summary>
    private const int RepeatsMax = 8;

    /// <summary>Characters that are looked at in vain behind a match, at most, by what has a bound.</summary>
    private const int AheadMax = 256;

    /// <summary>Groups in groups.</summary>
    private const int DepthMax = 16;

    private readonly ReadOnlySpan<char> _pattern;
    private int _at;

    private PatternShape(string pattern) => _pattern = pattern;

    /// <summary>Whether it is known to be linear.</summary>
    public static bool IsLinear(string pattern)
    {
        var shape = new PatternShape(pattern);
        if (pattern.StartsWith("(?i)", StringComparison.Ordinal)) shape._at = "(?i)".Length;
        return shape.TryAlternatives(0, out var all) && shape._at == pattern.Length
            && all.CharsMax <= AheadMax && all.Repeats <= RepeatsMax && (all.IsRow || all.RepeatsAtEnd);
    }

    private bool TryAlternatives(int depth, out Part all)
    {
        all = default;
        for (var count = 1; ; count++)
        {
            if (!TryRow(depth, out var row)) return false;
            all = count == 1 ? row : all.Or(row);
            if (_at == _pattern.Length || _pattern[_at] != '|') return true;
            _at++;
        }
    }

    private bool TryRow(int depth, out Part row)
    {
        row = Part.Nothing;
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            if (!TryOne(depth, out var one) || !TryQuantify(ref one)) return false;
            row = row.Then(one);
        }

        return true;
    }

    private bool TryOne(int depth, out Part one)
    {
        one = Part.Character;
        switch (_pattern[_at])
        {
            case '^' or '$':
                one = Part.Condition;
                _at++;
                return true;
            case '\\':
                return TryEscape(ref one);
            case '[':
                return TryClass();
            case '(':
                return TryGroup(depth, out one);
            case '*' or '+' or '?' or '{' or '}' or ']' or '#':
                return false;
            default:
                _at++;
                return true;
        }
    }

    private bool TryGroup(int depth, out Part group)
    {
        group = default;
        _at++;
        if (depth == DepthMax) return false;
        if (_pattern[_at..] is ['?', ':', ..]) _at += 2;
        else if (_pattern[_at..] is ['?', ..]) return false;
        if (!TryAlternatives(depth + 1, out group) || _at == _pattern.Length) return false;
        _at++;
        return true;
    }

    // Within a class every character stands for itself, but for a backslash, and what may be a class of its own.
    private bool TryClass()
    {
        var end = _at + 1;
        if (end < _pattern.Length && _pattern[end] == '^') end++;
        for (var isFirst = true; end < _pattern.Length; end++, isFirst = false)
        {
            if (_pattern[end] == '[') return false;
            if (_pattern[end] == '\\') end++;
            else if (_pattern[end] == ']' && !isFirst)
            {
                _at = end + 1;
                return true;
            }
        }

        return false;
    }

    private bool TryEscape(ref Part one)
    {
        var kind = _at + 1 < _pattern.Length ? _pattern[_at + 1] : '\0';
        _at += 2;
        switch (kind)
        {
            case 'b' or 'B' or 'A' or 'z' or 'Z':
                one = Part.Condition;
                return true;
            case 'w' or 'W' or 'd' or 'D' or 's' or 'S' or 'n' or 't' or 'r' or 'f' or 'v' or 'e' or 'a':
                return true;
            case 'p' or 'P':
                var length = _at <= _pattern.Length ? _pattern[_at..].IndexOf('}') : -1;
                _at += length + 1;
                return length > 0;
            case 'u':
                _at += 4;
                return _at <= _pattern.Length;
            case 'x':
                _at += 2;
                return _at <= _pattern.Length;
            default:
                return kind != '\0' && char.IsAscii(kind) && !char.IsAsciiLetterOrDigit(kind) && kind != '_';
        }
    }

    private bool TryQuantify(ref Part one)
    {
        if (_at == _pattern.Length) return true;
        int least = 0, most = int.MaxValue;
        switch (_pattern[_at])
        {
            case '*':
                break;
            case '+':
                least = 1;
                break;
            case '?':
                most = 1;
                break;
            case '{':
                if (!TryCounts(out least, out most)) return false;
                break;
            default:
                return true;
        }

        _at++;
        if (_at < _pattern.Length && _pattern[_at] == '?') _at++;
        if (most == int.MaxValue ? !one.IsCharacter : one.Repeats > 0 && most > 1) return false;
        one = one.Times(least, most);
        return true;
    }

    private bool TryCounts(out int least, out int most)
    {
        (least, most) = (0, 0);
        var length = _pattern[_at..].IndexOf('}');
        if (length < 0) return false;
        var counts = _pattern.Slice(_at + 1, length - 1);
        var comma = counts.IndexOf(',');
        _at += length;
        if (!int.TryParse(comma < 0 ? counts : counts[..comma], out least)) return false;
        most = comma < 0 ? least : int.MaxValue;
        return comma < 0 || comma == counts.Length - 1 || int.TryParse(counts[(comma + 1)..], out most);
    }

    /// <summary>What is known of a part.</summary>
    private readonly record struct Part
    {
        /// <summary>Characters that it matches at most, repeats without a bound counted once.</summary>
        public long CharsMax { get; private init; }

        /// <summary>Repeats without a bound.</summary>
        public int Repeats { get; private init; }

        /// <summary>Whether it is one character.</summary>
        public bool IsCharacter { get; private init; }

        /// <summary>Whether it may match nothing.</summary>
        public bool MayBeEmpty { get; private init; }

        /// <summary>Whether what has no bound repeats one kind of character each, in one row.</summary>
        public bool IsRow { get; private init; }

        /// <summary>Whether behind each repeat without a bound comes only what may match nothing.</summary>
        public bool RepeatsAtEnd { get; private init; }

        public static Part Nothing => new() { MayBeEmpty = true, IsRow = true, RepeatsAtEnd = true };

        /// <summary>No character, but it may fail: it ends a repeat as a character does.</summary>
        public static Part Condition => new() { IsRow = true, RepeatsAtEnd = true };

        public static Part Character =>
            new() { CharsMax = 1, IsCharacter = true, IsRow = true, RepeatsAtEnd = true };

        public Part Then(in Part next) => new()
        {
            CharsMax = CharsMax + next.CharsMax,
            Repeats = Repeats + next.Repeats,
            // Behind nothing at all.
            IsCharacter = CharsMax == 0 && Repeats == 0 && MayBeEmpty && next.IsCharacter,
            MayBeEmpty = MayBeEmpty && next.MayBeEmpty,
            IsRow = IsRow && next.IsRow,
            RepeatsAtEnd = next.RepeatsAtEnd && (Repeats == 0 || (RepeatsAtEnd && next.MayBeEmpty)),
        };

        public Part Or(in Part other) => new()
        {
            CharsMax = Math.Max(CharsMax, other.CharsMax),
            Repeats = Repeats + other.Repeats,
            MayBeEmpty = MayBeEmpty || other.MayBeEmpty,
            IsRow = Repeats + other.Repeats == 0,
            RepeatsAtEnd = RepeatsAtEnd && other.RepeatsAtEnd,
        };

        public Part Times(int least, int most)
        {
            var isBounded = most != int.MaxValue;
            return this with
            {
                CharsMax = CharsMax * Math.Max(1, isBounded ? most : least),
                Repeats = Repeats + (isBounded ? 0 : 1),
                IsCharacter = false,
                MayBeEmpty = MayBeEmpty || least == 0,
                // A row that may be left out or counted is none any more, unless it has an end anyway.
                IsRow = IsRow && (Repeats == 0 || (least == 1 && most == 1)),
            };
        }
    }
}
