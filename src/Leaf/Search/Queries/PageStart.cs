using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Where a page begins in an order by keys: behind a hit that may be of any segment, or be gone. One search.
/// </summary>
internal sealed class PageStart
{
    private readonly SortColumn[] _columns;
    private readonly SortCell[] _cells;
    private readonly byte[]? _path;
    private readonly long[] _ranks;
    private int _pathRank;

    private PageStart(SortColumn[] columns, SortCell[] cells, byte[]? path)
    {
        _columns = columns;
        _cells = cells;
        _path = path;
        _ranks = new long[cells.Length];
    }

    /// <summary>The start that a request names; null where it begins with the first, or the problem says why.</summary>
    public static PageStart? Of(SearchAfter? after, SortColumn[] columns, out string? problem)
    {
        problem = null;
        if (after is null) return null;
        if (after.Values.Count != columns.Length)
        {
            problem = $"search_after has {after.Values.Count} values for {columns.Length} sort keys; it takes one for "
                + "each, and perhaps the path behind them";
            return null;
        }

        var cells = new SortCell[columns.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            if (columns[i].CellOf(after.Values[i]) is { } cell)
            {
                cells[i] = cell;
                continue;
            }

            problem = $"search_after has {Describe(after.Values[i])} for the sort key '{columns[i].Key.Field}', which "
                + "orders by values of another kind";
            return null;
        }

        return new PageStart(columns, cells, after.Path is null ? null : Encoding.UTF8.GetBytes(after.Path));
    }

    private static string Describe(SortValue value) =>
        value.Text is { } text ? $"'{text}'"
        : value.Whole?.ToString(CultureInfo.InvariantCulture)
        ?? value.Number?.ToString(CultureInfo.InvariantCulture) ?? "null";

    /// <summary>The same behind all that have the first key's value.</summary>
    public PageStart OfFirstKey() => new(_columns[..1], _cells[..1], null);

    /// <summary>Goes to the segment that the columns were entered for.</summary>
    public void Enter(SegmentView view)
    {
        for (var i = 0; i < _cells.Length; i++)
            if (!_cells[i].IsMissing) _ranks[i] = _columns[i].RankOf(_cells[i]);
        _pathRank = _path is null ? int.MaxValue : BehindPath(view.Segment.Paths, _path);
    }

    /// <summary>Whether a document of a zone of the first key may stand behind the start.</summary>
    public bool MayBeBehind(in SortZone zone) =>
        zone.MayStandBehindOrAt(_columns[0].Key, _cells[0].IsMissing, _ranks[0]);

    /// <summary>Whether a document of the segment stands behind the start.</summary>
    public bool IsBehind(int document, Scorer scorer)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            var column = _columns[i];
            var hasRank = column.TryRank(document, scorer, out var rank);
            if (!hasRank && _cells[i].IsMissing) continue;
            if (!hasRank) return !column.Key.MissingFirst;
            if (_cells[i].IsMissing) return column.Key.MissingFirst;
            if (rank == _ranks[i]) continue;
            return rank > _ranks[i] != column.Key.Descending;
        }

        return document >= _pathRank;
    }

    /// <summary>The first document of a segment whose path is behind this one.</summary>
    public static int BehindPath(PathTable paths, byte[] path)
    {
        var place = paths.LowerBound(path);
        return place < paths.Count && paths.Read(place).AsSpan().SequenceEqual(path) ? place + 1 : place;
    }
}
