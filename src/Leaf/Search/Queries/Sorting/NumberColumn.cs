using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Order by numbers of all kinds: the rank is the number, whole or as it sorts.</summary>
internal sealed class NumberColumn : SortColumn
{
    private readonly FieldType _type;
    private readonly bool _isFloating;
    private readonly ValueMode _mode;
    private readonly long? _missing;
    private ValueColumn _column;
    private long[] _whole = [];
    private double[] _floating = [];

    private NumberColumn(SortKey key, FieldType type, bool isFloating, long? missing)
        : base(key)
    {
        _type = type;
        _isFloating = isFloating;
        _missing = missing;
        _mode = key.Mode ?? (key.Descending ? ValueMode.Max : ValueMode.Min);
    }

    /// <summary>The column of a key.</summary>
    public static NumberColumn? Of(SortKey key, FieldType type, out string? problem)
    {
        problem = null;
        var isFloating = key.NumericType is { } numbers ? numbers == SortNumbers.Floating : type == FieldType.Number;
        if (key.Missing is null) return new NumberColumn(key, type, isFloating, null);
        if (isFloating && type is FieldType.Number or FieldType.Integer
            && FieldValue.TryReadNumber(key.Missing, out var number))
            return new NumberColumn(key, type, isFloating, FieldValue.Sortable(number));
        if (FieldValue.TryRead(type, key.Missing, out var missing))
            return new NumberColumn(key, type, isFloating, RankOf(type, missing, isFloating));
        problem = $"sort by '{key.Field}': as the value of what is missing, '{key.Missing}' is not allowed; expected "
            + $"one of the {FieldValue.Kind(type)} that the field holds";
        return null;
    }

    public override void Enter(SegmentView view) => _column = view.Segment.Field(Key.Field, _type)?.Column ?? default;

    public override bool TryZone(int document, out SortZone zone)
    {
        zone = default;
        // A sum is beyond the values, and so may a mean of rounded ones be.
        var isOneOfThem = _mode is ValueMode.Min or ValueMode.Max;
        if (!_column.IsEmpty && _column.HasSeveral && !isOneOfThem) return false;
        zone = BlockOf(_column, document);
        if (zone.Low <= zone.High)
        {
            zone = zone with
            {
                Low = RankOf(_type, zone.Low, _isFloating), High = RankOf(_type, zone.High, _isFloating),
            };
        }

        zone = zone.Lacking(_missing);
        return true;
    }

    public override bool TryRank(int document, Scorer scorer, out long rank)
    {
        rank = _missing ?? 0;
        var count = _column.Count(document);
        if (count == 0) return _missing is not null;
        rank = count == 1 ? RankOf(_type, _column[document, 0], _isFloating)
            : _isFloating ? FieldValue.Sortable(Floating(document, count))
            : Whole(document, count);
        return true;
    }

    public override SortCell Read(int document, Scorer scorer) =>
        TryRank(document, scorer, out var rank) ? new SortCell(rank, null, false) : SortCell.Missing;

    public override long RankOf(in SortCell cell) => cell.Rank;

    public override SortValue ValueOf(in SortCell cell) =>
        _isFloating ? SortValue.Of(FieldValue.Number(cell.Rank)) : SortValue.Of(cell.Rank);

    protected override SortCell? Cell(SortValue value)
    {
        if (value.Text is { } text)
            return FieldValue.TryRead(_type, text, out var read) ? Of(RankOf(_type, read, _isFloating)) : null;
        if (_isFloating) return Of(FieldValue.Sortable(value.Number ?? value.Whole!.Value));
        if (value.Whole is { } whole) return Of(whole);
        var number = value.Number!.Value;
        return number == Math.Floor(number) && Math.Abs(number) < long.MaxValue ? Of((long)number) : null;

        static SortCell Of(long rank) => new(rank, null, false);
    }

    private static long RankOf(FieldType type, long value, bool isFloating)
    {
        if (isFloating) return type == FieldType.Number ? value : FieldValue.Sortable(value);
        return type == FieldType.Number ? (long)FieldValue.Number(value) : value;
    }

    private double Floating(int document, int count)
    {
        if (_floating.Length < count) _floating = new double[count * 2];
        for (var i = 0; i < count; i++) _floating[i] = FieldValue.NumberOf(_type, _column[document, i]);
        return Several.Of(_mode, _floating.AsSpan(0, count));
    }

    private long Whole(int document, int count)
    {
        if (_whole.Length < count) _whole = new long[count * 2];
        for (var i = 0; i < count; i++) _whole[i] = RankOf(_type, _column[document, i], isFloating: false);
        return Several.Of(_mode, _whole.AsSpan(0, count));
    }
}
