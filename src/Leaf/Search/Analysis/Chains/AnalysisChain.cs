using System.Collections.Concurrent;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// An analyzer put together from parts. Documents and queries pass through the same parts, but for synonyms, which are
/// for queries only: so they may change at any time. Thread-safe; what a run needs is kept for the next.
/// </summary>
/// <remarks>
/// <code>
///   text -> char filters -> text -> tokenizer -> word -> filter -> word -> filter ... -> sink
///             TextMap                TextCutter           TokenStage       TokenStage    LastStage
/// </code>
/// Words are pushed one by one through the stages, so that a chain holds no more of a text than its widest filter looks
/// at, however many grams it makes. Places in the text are led back through the char filters at the very end.
/// </remarks>
internal sealed class AnalysisChain
{
    private readonly AnalyzerSchema _schema;
    private readonly List<CharFilter> _charFilters = [];
    private readonly List<FilterPlan> _filters = [];
    private readonly CutterPlan _cutter;

    private AnalysisChain(AnalyzerSchema schema, IReadOnlyDictionary<string, SynonymSet> sets)
    {
        _schema = schema;
        var parts = schema.CharFilters.Count + 1 + schema.Filters.Count;
        if (parts > AnalyzerSchema.PartsMax)
            throw new AnalysisException($"it has {parts} parts; at most {AnalyzerSchema.PartsMax} are allowed");
        var multiplying = schema.Filters.Append(schema.Tokenizer)
            .Count(part => part.Type is "ngram" or "edge_ngram" or "shingle");
        if (multiplying > ChainLimits.MultiplyingMax)
        {
            throw new AnalysisException(
                $"it has {multiplying} parts that make several words of one (ngram, edge_ngram, shingle); at most "
                + $"{ChainLimits.MultiplyingMax} are allowed");
        }

        var scope = new ChainScope(sets, WayOf);
        foreach (var part in schema.CharFilters) _charFilters.Add(ChainParts.CharFilter(part, scope));
        _cutter = ChainParts.Tokenizer(schema.Tokenizer, scope);
        foreach (var part in schema.Filters)
        {
            var filter = ChainParts.Filter(part, scope);
            CheckPlace(part.Type, filter);
            _filters.Add(filter);
        }

        ForDocuments = new Face(this, isQuery: false);
        ForQueries = _filters.Exists(filter => filter.IsForQueries) ? new Face(this, isQuery: true) : ForDocuments;
    }

    /// <summary>What documents are indexed by.</summary>
    public IAnalyzer ForDocuments { get; }

    /// <summary>What queries are read by.</summary>
    public IAnalyzer ForQueries { get; }

    /// <summary>Makes a chain.</summary>
    /// <exception cref="AnalysisException">It is not declared as it has to be.</exception>
    public static AnalysisChain Make(AnalyzerSchema schema, IReadOnlyDictionary<string, SynonymSet> sets) =>
        new(schema, sets);

    /// <summary>What each part makes of a text: the parts, and the words behind the last.</summary>
    /// <exception cref="AnalysisException">Its patterns would look at too much.</exception>
    public List<AnalyzeStage> Explain(string text, bool isQuery)
    {
        var work = new PatternWork();
        Count(text, work);
        if (work.IsOver) throw new AnalysisException("the text is too much work: " + PatternWork.Problem);
        var filters = isQuery ? _filters : [.. _filters.Where(filter => !filter.IsForQueries)];
        return new ChainTrace(_schema.Tokenizer.Type).Run(_schema, _charFilters, _cutter, filters, text, isQuery);
    }

    // What its patterns do to a text, without its words: that alone can cost more than the text is long.
    private void Count(ReadOnlySpan<char> text, PatternWork work)
    {
        var last = _cutter.IsCostly ? _charFilters.Count - 1 : _charFilters.FindLastIndex(filter => filter.IsCostly);
        var length = text.Length;
        for (var i = 0; i <= last && !work.IsOver; i++) text = _charFilters[i].Apply(text, length, work).Text;
        if (_cutter.IsCostly && !work.IsOver) _cutter.Make().Count(text, work);
    }

    private void CheckPlace(string type, FilterPlan filter)
    {
        if (filter.IsForQueries && _filters.Exists(before => before.Stacks))
        {
            throw new AnalysisException(
                $"{type}: a part before it puts several words in one place (synonyms, grams, shingles, or an original "
                + "that is kept); its rules are of words that stand one by one. Put it before that part");
        }

        if (!_filters.Exists(before => before.IsForQueries)) return;
        if (filter.IsOneToOne && !filter.Drops && !filter.Stacks) return;
        throw new AnalysisException(
            $"{type}: it stands behind synonyms, where only parts are allowed that make one word of one: lowercase, "
            + "uppercase, nfkc, asciifolding, stemmer, elision, apostrophe, trim, truncate, reverse, keyword_marker");
    }

    private SynonymWay WayOf(string text)
    {
        var words = new WordList();
        new ChainRun(_charFilters, _cutter, _filters).Run(text, words);
        var first = words.Count == 0 ? 0 : words[0].Step;
        return new SynonymWay([.. words.Select(word => (word.Word, word.Step - first))]);
    }

    private string Normalize(string text)
    {
        var length = text.Length;
        foreach (var filter in _charFilters)
            text = filter.Apply(text, length, PatternWork.Unbounded).Text.ToString();
        foreach (var filter in _filters) text = filter.Normalize?.Invoke(text) ?? text;
        return text;
    }

    /// <summary>The chain as one side sees it.</summary>
    private sealed class Face(AnalysisChain chain, bool isQuery) : IAnalyzer
    {
        private readonly ConcurrentBag<ChainRun> _idle = [];
        private readonly FilterPlan[] _filters =
            [.. chain._filters.Where(filter => isQuery || !filter.IsForQueries)];

        public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
        {
            // One that a sink threw into is not used again.
            if (!_idle.TryTake(out var run)) run = new ChainRun(chain._charFilters, chain._cutter, _filters);
            run.Run(text, sink);
            _idle.Add(run);
        }

        public string Normalize(string text) => chain.Normalize(text);

        public bool IsCostly { get; } =
            chain._cutter.IsCostly || chain._charFilters.Exists(filter => filter.IsCostly);

        public void Count(ReadOnlySpan<char> text, PatternWork work) => chain.Count(text, work);
    }

    private sealed class WordList : List<(string Word, int Step)>, ITokenSink
    {
        public void Add(ReadOnlySpan<char> term, int position, int start, int end) => Add((term.ToString(), position));
    }
}
