using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Order by keywords: the rank is four times the ordinal and two. Those that the segment does not have stand between:
/// the value of what is missing in the middle, others on its two sides.
/// </summary>
internal sealed class KeywordColumn : SortColumn
{
    private readonly bool _highest;
    private readonly byte[]? _missing;
    private ValueColumn _column;
    private TermDictionary? _terms;
    private TermCursor? _cursor;
    private long _missingRank;

    private KeywordColumn(SortKey key)
        : base(key)
    {
        _highest = key.Mode is { } mode ? mode == ValueMode.Max : key.Descending;
        _missing = key.Missing is { } missing ? Encoding.UTF8.GetBytes(missing) : null;
    }

    /// <summary>The column of a key.</summary>
    public static KeywordColumn? Of(SortKey key, out string? problem)
    {
        var hasMode = key.Mode is null or ValueMode.Min or ValueMode.Max;
        problem = key.NumericType is not null ? "has no numeric type"
            : !hasMode ? $"has no mode {key.Mode}; there are min and max"
            : null;
        if (problem is null) return new KeywordColumn(key);
        problem = $"sort by '{key.Field}', which holds keywords, {problem}";
        return null;
    }

    public override void Enter(SegmentView view)
    {
        var field = view.Segment.Field(Key.Field, FieldType.Keyword);
        _column = field?.Column ?? default;
        _terms = field?.Terms;
        _cursor = _terms?.Cursor();
        if (_missing is not null) _missingRank = RankOf(new SortCell(0, _missing, false));
    }

    public override bool TryZone(int document, out SortZone zone)
    {
        zone = BlockOf(_column, document);
        if (zone.Low <= zone.High) zone = zone with { Low = (4 * zone.Low) + 2, High = (4 * zone.High) + 2 };
        zone = zone.Lacking(_missing is null ? null : _missingRank);
        return true;
    }

    public override bool TryRank(int document, Scorer scorer, out long rank)
    {
        var hasValue = TryRead(_column, document, _highest, out var ordinal);
        rank = hasValue ? (4 * ordinal) + 2 : _missingRank;
        return hasValue || _missing is not null;
    }

    public override SortCell Read(int document, Scorer scorer)
    {
        if (!TryRead(_column, document, _highest, out var ordinal))
            return _missing is null ? SortCell.Missing : new SortCell(0, _missing, false);
        _cursor!.SeekOrdinal((int)ordinal);
        return new SortCell(0, _cursor.Term.ToArray(), false);
    }

    public override long RankOf(in SortCell cell)
    {
        if (_terms is not null && _terms.TryFind(cell.Text, out var entry)) return (4L * entry.Ordinal) + 2;
        var between = 4L * (_terms?.LowerBound(cell.Text) ?? 0);
        return _missing is null ? between : between + Math.Sign(cell.Text.AsSpan().SequenceCompareTo(_missing));
    }

    protected override SortCell? Cell(SortValue value) =>
        value.Text is { } text ? new SortCell(0, Encoding.UTF8.GetBytes(text), false) : null;
}
