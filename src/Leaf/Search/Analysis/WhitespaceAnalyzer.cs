namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What stands between white space, as it is: for fields of codes and tags.</summary>
internal sealed class WhitespaceAnalyzer : IAnalyzer
{
    /// <inheritdoc/>
    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        var position = 0;
        var at = 0;
        while (at < text.Length)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at])) at++;
            if (at == start) break;
            if (at - start <= Analyzers.TermCharsMax) sink.Add(text[start..at], position, start, at);
            position++;
        }
    }

    /// <inheritdoc/>
    public string Normalize(string text) => text;
}
