using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>One key of an order: how documents rank by it in the segment entered. One search.</summary>
internal abstract class SortColumn(SortKey key)
{
    /// <summary>The key of the request.</summary>
    public SortKey Key { get; } = key;

    /// <summary>The column of a key.</summary>
    /// <param name="key">A field's name, or the score or the path.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="problem">Why there is none.</param>
    public static SortColumn? Of(SortKey key, CollectionFields fields, out string? problem)
    {
        problem = null;
        if (key.Field == SortKey.Score) return new ScoreColumn(key);
        if (key.Field == SortKey.Path) return new PathColumn(key);
        var number = fields.Find(key.Field);
        var type = number < 0 ? FieldType.Text : fields.Fields[number].Type;
        if (number < 0 && fields.TakesUnknown)
        {
            return key.Distance is null
                ? NumberColumn.Of(key, FieldType.Number, out problem)
                : DistanceColumn.Of(key, out problem);
        }

        if (key.Distance is not null && type == FieldType.GeoPoint) return DistanceColumn.Of(key, out problem);
        if (key.Distance is not null)
        {
            problem = $"hits cannot be ordered by the distance of '{key.Field}'; the collection's fields that can are "
                + fields.Names(FieldType.GeoPoint);
            return null;
        }

        if (type == FieldType.Keyword) return KeywordColumn.Of(key, out problem);
        if (PlanScope.NumberTypes.Contains(type)) return NumberColumn.Of(key, type, out problem);
        problem = $"hits cannot be ordered by '{key.Field}'; the collection's fields that can are " +
            fields.Names(FieldType.Keyword, FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.Boolean) +
            $", and there are '{SortKey.Score}' and '{SortKey.Path}'";
        return null;
    }

    /// <summary>Goes to a segment.</summary>
    public abstract void Enter(SegmentView view);

    /// <summary>
    /// How documents from one on rank together; false where this key knows no more than it says of each.
    /// </summary>
    /// <param name="document">One of the segment.</param>
    /// <param name="zone">It, and some behind it.</param>
    public virtual bool TryZone(int document, out SortZone zone)
    {
        zone = default;
        return false;
    }

    /// <summary>The rank of a document in the segment; false when it has no value.</summary>
    public abstract bool TryRank(int document, Scorer scorer, out long rank);

    /// <summary>The value of a document of the segment.</summary>
    public abstract SortCell Read(int document, Scorer scorer);

    /// <summary>Where a value, perhaps of another segment, ranks in this one.</summary>
    public abstract long RankOf(in SortCell cell);

    /// <summary>A value that a client sends as that of a hit; null when this key has no such values.</summary>
    public SortCell? CellOf(SortValue value) => value.IsMissing ? SortCell.Missing : Cell(value);

    /// <summary>The same for one that is not missing.</summary>
    protected abstract SortCell? Cell(SortValue value);

    /// <summary>Of several values the lowest in a rising order and the highest in a falling one.</summary>
    internal static bool TryRead(ValueColumn column, int document, bool highest, out long value)
    {
        value = 0;
        var count = column.Count(document);
        for (var i = 0; i < count; i++)
        {
            var next = column[document, i];
            if (i == 0 || (highest ? next > value : next < value)) value = next;
        }

        return count > 0;
    }

    /// <summary>The bounds of the block of a column that a document lies in.</summary>
    internal static SortZone BlockOf(ValueColumn column, int document)
    {
        if (column.IsEmpty) return new SortZone(1, 0, true, Scorer.End);
        var (low, high) = column.Bounds(document);
        return new SortZone(low, high, !column.HasEvery, (document | (ValueColumn.BlockDocuments - 1)) + 1);
    }

    /// <summary>A value, which is not missing, as clients get it.</summary>
    public virtual SortValue ValueOf(in SortCell cell) => cell.Text is { } text
        ? SortValue.Of(Encoding.UTF8.GetString(text))
        : SortValue.Of(FieldValue.Number(cell.Rank));

    /// <summary>The score, as the float that hits carry.</summary>
    private sealed class ScoreColumn(SortKey key) : SortColumn(key)
    {
        public override void Enter(SegmentView view)
        {
        }

        public override bool TryRank(int document, Scorer scorer, out long rank)
        {
            rank = FieldValue.Sortable(Scorer.Told(scorer.Score()));
            return true;
        }

        public override SortCell Read(int document, Scorer scorer) =>
            new(FieldValue.Sortable(Scorer.Told(scorer.Score())), null, false);

        public override long RankOf(in SortCell cell) => cell.Rank;

        protected override SortCell? Cell(SortValue value) => value.Text is null
            ? new SortCell(FieldValue.Sortable((float)(value.Number ?? value.Whole!.Value)), null, false)
            : null;
    }

    /// <summary>The path: documents of a segment are numbered in its order.</summary>
    private sealed class PathColumn(SortKey key) : SortColumn(key)
    {
        private PathTable? _paths;

        public override void Enter(SegmentView view) => _paths = view.Segment.Paths;

        public override bool TryZone(int document, out SortZone zone)
        {
            var end = (document | (ValueColumn.BlockDocuments - 1)) + 1;
            zone = new SortZone((2L * document) + 1, (2L * (end - 1)) + 1, false, end);
            return true;
        }

        public override bool TryRank(int document, Scorer scorer, out long rank)
        {
            rank = (2L * document) + 1;
            return true;
        }

        public override SortCell Read(int document, Scorer scorer) => new(0, _paths!.Read(document), false);

        public override long RankOf(in SortCell cell)
        {
            var place = _paths!.LowerBound(cell.Text);
            var isHere = place < _paths.Count && _paths.Read(place).AsSpan().SequenceEqual(cell.Text);
            return (2L * place) + (isHere ? 1 : 0);
        }

        protected override SortCell? Cell(SortValue value) =>
            value.Text is { } text ? new SortCell(0, Encoding.UTF8.GetBytes(text), false) : null;
    }
}
