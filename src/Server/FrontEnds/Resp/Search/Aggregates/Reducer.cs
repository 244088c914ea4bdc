namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>What REDUCE makes of the rows of one group. One thread.</summary>
internal abstract class Reducer
{
    /// <summary>What came of the rows so far.</summary>
    public abstract Cell Result { get; }

    /// <summary>Takes a row; false when it would hold more than it may.</summary>
    public abstract bool TryTake(Row row);
}

/// <summary>COUNT.</summary>
internal sealed class CountReducer : Reducer
{
    private long _count;

    /// <inheritdoc/>
    public override Cell Result => Cell.Of(_count);

    /// <inheritdoc/>
    public override bool TryTake(Row row)
    {
        _count++;
        return true;
    }
}

/// <summary>SUM, AVG, MIN, MAX, STDDEV: by the numbers of a property.</summary>
internal sealed class NumberReducer(string property, Func<NumberReducer, double> result) : Reducer
{
    private double _mean;
    private double _squares;

    /// <summary>Numbers taken.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>The least; infinity of none.</summary>
    public double Least { get; private set; } = double.PositiveInfinity;

    /// <summary>The greatest; minus infinity of none.</summary>
    public double Greatest { get; private set; } = double.NegativeInfinity;

    /// <summary>The deviation of a sample, by Welford's sums; 0 of one number.</summary>
    public double Deviation => Count > 1 ? Math.Sqrt(_squares / (Count - 1)) : 0;

    /// <inheritdoc/>
    public override Cell Result => Cell.Of(result(this));

    /// <inheritdoc/>
    public override bool TryTake(Row row)
    {
        if (!row.Get(property).TryNumber(out var number)) return true;
        Count++;
        Sum += number;
        Least = Math.Min(Least, number);
        Greatest = Math.Max(Greatest, number);
        var delta = number - _mean;
        _mean += delta / Count;
        _squares += delta * (number - _mean);
        return true;
    }
}

/// <summary>COUNT_DISTINCT and TOLIST: each value once, in the order they came.</summary>
internal sealed class DistinctReducer(string property, bool asList) : Reducer
{
    private readonly HashSet<Cell> _seen = [];
    private readonly List<Cell> _values = [];

    /// <inheritdoc/>
    public override Cell Result => asList ? Cell.Of(_values) : Cell.Of(_seen.Count);

    /// <inheritdoc/>
    public override bool TryTake(Row row)
    {
        var value = row.Get(property);
        if (value.IsNone || !_seen.Add(value)) return true;
        if (asList) _values.Add(value);
        return _seen.Count <= RowStage.RowsMax;
    }
}

/// <summary>QUANTILE: the value below which such a share of the numbers lies. Exact.</summary>
internal sealed class QuantileReducer(string property, double share) : Reducer
{
    private readonly List<double> _numbers = [];

    /// <inheritdoc/>
    public override Cell Result
    {
        get
        {
            if (_numbers.Count == 0) return Cell.None;
            _numbers.Sort();
            return Cell.Of(_numbers[Math.Clamp((int)Math.Ceiling(share * _numbers.Count) - 1, 0, _numbers.Count - 1)]);
        }
    }

    /// <inheritdoc/>
    public override bool TryTake(Row row)
    {
        if (row.Get(property).TryNumber(out var number)) _numbers.Add(number);
        return _numbers.Count <= RowStage.RowsMax;
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
    public override bool TryTake(Row row)
    {
        var key = by is null ? Cell.None : row.Get(by);
        var order = key.CompareTo(_key);
        var isBetter = isDescending && !key.IsNone && !_key.IsNone ? order > 0 : order < 0;
        if (_hasRow && !isBetter) return true;
        (_value, _key, _hasRow) = (row.Get(property), key, true);
        return true;
    }
}
