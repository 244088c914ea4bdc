using System.Text;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Neighbouring words as one, in the place of the first: of every word on, the shortest first. What was left out before
/// (stop words) is filled in. As Lucene's ShingleFilter.
/// </summary>
/// <param name="least">Words of the shortest, 2 at least.</param>
/// <param name="most">Words of the longest.</param>
/// <param name="givesWords">Whether the words themselves come too.</param>
/// <param name="separator">What stands between two words.</param>
/// <param name="filler">What stands for a word that was left out.</param>
internal sealed class ShingleStage(int least, int most, bool givesWords, string separator, string filler) : TokenStage
{
    private readonly List<(string? Word, TokenPlace Place)> _window = [];
    private readonly StringBuilder _shingle = new();

    /// <inheritdoc/>
    public override void Begin()
    {
        _window.Clear();
        Next.Begin();
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        var place = token.Place;
        var missing = _window.Count == 0 ? 0 : place.Position - _window[^1].Place.Position - 1;
        for (; missing > 0 && HasWord(); missing--)
            Push(null, new TokenPlace(place.Position - missing, place.Start, place.Start));
        if (!HasWord()) _window.Clear();
        Push(token.Term.ToString(), place);
    }

    /// <inheritdoc/>
    public override void End()
    {
        while (_window.Count > 0)
        {
            Give();
            _window.RemoveAt(0);
        }

        Next.End();
    }

    private bool HasWord()
    {
        foreach (var (word, _) in _window)
            if (word is not null) return true;
        return false;
    }

    private void Push(string? word, TokenPlace place)
    {
        _window.Add((word, place));
        if (_window.Count < most) return;
        Give();
        _window.RemoveAt(0);
    }

    /// <summary>Gives what begins with the first word of the window.</summary>
    private void Give()
    {
        var (first, place) = _window[0];
        if (first is not null && givesWords) Next.Add(new Token(first, place));
        _shingle.Clear();
        var hasWord = false;
        var end = place.End;
        for (var i = 0; i < _window.Count; i++)
        {
            var (word, at) = _window[i];
            if (i > 0) _shingle.Append(separator);
            _shingle.Append(word ?? filler);
            if (word is not null) end = at.End;
            hasWord |= word is not null;
            if (i + 1 < least || !hasWord || _shingle.Length > ChainLimits.WordCharsMax) continue;
            Next.Add(new Token(
                _shingle.ToString(),
                new TokenPlace(place.Position, place.Start, Math.Max(end, place.Start)) { Kind = TokenKind.Shingle }));
        }
    }
}
