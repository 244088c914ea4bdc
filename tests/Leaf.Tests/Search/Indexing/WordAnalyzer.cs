using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Words between spaces, lower-cased: simple enough to be its own model.</summary>
internal sealed class WordAnalyzer : IAnalyzer
{
    public static readonly WordAnalyzer Instance = new();

    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        int position = 0, at = 0;
        foreach (var word in Words(text.ToString()))
        {
            while (text[at] == ' ') at++;
            sink.Add(word, position++, at, at + word.Length);
            at += word.Length;
        }
    }

    public string Normalize(string text) => text.ToLowerInvariant();

    public static string[] Words(string text) =>
        text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
