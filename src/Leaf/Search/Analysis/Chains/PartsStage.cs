using System.Globalization;
using System.Text;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What <see cref="PartsStage"/> does.</summary>
internal sealed record PartsRules(
    bool OnCase, bool OnNumbers, bool KeepsOriginal, bool Joins, bool StripsPossessive);

/// <summary>
/// Cuts words where anything but a letter or a digit stands, and where letters and digits meet or a capital follows a
/// small letter: <c>PowerShot-500</c> is <c>Power Shot 500</c>. The parts stand one behind the other, so that a phrase
/// finds them; what comes whole stands with the first.
/// </summary>
internal sealed class PartsStage(PartsRules rules) : TokenStage
{
    private readonly List<(int From, int To)> _parts = [];
    private readonly StringBuilder _joined = new();
    private int _moved;

    private enum Kind
    {
        None,
        Small,
        Capital,
        Digit,
    }

    /// <inheritdoc/>
    public override void Begin()
    {
        _moved = 0;
        Next.Begin();
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        var word = token.Term;
        Cut(word);
        var position = token.Place.Position + _moved;
        var whole = token.Place with { Position = position, Root = position };
        var isWhole = _parts.Count == 1 && _parts[0] == (0, word.Length);
        if (isWhole || rules.KeepsOriginal) Next.Add(new Token(word, whole));
        if (isWhole) return;
        Join(word, whole);
        for (var i = 0; i < _parts.Count; i++)
        {
            var part = token.Part(_parts[i].From, _parts[i].To);
            Next.Add(new Token(part.Term, part.Place with { Position = position + i, Root = position + i }));
        }

        _moved += Math.Max(0, _parts.Count - 1);
    }

    private void Join(ReadOnlySpan<char> word, TokenPlace whole)
    {
        if (!rules.Joins || _parts.Count < 2) return;
        _joined.Clear();
        foreach (var (from, to) in _parts) _joined.Append(word[from..to]);
        Next.Add(new Token(_joined.ToString(), whole));
    }

    private void Cut(ReadOnlySpan<char> word)
    {
        _parts.Clear();
        if (rules.StripsPossessive && word.Length > 2 && word[^1] is 's' or 'S' && word[^2] is '\'' or '\u2019')
            word = word[..^2];
        for (var at = 0; at < word.Length; at++)
        {
            var kind = KindOf(word[at]);
            if (kind == Kind.None) continue;
            var start = at;
            while (at + 1 < word.Length && KindOf(word[at + 1]) is var next && !IsBorder(kind, next))
            {
                kind = next;
                at++;
            }

            _parts.Add((start, at + 1));
        }
    }

    private bool IsBorder(Kind kind, Kind next) =>
        next == Kind.None
        || (rules.OnNumbers && kind == Kind.Digit != (next == Kind.Digit))
        || (rules.OnCase && kind == Kind.Small && next == Kind.Capital);

    private static Kind KindOf(char c) => char.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Kind.Capital,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Digit,
        UnicodeCategory.Surrogate or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark =>
            Kind.Small,
        _ => char.IsLetter(c) ? Kind.Small : Kind.None,
    };
}
