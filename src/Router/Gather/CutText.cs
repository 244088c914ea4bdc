using System.Globalization;
using System.Text;

namespace Hedgerow.Router;

/// <summary>
/// A text for one line of a log, put together from parts that others have sent. Only its beginning is kept, and behind
/// it how long the whole is; what would end the line or turn its direction is written as its number. One caller.
/// </summary>
internal sealed class CutText(int charactersMax)
{
    private readonly StringBuilder _kept = new(charactersMax);
    private long _length;
    private bool _isCut;

    /// <summary>A blank, where anything stands before.</summary>
    public CutText Next() => _length == 0 ? this : Add(" ");

    /// <summary>Adds words of our own.</summary>
    public CutText Add(string words)
    {
        var room = Math.Clamp(charactersMax - _kept.Length, 0, words.Length);
        _kept.Append(words, 0, room);
        Count(words, room == words.Length);
        return this;
    }

    /// <summary>Adds a text that may have anything in it.</summary>
    public CutText AddForeign(string text)
    {
        var isWhole = true;
        foreach (var rune in text.EnumerateRunes())
        {
            isWhole = _kept.Length < charactersMax;
            if (!isWhole) break;
            if (rune.Value is '"' or '\\') _kept.Append('\\').Append((char)rune.Value);
            else if (IsPlain(rune)) _kept.Append(rune.ToString());
            else _kept.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }

        Count(text, isWhole);
        return this;
    }

    /// <summary>The same between quotation marks.</summary>
    public CutText AddQuoted(string text) => Add("\"").AddForeign(text).Add("\"");

    /// <summary>What was kept; of a longer text also its length.</summary>
    public override string ToString() => _isCut
        ? string.Create(CultureInfo.InvariantCulture, $"{_kept}… ({_length} characters)")
        : _kept.ToString();

    private void Count(string text, bool isWhole)
    {
        _length += text.Length;
        _isCut |= !isWhole;
    }

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
