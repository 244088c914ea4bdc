using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The groups of the hits that are kept: which value a document has, and which hit is the best of its value. One
/// search.
/// </summary>
/// <remarks>
/// Only the groups of the best hits are known, so memory is bounded by the page. That is enough: a group that was
/// driven out had a best hit behind all that are kept, and comes back with any hit that is before one of them.
/// </remarks>
internal sealed class HitGroups
{
    private static readonly FieldType[] Types =
        [FieldType.Keyword, FieldType.Number, FieldType.Integer, FieldType.Date];

    private readonly SortColumn _column;
    private readonly Dictionary<SortCell, SortedHit> _best = new(SameCells.Instance);

    private HitGroups(SortColumn column) => _column = column;

    /// <summary>The groups that a request wants; null where it wants none, or the problem says why.</summary>
    public static HitGroups? For(SearchRequest request, CollectionFields fields, out string? problem)
    {
        problem = null;
        if (request.Collapse is not { } collapse) return null;
        var number = fields.Find(collapse.Field);
        if (number < 0 ? !fields.TakesUnknown : !Types.Contains(fields.Fields[number].Type))
        {
            problem = $"hits cannot be collapsed by '{collapse.Field}'; the collection's fields that can are "
                + fields.Names(Types);
            return null;
        }

        var isFirstKey = request.Sort.Count > 0 && request.Sort[0].Field == collapse.Field;
        if (request.After is not null && !(isFirstKey && IsOrderOfGroups(request.Sort[0], fields, number)))
        {
            problem = $"collapsed hits are paged by search_after only where they are ordered by '{collapse.Field}' "
                + "first, as its values are: in another order a group would come again with its next hit";
            return null;
        }

        var key = new SortKey(collapse.Field, isFirstKey && request.Sort[0].Descending);
        return SortColumn.Of(key, fields, out problem) is { } column ? new HitGroups(column) : null;
    }

    /// <summary>Whether a key of the groups' field puts each group in a place of its own.</summary>
    private static bool IsOrderOfGroups(SortKey key, CollectionFields fields, int field)
    {
        var isOwnMode = key.Mode is null || key.Mode == (key.Descending ? ValueMode.Max : ValueMode.Min);
        var isOwnType = key.NumericType is null
            || (field >= 0 && fields.Fields[field].Type == FieldType.Number
                == (key.NumericType == SortNumbers.Floating));
        return isOwnMode && isOwnType && key.Missing is null;
    }

    /// <summary>Goes to a segment.</summary>
    public void Enter(SegmentView view) => _column.Enter(view);

    /// <summary>The value of a document of the segment.</summary>
    public SortCell Of(int document, Scorer scorer) => _column.Read(document, scorer);

    /// <summary>The best hit of a value so far; null where none is kept.</summary>
    public SortedHit? Best(in SortCell value) => _best.GetValueOrDefault(value);

    /// <summary>Takes a hit for the best of its value.</summary>
    public void Keep(SortedHit hit) => _best[hit.Group] = hit;

    /// <summary>Forgets a hit and its value.</summary>
    public void Forget(SortedHit hit) => _best.Remove(hit.Group);

    /// <summary>A value as a client gets it.</summary>
    public SortValue ValueOf(in SortCell cell) => cell.IsMissing ? default : _column.ValueOf(cell);

    private sealed class SameCells : IEqualityComparer<SortCell>
    {
        public static readonly SameCells Instance = new();

        public bool Equals(SortCell x, SortCell y) => x.IsMissing == y.IsMissing && x.Rank == y.Rank
            && x.Text is null == y.Text is null && x.Text.AsSpan().SequenceEqual(y.Text);

        public int GetHashCode(SortCell cell)
        {
            var hash = default(HashCode);
            hash.Add(cell.IsMissing);
            hash.Add(cell.Rank);
            if (cell.Text is not null) hash.AddBytes(cell.Text);
            return hash.ToHashCode();
        }
    }
}
