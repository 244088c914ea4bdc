namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// GROUPBY: one row for each combination of values, with what its reducers make of the rows in it; in the order of the
/// values. A row whose value is a list is in the group of each of them.
/// </summary>
internal sealed class GroupStage(GroupPlan plan) : RowStage
{
    /// <summary>Groups that one row may be in.</summary>
    private const int CombinationsMax = 1_024;

    /// <summary>Bytes of a group, and of each of its values and reducers.</summary>
    private const int GroupBytes = 128, PartBytes = 64;

    private readonly Dictionary<GroupKey, Reducer[]> _groups = [];

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override void Take(Row row)
    {
        var values = new Cell[plan.Properties.Count];
        var combinations = 1L;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = row.Get(plan.Properties[i]);
            if (values[i].List is { } list) combinations *= Math.Max(1, list.Count);
        }

        if (combinations == 1 && !values.Any(value => value.List is not null)) Add(values, row);
        else if (combinations <= CombinationsMax) AddEach(values, row);
        else Fail($"A row is in {combinations} groups by lists of values; at most {CombinationsMax} are allowed");
    }

    /// <inheritdoc/>
    public override void End()
    {
        var groups = _groups.ToArray();
        if (Budget.Look()) Array.Sort(groups, static (a, b) => a.Key.CompareTo(b.Key));
        foreach (var (key, states) in groups)
        {
            if (Next!.IsDone || !Budget.Spend()) break;
            Next.Take(plan.RowOf(key.Values, [.. states.Select(state => state.Result)]));
        }

        Next!.End();
    }

    private void AddEach(Cell[] values, Row row)
    {
        var seen = new HashSet<GroupKey>();
        var places = new int[values.Length];
        do
        {
            var key = new Cell[values.Length];
            for (var i = 0; i < key.Length; i++) key[i] = Of(values[i], places[i]);
            if (seen.Add(new GroupKey(key))) Add(key, row);
        }
        while (TryNext(values, places) && Error is null);
    }

    private static Cell Of(Cell value, int place) =>
        value.List is not { } list ? value : list.Count == 0 ? Cell.None : list[place];

    private static bool TryNext(Cell[] values, int[] places)
    {
        for (var i = places.Length - 1; i >= 0; i--)
        {
            if (++places[i] < (values[i].List?.Count ?? 1)) return true;
            places[i] = 0;
        }

        return false;
    }

    private void Add(Cell[] values, Row row)
    {
        var key = new GroupKey(values);
        if (!_groups.TryGetValue(key, out var states))
        {
            if (_groups.Count >= RowsMax)
            {
                Fail($"GROUPBY would make more than {RowsMax} groups");
                return;
            }

            long bytes = GroupBytes + (PartBytes * (values.Length + plan.Reducers.Count));
            foreach (var value in values) bytes += value.Bytes;
            if (!Budget.TryTake(bytes)) return;
            _groups[key] = states = [.. plan.Reducers.Select(reducer => reducer.Make())];
        }

        foreach (var state in states)
            if (!state.TryTake(row, Budget)) return;
    }

    private readonly struct GroupKey(Cell[] values) : IEquatable<GroupKey>, IComparable<GroupKey>
    {
        public Cell[] Values { get; } = values;

        public bool Equals(GroupKey other) => Values.AsSpan().SequenceEqual(other.Values);

        public override bool Equals(object? obj) => obj is GroupKey other && Equals(other);

        public int CompareTo(GroupKey other) => GroupPlan.Compare(Values, other.Values);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var value in Values) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
