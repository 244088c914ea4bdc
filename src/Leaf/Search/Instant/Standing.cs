using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>What a document of an instant search is ordered by: <see cref="InstantRanking"/>, its rank as stored.
/// </summary>
/// <param name="Words">Words it matches.</param>
/// <param name="Typos">In all of them.</param>
/// <param name="Proximity">How far apart they stand.</param>
/// <param name="Attribute">In which fields.</param>
/// <param name="Exactness">How many stand there whole.</param>
/// <param name="Rank">What is highest comes first; null last.</param>
internal readonly record struct Standing(
    int Words, int Typos, int Proximity, int Attribute, int Exactness, long? Rank) : IComparable<Standing>
{
    /// <summary>Below zero for what comes first.</summary>
    public int CompareTo(Standing other)
    {
        if (Words != other.Words) return other.Words - Words;
        if (Typos != other.Typos) return Typos - other.Typos;
        if (Proximity != other.Proximity) return Proximity - other.Proximity;
        if (Attribute != other.Attribute) return Attribute - other.Attribute;
        if (Exactness != other.Exactness) return other.Exactness - Exactness;
        return Nullable.Compare(other.Rank, Rank);
    }

    /// <summary>For the answer.</summary>
    /// <param name="type">Of the field that ranks.</param>
    /// <param name="descending">Whether its values were taken as they are, or negated.</param>
    public InstantRanking ForClient(FieldType type, bool descending)
    {
        var value = Rank is { } rank ? descending ? rank : ~rank : 0;
        var shown = Rank is null ? default
            : type == FieldType.Number ? SortValue.Of(FieldValue.Number(value))
            : SortValue.Of(value);
        return new InstantRanking(Words, Typos, Proximity, Attribute, Exactness, shown);
    }
}

/// <summary>A document and how it stands.</summary>
internal readonly record struct Contender(Standing Standing, int View, int Document);

/// <summary>The best of all documents seen, ties by path. One search; one thread.</summary>
/// <param name="size">How many.</param>
/// <param name="pathOf">The path of one, for ties between segments.</param>
internal sealed class Podium(int size, Func<Contender, byte[]> pathOf)
{
    private readonly SortedSet<Contender> _best = new(new Order(pathOf));

    /// <summary>Whether there are as many as wanted.</summary>
    public bool IsFull => _best.Count >= size;

    /// <summary>Whether one that stands like this, and no better, can still get in.</summary>
    public bool MayTake(in Standing standing) =>
        size > 0 && (!IsFull || standing.CompareTo(_best.Max.Standing) <= 0);

    /// <summary>Takes one in; false when it is not good enough, as none behind it that stands the same is.</summary>
    public bool Offer(in Contender contender)
    {
        if (size == 0 || (IsFull && _best.Comparer.Compare(contender, _best.Max) >= 0)) return false;
        _best.Add(contender);
        if (_best.Count > size) _best.Remove(_best.Max);
        return true;
    }

    /// <summary>The best first.</summary>
    public Contender[] Sorted() => [.. _best];

    private sealed class Order(Func<Contender, byte[]> pathOf) : IComparer<Contender>
    {
        public int Compare(Contender x, Contender y)
        {
            var order = x.Standing.CompareTo(y.Standing);
            if (order != 0) return order;
            return x.View == y.View
                ? x.Document - y.Document
                : pathOf(x).AsSpan().SequenceCompareTo(pathOf(y));
        }
    }
}
