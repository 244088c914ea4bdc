using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

internal readonly record struct Token(string Term, int Position, int Start, int End);

/// <summary>Collects what an analyzer gives.</summary>
internal sealed class TokenList : List<Token>, ITokenSink
{
    public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
        Add(new Token(term.ToString(), position, start, end));

    public static TokenList Of(string analyzer, string text, bool stopWords = false)
    {
        var tokens = new TokenList();
        Make(analyzer, stopWords).Analyze(text, tokens);
        return tokens;
    }

    public static string Terms(string analyzer, string text, bool stopWords = false) =>
        string.Join(' ', Of(analyzer, text, stopWords).Select(token => token.Term));

    public static IAnalyzer Make(string analyzer, bool stopWords = false) => Analyzers.Get(new FieldSchema
    {
        Name = "text", Type = FieldType.Text, Analyzer = analyzer, StopWords = stopWords,
    });
}
