namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>What FT.AGGREGATE is asked to do, read and checked before a document is. One command.</summary>
internal sealed class AggregatePlan
{
    /// <summary>Steps of one command.</summary>
    private const int StagesMax = 64;

    private readonly List<Func<RowStage, RowStage>> _stages = [];
    private readonly HashSet<string> _renamed = new(StringComparer.Ordinal);
    private int _loads;
    private int _firstGroupAt;
    private readonly ArgumentReader _arguments;

    private AggregatePlan(ArgumentReader arguments) => _arguments = arguments;

    /// <summary>PARAMS, TIMEOUT, VERBATIM.</summary>
    public FindArguments Options { get; } = new();

    /// <summary>The properties of documents that are computed with.</summary>
    public HashSet<string> Properties { get; } = new(StringComparer.Ordinal);

    /// <summary>The properties of documents that LOAD shows.</summary>
    public HashSet<string> Loaded { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether documents are needed whole.</summary>
    public bool LoadsAll { get; private set; }

    /// <summary>All that is needed of documents.</summary>
    public NeededProperties Needs => new(Properties, Loaded, LoadsAll);

    /// <summary>The GROUPBY that no step but LOAD stands before; null when there is none.</summary>
    public GroupPlan? FirstGroup { get; private set; }

    /// <summary>Whether LOAD shows something else by this name.</summary>
    public bool IsRenamed(string name) => LoadsAll || _renamed.Contains(name);

    /// <summary>WITHCURSOR: rows of one answer; null without a cursor.</summary>
    public int? CursorCount { get; private set; }

    /// <summary>WITHCURSOR: how long the rows are kept for the next reading.</summary>
    public TimeSpan CursorIdle { get; private set; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads everything behind the query; what is wrong is the reader's error.</summary>
    public static AggregatePlan Read(ArgumentReader arguments)
    {
        var plan = new AggregatePlan(arguments);
        while (!arguments.IsAtEnd)
        {
            if (!plan.TakeStage() && !plan.TakeOption() && !plan.Options.TakeShared(arguments)) arguments.FailUnknown();
            if (plan._stages.Count > StagesMax) arguments.Fail($"There are more than {StagesMax} steps");
        }

        return plan;
    }

    /// <summary>The steps, one behind the other.</summary>
    /// <param name="sink">The end.</param>
    public RowStage Build(RowSink sink) => Build(sink, 0);

    /// <summary>The steps behind <see cref="FirstGroup"/>.</summary>
    /// <param name="sink">The end.</param>
    public RowStage BuildBehindGroup(RowSink sink) => Build(sink, _firstGroupAt + 1);

    private RowStage Build(RowSink sink, int from)
    {
        RowStage stage = sink;
        for (var i = _stages.Count - 1; i >= from; i--) stage = _stages[i](stage);
        return stage;
    }

    private bool TakeStage()
    {
        if (_arguments.TryWord("LOAD")) TakeLoad();
        else if (_arguments.TryWord("APPLY")) TakeApply();
        else if (_arguments.TryWord("FILTER")) TakeFilter();
        else if (_arguments.TryWord("GROUPBY")) TakeGroup();
        else if (_arguments.TryWord("SORTBY")) TakeSort();
        else if (_arguments.TryWord("LIMIT")) TakeLimit();
        else return false;
        return true;
    }

    private bool TakeOption()
    {
        if (_arguments.TryWord("ADDSCORES"))
        {
            Properties.Add("__score");
            _loads++;
            _stages.Add(next => new LoadStage([new ReturnedProperty("__score", "__score")]) { Next = next });
            return true;
        }

        if (!_arguments.TryWord("WITHCURSOR")) return false;
        CursorCount = 1_000;
        while (!_arguments.IsAtEnd)
        {
            if (_arguments.TryWord("COUNT"))
                CursorCount = (int)_arguments.Whole("COUNT", 1, RowStage.RowsMax);
            else if (_arguments.TryWord("MAXIDLE"))
                CursorIdle = TimeSpan.FromMilliseconds(_arguments.Whole("MAXIDLE", 1, 300_000));
            else break;
        }

        return true;
    }

    private void TakeLoad()
    {
        if (_arguments.TryWord("*"))
        {
            LoadsAll = true;
            _loads++;
            _stages.Add(next => new LoadStage(null) { Next = next });
            return;
        }

        var words = _arguments.Counted("LOAD");
        var loaded = new List<ReturnedProperty>();
        for (var i = 0; i < words.Count; i++)
        {
            var name = words[i].TrimStart('@');
            var isRenamed = i + 2 < words.Count && words[i + 1].Equals("AS", StringComparison.OrdinalIgnoreCase);
            loaded.Add(new ReturnedProperty(name, isRenamed ? words[i + 2] : name));
            Loaded.Add(name);
            if (isRenamed)
            {
                _renamed.Add(words[i + 2]);
                i += 2;
            }
        }

        _loads++;
        _stages.Add(next => new LoadStage(loaded) { Next = next });
    }

    private void TakeApply()
    {
        var expression = Expression("APPLY");
        if (!_arguments.TryWord("AS")) _arguments.Fail("AS needs argument");
        var name = _arguments.Text("AS");
        if (expression is not null) _stages.Add(next => new ApplyStage(expression, name) { Next = next });
    }

    private void TakeFilter()
    {
        if (Expression("FILTER") is { } expression) _stages.Add(next => new FilterStage(expression) { Next = next });
    }

    private Expression? Expression(string what)
    {
        var text = _arguments.Text(what);
        if (_arguments.Error is not null) return null;
        if (ExpressionParser.TryParse(text, Properties, out var expression, out var error)) return expression;
        _arguments.Fail(error);
        return null;
    }

    private void TakeGroup()
    {
        var properties = _arguments.Counted("GROUPBY").Select(name => name.TrimStart('@')).ToArray();
        Properties.UnionWith(properties);
        var reducers = new List<ReducerPlan>();
        while (_arguments.TryWord("REDUCE"))
            if (ReducerPlan.Read(_arguments, Properties) is { } reducer) reducers.Add(reducer);
        var plan = new GroupPlan(properties, reducers);
        if (FirstGroup is null && _loads == _stages.Count) (FirstGroup, _firstGroupAt) = (plan, _stages.Count);
        _stages.Add(next => new GroupStage(plan) { Next = next });
    }

    private void TakeSort()
    {
        var keys = new List<(string Name, bool IsDescending)>();
        foreach (var word in _arguments.Counted("SORTBY"))
        {
            var isDirection = word.ToUpperInvariant() is "ASC" or "DESC" && keys.Count > 0;
            if (isDirection) keys[^1] = (keys[^1].Name, word.Equals("DESC", StringComparison.OrdinalIgnoreCase));
            else keys.Add((word.TrimStart('@'), false));
        }

        Properties.UnionWith(keys.Select(key => key.Name));
        var most = _arguments.TryWord("MAX") ? (int)_arguments.Whole("MAX", 0, RowStage.RowsMax) : 0;
        _stages.Add(next => new SortStage(keys, most) { Next = next });
    }

    private void TakeLimit()
    {
        var (offset, count) = (_arguments.Whole("LIMIT", 0, int.MaxValue), _arguments.Whole("LIMIT", 0, int.MaxValue));
        _stages.Add(next => new LimitStage(offset, count) { Next = next });
    }
}
