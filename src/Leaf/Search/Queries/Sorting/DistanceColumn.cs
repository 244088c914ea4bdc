using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Order by distance: the rank is the distance in the key's unit, as it sorts.</summary>
internal sealed class DistanceColumn : SortColumn
{
    private readonly GeoPoint[] _from;
    private readonly double _unit;
    private readonly ValueMode _mode;
    private ValueColumn _column;
    private double[] _distances = [];

    private DistanceColumn(SortKey key, SortDistance distance)
        : base(key)
    {
        _from = [.. distance.From];
        _unit = distance.UnitMetres;
        _mode = key.Mode ?? (key.Descending ? ValueMode.Max : ValueMode.Min);
    }

    /// <summary>The column of a key.</summary>
    public static DistanceColumn? Of(SortKey key, out string? problem)
    {
        var distance = key.Distance!;
        problem = distance.From.Count is 0 or > SortDistance.PointsMax
                ? $"is from {distance.From.Count} places; 1 to {SortDistance.PointsMax} are allowed"
            : !(distance.UnitMetres > 0) || !double.IsFinite(distance.UnitMetres) ? "has no unit"
            : key.Mode == ValueMode.Sum ? "has no mode sum; there are min, max, avg and median"
            : key.Missing is not null || key.NumericType is not null ? "knows no value of what is missing and no type"
            : distance.From.Select(GeoPlans.Problem).FirstOrDefault(found => found is not null);
        if (problem is null) return new DistanceColumn(key, distance);
        problem = $"the order by distance of '{key.Field}' is wrong: {problem}";
        return null;
    }

    public override void Enter(SegmentView view) =>
        _column = view.Segment.Field(Key.Field, FieldType.GeoPoint)?.Column ?? default;

    public override bool TryRank(int document, Scorer scorer, out long rank)
    {
        rank = 0;
        var count = _column.Count(document);
        if (count == 0) return false;
        var all = count * _from.Length;
        if (_distances.Length < all) _distances = new double[all * 2];
        for (var i = 0; i < count; i++)
        {
            var point = GeoGrid.Decode(_column[document, i]);
            for (var j = 0; j < _from.Length; j++)
            {
                var distance = GreatCircle.Metres(_from[j], point) / _unit;
                _distances[(i * _from.Length) + j] = Math.Min(distance, double.MaxValue);
            }
        }

        rank = FieldValue.Sortable(Several.Of(_mode, _distances.AsSpan(0, all)));
        return true;
    }

    public override SortCell Read(int document, Scorer scorer) =>
        TryRank(document, scorer, out var rank) ? new SortCell(rank, null, false) : SortCell.Missing;

    public override long RankOf(in SortCell cell) => cell.Rank;

    protected override SortCell? Cell(SortValue value) => (value.Number ?? value.Whole) is { } number
        ? new SortCell(FieldValue.Sortable(number), null, false)
        : null;
}
