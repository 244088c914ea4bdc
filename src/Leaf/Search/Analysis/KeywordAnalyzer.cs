namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The whole text as one term, as it is. Nothing when it is empty or longer than a term may be.</summary>
internal sealed class KeywordAnalyzer : IAnalyzer
{
    /// <inheritdoc/>
    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        if (text.Length is > 0 and <= Analyzers.TermCharsMax) sink.Add(text, 0, 0, text.Length);
    }

    /// <inheritdoc/>
    public string Normalize(string text) => text;
}
