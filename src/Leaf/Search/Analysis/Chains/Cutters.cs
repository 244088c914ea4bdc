namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Words by UAX #29, as <c>standard</c> cuts them.</summary>
internal sealed class WordCutter : TextCutter
{
    /// <inheritdoc/>
    public override void Cut(ReadOnlySpan<char> text, TokenStage first)
    {
        var scratch = AnalysisScratch.Rent();
        try
        {
            var words = new Words(text, first);
            WordScanner.Scan(text, scratch, ref words);
        }
        finally
        {
            AnalysisScratch.Return(scratch, text.Length);
        }
    }

    private readonly ref struct Words(ReadOnlySpan<char> text, TokenStage first) : IWordSink
    {
        private readonly ReadOnlySpan<char> _text = text;

        public void Add(int start, int end, int position, bool isAscii) =>
            first.Add(new Token(_text[start..end], new TokenPlace(position, start, end)));
    }
}

/// <summary>The words of an analyzer, whatever it makes of them.</summary>
internal sealed class AnalyzerCutter(IAnalyzer analyzer) : TextCutter, ITokenSink
{
    private TokenStage _first = null!;

    /// <inheritdoc/>
    public override void Cut(ReadOnlySpan<char> text, TokenStage first)
    {
        _first = first;
        analyzer.Analyze(text, this);
    }

    void ITokenSink.Add(ReadOnlySpan<char> term, int position, int start, int end) =>
        _first.Add(new Token(term, new TokenPlace(position, start, end)));
}

/// <summary>The whole text as one word.</summary>
internal sealed class WholeCutter : TextCutter
{
    /// <inheritdoc/>
    public override void Cut(ReadOnlySpan<char> text, TokenStage first)
    {
        if (text.Length is > 0 and <= ChainLimits.WordCharsMax)
            first.Add(new Token(text, new TokenPlace(0, 0, text.Length)));
    }
}

/// <summary>Runs of some characters.</summary>
internal sealed class RunCutter(Func<char, bool> isInWord, int charsMax = ChainLimits.WordCharsMax) : TextCutter
{
    /// <inheritdoc/>
    public override void Cut(ReadOnlySpan<char> text, TokenStage first)
    {
        var position = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!isInWord(text[at])) continue;
            var start = at;
            while (at < text.Length && isInWord(text[at])) at++;
            if (at - start <= charsMax) first.Add(new Token(text[start..at], new TokenPlace(position, start, at)));
            position++;
        }
    }
}

/// <summary>What stands between the matches of a pattern, or a group of each match.</summary>
/// <param name="pattern">Without backtracking.</param>
/// <param name="group">The group; -1 for what stands between.</param>
internal sealed class PatternCutter(CutPattern pattern, int group) : TextCutter
{
    /// <inheritdoc/>
    public override void Count(ReadOnlySpan<char> text, PatternWork work)
    {
        work.Search(pattern, text.Length);
        foreach (var match in pattern.Regex.EnumerateMatches(text))
            if (!work.Search(pattern, text.Length - match.Index - match.Length)) return;
    }

    /// <inheritdoc/>
    public override void Cut(ReadOnlySpan<char> text, TokenStage first)
    {
        var whole = text.ToString();
        var (position, start) = (0, 0);
        for (var match = pattern.Regex.Match(whole); match.Success; match = match.NextMatch())
        {
            if (group < 0)
            {
                Give(text, start, match.Index, first, ref position);
                start = match.Index + match.Length;
            }
            else if (match.Groups[group] is { Success: true } found)
            {
                Give(text, found.Index, found.Index + found.Length, first, ref position);
            }
        }

        if (group < 0) Give(text, start, text.Length, first, ref position);
    }

    private static void Give(ReadOnlySpan<char> text, int start, int end, TokenStage first, ref int position)
    {
        if (start >= end) return;
        if (end - start <= ChainLimits.WordCharsMax)
            first.Add(new Token(text[start..end], new TokenPlace(position, start, end)));
        position++;
    }
}
