namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>A GROUPBY with its reducers.</summary>
internal sealed record GroupPlan(IReadOnlyList<string> Properties, IReadOnlyList<ReducerPlan> Reducers)
{
    /// <summary>The order of groups: that of their values, first one first; none stands last.</summary>
    public static int Compare(Cell[] a, Cell[] b)
    {
        for (var i = 0; i < a.Length; i++)
            if (a[i].CompareExactly(b[i]) is var order && order != 0) return order;
        return 0;
    }

    /// <summary>The row of a group.</summary>
    /// <param name="values">Of the properties.</param>
    /// <param name="results">Of the reducers.</param>
    public Row RowOf(Cell[] values, Cell[] results)
    {
        var row = new Row();
        for (var i = 0; i < values.Length; i++) row.Set(Properties[i], values[i]);
        for (var i = 0; i < results.Length; i++) row.Set(Reducers[i].Name, results[i]);
        return row;
    }
}
