namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Turns text into terms. The same analyzer must read a field's documents and the queries on it. Thread-safe; instances
/// are shared, what they need to work is kept per thread.
/// </summary>
internal interface IAnalyzer
{
    /// <summary>
    /// Gives the terms of <paramref name="text"/> to the sink, in order. Positions begin at 0 and grow by one for each
    /// word, also for words that give no term (stop words, words too long), so that phrases keep their distances.
    /// </summary>
    void Analyze(ReadOnlySpan<char> text, ITokenSink sink);

    /// <summary>The same terms, by whichever call of the sink is cheaper.</summary>
    void AnalyzeTerms(ReadOnlySpan<char> text, ITermSink sink) => Analyze(text, sink);

    /// <summary>Whether the work of a text may grow faster than the text, so that it has to be counted.</summary>
    bool IsCostly => false;

    /// <summary>Counts that work, without the terms.</summary>
    void Count(ReadOnlySpan<char> text, PatternWork work)
    {
        // There is none.
    }

    /// <summary>
    /// How the beginning of a word is written in the terms: lower-cased and folded, never stemmed. For prefix queries
    /// and range bounds.
    /// </summary>
    string Normalize(string text);
}
