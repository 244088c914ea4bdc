namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// A step of FT.AGGREGATE: takes rows one by one and gives some to the next. One thread.
/// </summary>
internal abstract class RowStage
{
    /// <summary>Rows, or groups, that one step may hold: 100,000. For bytes see <see cref="RowBudget"/>.</summary>
    public const int RowsMax = 100_000;

    /// <summary>The step behind this one.</summary>
    public required RowStage? Next { get; init; }

    /// <summary>Whether it wants no more rows.</summary>
    public virtual bool IsDone => Next?.IsDone ?? false;

    /// <summary>What is wrong, here or elsewhere; null when nothing is.</summary>
    public string? Error => Budget.Error;

    /// <summary>What the steps of the command hold together.</summary>
    public virtual RowBudget Budget => Next!.Budget;

    /// <summary>Takes a row.</summary>
    public abstract void Take(Row row);

    /// <summary>There are no more rows.</summary>
    public virtual void End() => Next?.End();

    /// <summary>Notes what is wrong.</summary>
    protected void Fail(string error) => Budget.Fail(error);
}

/// <summary>LOAD: shows properties of the document.</summary>
/// <param name="properties">Each with what it is shown as; null for all.</param>
internal sealed class LoadStage(IReadOnlyList<ReturnedProperty>? properties) : RowStage
{
    /// <inheritdoc/>
    public override void Take(Row row)
    {
        if (properties is null) row.ShowAll();
        foreach (var property in properties ?? [])
            if (row.GetAsWritten(property.Name) is { IsNone: false } value) row.Set(property.Shown, value);
        Next!.Take(row);
    }
}

/// <summary>APPLY: adds a property.</summary>
/// <remarks>
/// What is made of one row by all steps is charged too, while the row is on its way: texts and lists may be far longer
/// than the document. One that took long to make is a reason to look at the clock.
/// </remarks>
internal sealed class ApplyStage(Expression expression, string name) : RowStage
{
    private const long LongBytes = 64 << 10;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        var value = expression.Of(row);
        var bytes = value.Bytes;
        if (!Budget.TryTake(bytes)) return;
        row.Set(name, value);
        if (bytes < LongBytes || Budget.Look()) Next!.Take(row);
        Budget.Give(bytes);
    }
}

/// <summary>FILTER: lets some rows pass.</summary>
internal sealed class FilterStage(Expression expression) : RowStage
{
    /// <inheritdoc/>
    public override void Take(Row row)
    {
        if (expression.Of(row).IsTrue) Next!.Take(row);
    }
}

/// <summary>LIMIT: passes over some rows and then takes so many.</summary>
internal sealed class LimitStage(long offset, long count) : RowStage
{
    private long _seen;

    /// <inheritdoc/>
    public override bool IsDone => _seen >= offset + count || base.IsDone;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        if (_seen++ >= offset && _seen <= offset + count) Next!.Take(row);
    }
}

/// <summary>SORTBY: holds the rows and gives them in order.</summary>
/// <param name="keys">First key first.</param>
/// <param name="most">MAX: how many of the first are wanted; 0 for all.</param>
internal sealed class SortStage(IReadOnlyList<(string Name, bool IsDescending)> keys, int most) : RowStage
{
    private readonly List<(Row Row, int Number)> _rows = [];
    private int _taken;

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        if (!Budget.TryTake(row.Bytes)) return;
        _rows.Add((row, _taken++));
        // Trimmed now and then, so that each row is sorted a few times at most.
        if (most > 0 && _rows.Count >= (2 * most) + 1_000) Sort(most);
        if (most == 0 && _rows.Count > RowsMax)
            Fail($"SORTBY would hold more than {RowsMax} rows; give it a MAX, or narrow the query");
    }

    /// <inheritdoc/>
    public override void End()
    {
        Sort(most > 0 ? most : _rows.Count);
        foreach (var (row, _) in _rows)
        {
            if (Next!.IsDone || !Budget.Spend()) break;
            // Whoever keeps it takes it anew.
            Budget.Give(row.Bytes);
            Next.Take(row);
        }

        Next!.End();
    }

    private void Sort(int kept)
    {
        if (!Budget.Look()) return;
        _rows.Sort(Compare);
        for (var i = kept; i < _rows.Count; i++) Budget.Give(_rows[i].Row.Bytes);
        if (kept < _rows.Count) _rows.RemoveRange(kept, _rows.Count - kept);
    }

    private int Compare((Row Row, int Number) a, (Row Row, int Number) b)
    {
        foreach (var (name, isDescending) in keys)
        {
            var (left, right) = (a.Row.Get(name), b.Row.Get(name));
            var order = left.CompareTo(right);
            if (order == 0) continue;
            // Rows without a value come last in either direction.
            return isDescending && !left.IsNone && !right.IsNone ? -order : order;
        }

        return a.Number.CompareTo(b.Number);
    }
}

/// <summary>The end: keeps what comes out.</summary>
internal sealed class RowSink(RowBudget budget) : RowStage
{
    private readonly List<Row> _rows = [];

    /// <summary>What came out.</summary>
    public IReadOnlyList<Row> Rows => _rows;

    /// <inheritdoc/>
    public override RowBudget Budget => budget;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        if (_rows.Count >= RowsMax) Fail($"The answer would have more than {RowsMax} rows; give a LIMIT");
        else if (budget.TryTake(row.Bytes)) _rows.Add(row);
    }
}
