namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// What REDUCE makes of the rows of one group; of a list it takes each value. What it computes does not depend on the
/// order of the rows, unless that is asked for. One thread.
/// </summary>
internal abstract class Reducer
{
    /// <summary>What came of the rows so far.</summary>
    public abstract Cell Result { get; }

    /// <summary>Takes a row; false, with an error in the budget, when it would hold more than it may.</summary>
    public abstract bool TryTake(Row row, RowBudget budget);
}

/// <summary>COUNT.</summary>
internal sealed class CountReducer : Reducer
{
    private long _count;

    /// <inheritdoc/>
    public override Cell Result => Cell.Of(_count);

    /// <inheritdoc/>
    public override bool TryTake(Row row, RowBudget budget)
    {
        _count++;
        return true;
    }
}

/// <summary>A reducer of the values of one property.</summary>
internal abstract class ValueReducer(string property) : Reducer
{
    /// <inheritdoc/>
    public override bool TryTake(Row row, RowBudget budget)
    {
        var value = row.Get(property);
        if (value.List is not { } list) return value.IsNone || TryTake(value, budget);
        for (var i = 0; i < list.Count; i++)
            if (!list[i].IsNone && !TryTake(list[i], budget)) return false;
        return true;
    }

    /// <summary>Takes one value.</summary>
    protected abstract bool TryTake(Cell value, RowBudget budget);
}

/// <summary>SUM, AVG, MIN, MAX, STDDEV: by the numbers of a property.</summary>
internal sealed class NumberReducer(string property, NumberKind kind) : ValueReducer(property)
{
    private readonly ExactParts _sum = new();
    private readonly ExactParts _squares = new();
    private double _beyond;
    private NumberSummary _summary = NumberSummary.None;

    /// <inheritdoc/>
    public override Cell Result => Cell.Of((_summary with
    {
        Sum = _beyond == 0 ? Math.Clamp(_sum.Value, double.MinValue, double.MaxValue) : _beyond,
        SampleVariance = double.IsFinite(_beyond) ? _sum.SampleVariance(_squares, _summary.Count) : null,
    }).Of(kind));

    /// <inheritdoc/>
    protected override bool TryTake(Cell value, RowBudget budget)
    {
        if (!value.TryNumber(out var number)) return true;
        _summary = _summary.With(number);
        if (kind is NumberKind.Least or NumberKind.Greatest) return true;
        var square = number * number;
        var isFinite = double.IsFinite(number) && (kind != NumberKind.Deviation || double.IsFinite(square));
        if (!isFinite)
        {
            _beyond += number * double.PositiveInfinity;
            return true;
        }

        var grown = _sum.Add(number);
        if (kind == NumberKind.Deviation)
        {
            grown += _squares.Add(square);
            grown += _squares.Add(Math.FusedMultiplyAdd(number, number, -square));
        }

        return grown == 0 || budget.TryTake(grown);
    }
}

/// <summary>COUNT_DISTINCT and TOLIST: each value once, in the order they came.</summary>
internal sealed class DistinctReducer(string property, bool asList) : ValueReducer(property)
{
    private const int ValueBytes = 48;

    private readonly HashSet<Cell> _seen = [];
    private readonly List<Cell> _values = [];

    /// <inheritdoc/>
    public override Cell Result => asList ? Cell.Of(_values) : Cell.Of(_seen.Count);

    /// <inheritdoc/>
    protected override bool TryTake(Cell value, RowBudget budget)
    {
        if (!_seen.Add(value)) return true;
        if (asList) _values.Add(value);
        return budget.TryTakeValue(ValueBytes + value.Bytes);
    }
}

/// <summary>QUANTILE: the value below which such a share of the numbers lies. Exact.</summary>
internal sealed class QuantileReducer(string property, double share) : ValueReducer(property)
{
    private readonly List<double> _numbers = [];

    /// <inheritdoc/>
    public override Cell Result
    {
        get
        {
            if (_numbers.Count == 0) return Cell.None;
            _numbers.Sort();
            return Cell.Of(_numbers[(int)RankOf(share, _numbers.Count)]);
        }
    }

    /// <summary>Which of so many numbers, lowest first, has a share of them below it.</summary>
    public static long RankOf(double share, long count) =>
        Math.Clamp((long)Math.Ceiling(share * count) - 1, 0, count - 1);

    /// <inheritdoc/>
    protected override bool TryTake(Cell value, RowBudget budget)
    {
        if (!value.TryNumber(out var number)) return true;
        _numbers.Add(number);
        return budget.TryTakeValue(2 * sizeof(double));
    }
}

/// <summary>FIRST_VALUE: a property of the row that comes first, by another property or as they come.</summary>
internal sealed class FirstReducer(string property, string? by, bool isDescending) : Reducer
{
    private Cell _value;
    private Cell _key;
    private bool _hasRow;

    /// <inheritdoc/>
    public override Cell Result => _value;

    /// <inheritdoc/>
    public override bool TryTake(Row row, RowBudget budget)
    {
        var key = by is null ? Cell.None : row.Get(by);
        var order = key.CompareTo(_key);
        var isBetter = isDescending && !key.IsNone && !_key.IsNone ? order > 0 : order < 0;
        if (_hasRow && !isBetter) return true;
        budget.Give(_value.Bytes + _key.Bytes);
        (_value, _key, _hasRow) = (row.Get(property), key, true);
        return budget.TryTake(_value.Bytes + _key.Bytes);
    }
}
