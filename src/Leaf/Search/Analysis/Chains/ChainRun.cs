namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The stages of a chain, joined. One thread; used for text after text.</summary>
internal sealed class ChainRun
{
    private readonly IReadOnlyList<CharFilter> _charFilters;
    private readonly TextCutter _cutter;
    private readonly TokenStage _first;
    private readonly LastStage _last = new();

    public ChainRun(
        IReadOnlyList<CharFilter> charFilters, CutterPlan cutter, IReadOnlyList<FilterPlan> filters)
    {
        _charFilters = charFilters;
        _cutter = cutter.Make();
        TokenStage next = _last;
        for (var i = filters.Count - 1; i >= 0; i--) next = Before(next, filters[i]);
        for (var i = cutter.Stages.Length - 1; i >= 0; i--) next = Before(next, cutter.Stages[i]);
        _first = next;
    }

    /// <summary>Gives the words of a text to the sink.</summary>
    public void Run(ReadOnlySpan<char> text, ITokenSink sink)
    {
        TextMap[] maps = [];
        if (_charFilters.Count > 0)
        {
            var length = text.Length;
            maps = new TextMap[_charFilters.Count];
            for (var i = 0; i < maps.Length; i++)
            {
                maps[i] = _charFilters[i].Apply(text, length, PatternWork.Unbounded);
                text = maps[i].Text;
            }
        }

        _last.Lead(sink, maps);
        _first.Begin();
        _cutter.Cut(text, _first);
        _first.End();
        _last.Lead(null, []);
    }

    private static TokenStage Before(TokenStage next, FilterPlan filter)
    {
        var stage = filter.Make();
        stage.Next = next;
        return stage;
    }
}
