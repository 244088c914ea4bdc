using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// What another weight matches, with scores that functions change, and perhaps only the better of it.
/// </summary>
internal sealed class FunctionWeight(Weight inner, FunctionClause[] clauses, FunctionRules rules) : Weight
{
    /// <summary>What a weight matches that scores so much.</summary>
    public static FunctionWeight Above(Weight inner, double least) =>
        new(inner, [], new FunctionRules(FunctionsMode.Multiply, BoostMode.Multiply, null, least));

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget) =>
        inner.Open(view, budget) is { } scorer
            ? new FunctionScorer(scorer, new FunctionReaders(clauses, view, budget), rules)
            : null;

    /// <inheritdoc/>
    public override ClauseSet? OpenClauses(SegmentView view, SearchBudget budget)
    {
        if (rules.MinScore is not null) return base.OpenClauses(view, budget);
        return inner.OpenClauses(view, budget) is { } found ? Changed(found, view, budget) : null;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ClauseSet>? OpenParts(SegmentView view, SearchBudget budget) =>
        rules.MinScore is null && inner.OpenParts(view, budget) is { } parts
            ? [.. parts.Select(part => Changed(part, view, budget))]
            : null;

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (ScoreOf(view, document, budget) is not { } score
            || inner.Explain(view, document, budget) is not { } own) return null;
        var parts = new List<Explanation> { own };
        for (var i = 0; i < clauses.Length; i++)
        {
            if (new FunctionReaders([clauses[i]], view, budget).Read(document) is not [var value]) continue;
            parts.Add(new Explanation(
                (float)(value * clauses[i].Weight), $"function {i + 1}: {clauses[i].Factor.Description}", []));
        }

        return new Explanation(
            (float)score, $"score and functions ({rules.Functions}), joined ({rules.Boost})", parts);
    }

    private ClauseSet Changed(ClauseSet found, SegmentView view, SearchBudget budget) => found with
    {
        Change = new FunctionChange(() => new FunctionReaders(clauses, view, budget), rules, found.Change),
    };
}

/// <summary>Functions of the sum of a query's clauses.</summary>
/// <param name="open">Opens the functions of the segment, once.</param>
/// <param name="rules">How they are joined; without a least score.</param>
/// <param name="within">What happens to the sum before; null for nothing.</param>
internal sealed class FunctionChange(Func<FunctionReaders> open, FunctionRules rules, ScoreChange? within) : ScoreChange
{
    private FunctionReaders? _readers;
    private double _factor;

    /// <inheritdoc/>
    public override void Apply(Candidates candidates)
    {
        if (within is not null)
        {
            var least = candidates.ScoreMin;
            candidates.ScoreMin = double.NegativeInfinity;
            within.Apply(candidates);
            candidates.ScoreMin = least;
        }

        var readers = Readers();
        for (var i = 0; i < candidates.Count; i++)
        {
            var values = readers.Read(candidates.Documents[i]);
            candidates.Scores[i] = rules.Score(candidates.Scores[i], rules.Factor(values, readers.Weights));
        }

        candidates.Filter();
    }

    /// <inheritdoc/>
    protected override double LeastOf(double score)
    {
        Readers();
        var least = rules.Least(score, _factor);
        return within?.Least(least) ?? least;
    }

    private FunctionReaders Readers()
    {
        if (_readers is not null) return _readers;
        _readers = open();
        _factor = _readers.Bound(rules);
        return _readers;
    }
}

/// <summary>The functions' numbers in one segment. One thread.</summary>
internal sealed class FunctionReaders
{
    private readonly FunctionClause[] _clauses;
    private readonly FactorReader[] _readers;
    private readonly Scorer?[] _filters;
    private readonly SegmentView _view;
    private readonly SearchBudget _budget;
    private readonly double[] _values;
    private readonly double[] _weights;
    private int _count;
    private int _document = -1;

    public FunctionReaders(FunctionClause[] clauses, SegmentView view, SearchBudget budget)
    {
        _clauses = clauses;
        _view = view;
        _budget = budget;
        _readers = [.. clauses.Select(clause => clause.Factor.Open(view))];
        _filters = new Scorer?[clauses.Length];
        OpenFilters();
        _values = new double[clauses.Length];
        _weights = new double[clauses.Length];
    }

    /// <summary>No document of the segment has a higher factor.</summary>
    public double Bound(FunctionRules rules) => rules.Bound(_clauses, [.. _readers.Select(reader => reader.Bound)]);

    /// <summary>The weights of those that counted in the last read.</summary>
    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, _count);

    /// <summary>The numbers of those that count for a document. Documents rise, or begin again.</summary>
    public ReadOnlySpan<double> Read(int document)
    {
        if (document < _document) OpenFilters();
        _document = document;
        _count = 0;
        for (var i = 0; i < _clauses.Length; i++)
        {
            if (_clauses[i].Filter is not null && !IsMatch(_filters[i], document)) continue;
            if (!_readers[i].TryRead(document, out var value)) continue;
            _values[_count] = value;
            _weights[_count++] = _clauses[i].Weight;
        }

        return _values.AsSpan(0, _count);
    }

    private void OpenFilters()
    {
        for (var i = 0; i < _filters.Length; i++) _filters[i] = _clauses[i].Filter?.Open(_view, _budget);
    }

    private static bool IsMatch(Scorer? filter, int document)
    {
        if (filter is null) return false;
        return (filter.Document < document ? filter.Advance(document) : filter.Document) == document;
    }
}

/// <summary>See <see cref="FunctionWeight"/>.</summary>
internal sealed class FunctionScorer : TwoPhaseScorer
{
    private readonly Scorer _inner;
    private readonly FunctionReaders _readers;
    private readonly FunctionRules _rules;
    private readonly double _factor;
    private int _scored = -1;
    private float _score;

    public FunctionScorer(Scorer inner, FunctionReaders readers, FunctionRules rules)
    {
        _inner = inner;
        _readers = readers;
        _rules = rules;
        _factor = readers.Bound(rules);
        Ceiling = rules.Ceiling(inner.Ceiling, _factor);
    }

    public override long Cost => _inner.Cost;

    public override int KnownCount => _rules.MinScore is null ? _inner.KnownCount : -1;

    public override bool IsDear => _rules.MinScore is not null || _inner.IsDear;

    public override double Ceiling { get; }

    public override bool TryRewind()
    {
        Document = -1;
        _scored = -1;
        return _inner.TryRewind();
    }

    public override void Mark(Span<ulong> words, int first, int from, int to)
    {
        if (_rules.MinScore is null) _inner.Mark(words, first, from, to);
        else base.Mark(words, first, from, to);
    }

    public override int ZoneEnd(int document) => _inner.ZoneEnd(document);

    public override double MaxScore(int from, int to) => double.IsFinite(Ceiling)
        ? Math.Min(Ceiling, _rules.Ceiling(_inner.MaxScore(from, to), _factor))
        : Ceiling;

    public override int NextCandidate() => Document = _inner.NextCandidate();

    public override int AdvanceCandidate(int target) => Document = _inner.AdvanceCandidate(target);

    public override bool Confirm() =>
        _inner.Confirm() && (_rules.MinScore is null || _rules.IsEnough((float)Score()));

    public override double Score()
    {
        if (_scored == Document) return _score;
        _scored = Document;
        var values = _readers.Read(Document);
        return _score = _rules.Score(_inner.Score(), _rules.Factor(values, _readers.Weights));
    }
}
