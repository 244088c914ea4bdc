namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Words of a language: UAX #29 segments, lower-cased, stripped of clitics, without stop words if asked, stemmed, and
/// folded. Folding comes last because the stemmers know the letters with their accents: <c>über</c> and <c>uber</c> are
/// found by each other, and German still stems by its umlauts.
/// </summary>
internal sealed class TextAnalyzer : IAnalyzer
{
    private readonly Language _language;
    private readonly bool _stopWords;

    public TextAnalyzer(Language language, bool stopWords)
    {
        _language = language;
        _stopWords = stopWords;
    }

    /// <inheritdoc/>
    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        var scratch = AnalysisScratch.Rent();
        try
        {
            var words = new Words(text, scratch.TermsOf(_language, _stopWords), sink);
            WordScanner.Scan(text, scratch, ref words);
        }
        finally
        {
            AnalysisScratch.Return(scratch, text.Length);
        }
    }

    /// <inheritdoc/>
    public void AnalyzeTerms(ReadOnlySpan<char> text, ITermSink sink)
    {
        var scratch = AnalysisScratch.Rent();
        try
        {
            var lower = scratch.LowerOf(text.Length);
            var words = new LowerWords(text, lower, scratch.TermsOf(_language, _stopWords), sink);
            WordScanner.Scan(text, scratch, ref words);
        }
        finally
        {
            AnalysisScratch.Return(scratch, text.Length);
        }
    }

    /// <inheritdoc/>
    public string Normalize(string text) => Folding.Fold(_language.Lower(Folding.Compose(text)));

    /// <summary>Gives the terms with their places.</summary>
    private readonly ref struct Words(ReadOnlySpan<char> text, TermMaker terms, ITokenSink sink) : IWordSink
    {
        private readonly ReadOnlySpan<char> _text = text;

        public void Add(int start, int end, int position, bool isAscii)
        {
            var term = terms.TermOf(_text[start..end]);
            if (term.Length > 0) sink.Add(term, position, start, end);
        }
    }

    /// <summary>Gives the terms of ASCII words as bytes, without a string between.</summary>
    private readonly ref struct LowerWords(
        ReadOnlySpan<char> text, byte[] lower, TermMaker terms, ITermSink sink) : IWordSink
    {
        private readonly ReadOnlySpan<char> _text = text;
        private readonly bool _isPlain = terms.IsPlain;
        private readonly bool _takesLower = terms.TakesLower;

        public void Add(int start, int end, int position, bool isAscii)
        {
            if (isAscii && _isPlain)
            {
                sink.Add(lower.AsSpan(start, end - start), position);
            }
            else if (isAscii && _takesLower)
            {
                var term = terms.TermOf(lower.AsSpan(start, end - start));
                if (term.Length > 0) sink.Add(term, position);
            }
            else
            {
                var term = terms.TermOf(_text[start..end]);
                if (term.Length > 0) sink.Add(term, position, start, end);
            }
        }
    }
}
