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
            var terms = scratch.TermsOf(_language, _stopWords);
            var words = scratch.Words;
            words.Begin(text);
            while (words.MoveNext())
            {
                var term = terms.TermOf(text[words.Start..words.Stop]);
                if (term.Length > 0) sink.Add(term, words.Position, words.Start, words.Stop);
            }
        }
        finally
        {
            AnalysisScratch.Return(scratch, text.Length);
        }
    }

    /// <inheritdoc/>
    public string Normalize(string text) => Folding.Fold(_language.Lower(Folding.Compose(text)));
}
