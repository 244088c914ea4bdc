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
}

/// <summary>The functions' numbers in one segment, of documents that rise. One thread.</summary>
internal sealed class FunctionReaders
{
    private readonly FunctionClause[] _clauses;
    private readonly FactorReader[] _readers;
    private readonly Scorer?[] _filters;
    private readonly double[] _values;
    private readonly double[] _weights;
    private int _count;

    public FunctionReaders(FunctionClause[] clauses, SegmentView view, SearchBudget budget)
    {
        _clauses = clauses;
        _readers = [.. clauses.Select(clause => clause.Factor.Open(view))];
        _filters = [.. clauses.Select(clause => clause.Filter?.Open(view, budget))];
        _values = new double[clauses.Length];
        _weights = new double[clauses.Length];
    }

    /// <summary>No document of the segment has a higher factor.</summary>
    public double Bound(FunctionRules rules) => rules.Bound(_clauses, [.. _readers.Select(reader => reader.Bound)]);

    /// <summary>The weights of those that counted in the last read.</summary>
    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, _count);

    /// <summary>The numbers of those that count for a document.</summary>
    public ReadOnlySpan<double> Read(int document)
    {
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

    public override double Ceiling { get; }

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
