using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Short ways to write chains down.</summary>
internal static class Parts
{
    /// <summary>A part: its type, then settings as <c>name=value</c>; values of lists are parted by <c>;</c>.</summary>
    public static AnalysisPart Part(string type, params string[] settings) => new(
        type,
        [.. settings.Select(setting =>
        {
            var at = setting.IndexOf('=', StringComparison.Ordinal);
            return new AnalysisSetting(setting[..at], setting[(at + 1)..].Split(';'));
        })]);

    public static AnalyzerSchema Chain(AnalysisPart tokenizer, params AnalysisPart[] filters) => new()
    {
        Name = "own", Tokenizer = tokenizer, Filters = filters,
    };

    public static AnalyzerSchema Chain(string tokenizer, params AnalysisPart[] filters) =>
        Chain(new AnalysisPart(tokenizer), filters);

    public static AnalysisChain Made(AnalyzerSchema schema, params SynonymSet[] sets) =>
        AnalysisChain.Make(schema, sets.ToDictionary(set => set.Name));

    public static TokenList Run(AnalyzerSchema schema, string text)
    {
        var tokens = new TokenList();
        Made(schema).ForDocuments.Analyze(text, tokens);
        return tokens;
    }

    /// <summary>Terms with their positions: <c>quick/0 fox/1</c>.</summary>
    public static string Terms(AnalyzerSchema schema, string text) =>
        string.Join(' ', Run(schema, text).Select(token => $"{token.Term}/{token.Position}"));

    /// <summary>Terms with what they stand for in the text: <c>qui&lt;qui&gt;</c>.</summary>
    public static string Places(AnalyzerSchema schema, string text) =>
        string.Join(' ', Run(schema, text).Select(token => $"{token.Term}<{text[token.Start..token.End]}>"));

    public static string Problem(AnalyzerSchema schema, params SynonymSet[] sets) =>
        Assert.Throws<AnalysisException>(() => Made(schema, sets)).Message;
}
