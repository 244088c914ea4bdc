using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Words between spaces, lower-cased: simple enough to be its own model.</summary>
internal sealed class WordAnalyzer : IAnalyzer
{
    public static readonly WordAnalyzer Instance = new();

    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        var position = 0;
        var words = text.ToString().ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words) sink.Add(word, position++, 0, 0);
    }

    public string Normalize(string text) => text.ToLowerInvariant();

    public static string[] Words(string text) => text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
