namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>GROUPBY: one row for each combination of values, with what its reducers make of the rows in it.</summary>
internal sealed class GroupStage(IReadOnlyList<string> properties, IReadOnlyList<ReducerPlan> reducers) : RowStage
{
    private readonly Dictionary<GroupKey, Reducer[]> _groups = [];

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        var key = new GroupKey([.. properties.Select(row.Get)]);
        if (!_groups.TryGetValue(key, out var states))
        {
            if (_groups.Count >= RowsMax)
            {
                Fail($"GROUPBY would make more than {RowsMax} groups");
                return;
            }

            _groups[key] = states = [.. reducers.Select(plan => plan.Make())];
        }

        foreach (var state in states)
            if (!state.TryTake(row)) Fail($"A reducer would hold more than {RowsMax} values");
    }

    /// <inheritdoc/>
    public override void End()
    {
        foreach (var (key, states) in _groups)
        {
            if (Next!.IsDone) break;
            var row = new Row();
            for (var i = 0; i < properties.Count; i++) row.Set(properties[i], key.Values[i]);
            for (var i = 0; i < states.Length; i++) row.Set(reducers[i].Name, states[i].Result);
            Next.Take(row);
        }

        Next!.End();
    }

    private readonly struct GroupKey(Cell[] values) : IEquatable<GroupKey>
    {
        public Cell[] Values { get; } = values;

        public bool Equals(GroupKey other) => Values.AsSpan().SequenceEqual(other.Values);

        public override bool Equals(object? obj) => obj is GroupKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var value in Values) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
