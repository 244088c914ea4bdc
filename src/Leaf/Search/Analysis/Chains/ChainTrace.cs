using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Runs a chain part by part and keeps what each made. One text.</summary>
/// <param name="tokenizer">The tokenizer's type, which names the kinds of words.</param>
internal sealed class ChainTrace(string tokenizer)
{
    private const int ShownValuesMax = 8;

    /// <summary>What each part made of a text.</summary>
    /// <exception cref="AnalysisException">One of them made more words than are answered.</exception>
    public List<AnalyzeStage> Run(
        AnalyzerSchema schema,
        List<CharFilter> charFilters,
        CutterPlan cutter,
        IReadOnlyList<FilterPlan> filters,
        string text,
        bool isQuery)
    {
        var stages = new List<AnalyzeStage>();
        var filtered = text;
        for (var i = 0; i < charFilters.Count; i++)
        {
            filtered = charFilters[i].Apply(filtered, text.Length, PatternWork.Unbounded).Text.ToString();
            stages.Add(new AnalyzeStage(Describe(schema.CharFilters[i]), filtered, []));
        }

        var parts = schema.Filters.Where(part => isQuery || part.Type is not ("synonym" or "synonym_graph")).ToArray();
        for (var count = 0; count <= filters.Count; count++)
        {
            var tokens = new Tokens(tokenizer);
            new ChainRun(charFilters, cutter, [.. filters.Take(count)]).Run(text, tokens);
            stages.Add(new AnalyzeStage(
                Describe(count == 0 ? schema.Tokenizer : parts[count - 1]), null, tokens.All));
        }

        return stages;
    }

    private static string Describe(AnalysisPart part)
    {
        if (part.Settings.Count == 0) return part.Type;
        return $"{part.Type} ({string.Join(", ", part.Settings.Select(Describe))})";
    }

    private static string Describe(AnalysisSetting setting)
    {
        var shown = string.Join(", ", setting.Values.Take(ShownValuesMax));
        return setting.Values.Count > ShownValuesMax
            ? string.Create(CultureInfo.InvariantCulture, $"{setting.Name}: {setting.Values.Count} values")
            : $"{setting.Name}: {shown}";
    }

    /// <summary>Keeps tokens as they are answered.</summary>
    internal sealed class Tokens(string tokenizer) : IGraphSink
    {
        public List<AnalyzedToken> All { get; } = [];

        public void Add(ReadOnlySpan<char> term, in TokenPlace place) => Keep(new AnalyzedToken(
            term.ToString(), place.Position, place.Length, place.Start, place.End, place.Kind switch
            {
                TokenKind.Synonym => "SYNONYM",
                TokenKind.Shingle => "shingle",
                _ => WordType.Of(tokenizer, term),
            }));

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Keep(new AnalyzedToken(term.ToString(), position, 1, start, end, WordType.Of(tokenizer, term)));

        private void Keep(AnalyzedToken token)
        {
            if (All.Count == AnalyzeRequest.TokensMax)
            {
                throw new AnalysisException(
                    $"the text has more than {AnalyzeRequest.TokensMax} tokens, which is the limit of what is shown");
            }

            All.Add(token);
        }
    }
}
