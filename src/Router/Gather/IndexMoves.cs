using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Which index of a collection one request asks its shards for. Its name may come to lead to another index, leaf by
/// leaf; where shards answered of different ones, all are asked once more for the one that came last, by its own name,
/// which leads to no other. One request; one thread at a time.
/// </summary>
/// <remarks>
/// No leaf changes over before all have the index, so that one move is nearly always the last. It is not where another
/// change comes on the way, and never where a leaf has missed one for good: then the same indexes are seen again, and
/// that ends it, as <see cref="Most"/> moves do whatever is seen. Phases and begins of one request count together.
/// </remarks>
/// <param name="counters">Counts moves.</param>
/// <param name="collection">The name that was asked for.</param>
internal sealed class IndexMoves(CounterSet counters, string collection)
{
    /// <summary>Changes of an index in one request that are followed; nobody makes so many.</summary>
    public const int Most = 5;

    private HashSet<string>? _seen;
    private int _moves;
    private int _unknown;

    /// <summary>The index that is asked for by its own name; null while it is the collection.</summary>
    public ServedIndex? Followed { get; private set; }

    /// <summary>What to ask for.</summary>
    public string Name => Followed?.Name ?? collection;

    /// <summary>Whether it is of no use to ask again: see <see cref="Refusal"/>.</summary>
    public bool AreTooMany { get; private set; }

    /// <summary>The answer where there are too many.</summary>
    public Reply Refusal() => RouterReply.Error(
        StatusCode.Unavailable,
        $"The leaves do not agree on the index of '{collection}': it was changed more than {Most} times meanwhile, or "
        + "a change of it did not reach every leaf; do that again.");

    /// <summary>
    /// Whether answers to a search are of several indexes, or theirs was gone before all was given: then all begins
    /// anew.
    /// </summary>
    public bool MovesOn(ShardAnswers answers)
    {
        if (GoesBack(answers.Latest)) return true;
        var isLost = answers.Unfinished.Count > 0
            && answers.Unfinished.Values.Any(static reply => reply.Status == StatusCode.NoSuchCollection);
        if (!isLost && !answers.AreOfSeveral) return false;
        Follow(answers.Indexes, isLost ? null : answers.Served, answers.Latest);
        return true;
    }

    /// <summary>
    /// Whether an index that was asked for by its own name is gone from a shard that had it: then the collection's name
    /// is asked for again.
    /// </summary>
    public bool GoesBack(ReadOnlySpan<Reply> replies)
    {
        if (Followed is null || Strangers(replies) <= _unknown) return false;
        Followed = null;
        return true;
    }

    /// <summary>Likewise where that is the answer of all shards.</summary>
    public bool GoesBack(in Reply refusal)
    {
        if (Followed is null || refusal.Status != StatusCode.NoSuchCollection) return false;
        Followed = null;
        return true;
    }

    /// <summary>Asks for the latest of several indexes from now on.</summary>
    /// <param name="seen">All that answers are of.</param>
    /// <param name="latest">The one that came last; null where its name is not known.</param>
    /// <param name="replies">What the shards answered.</param>
    public void Follow(IEnumerable<ServedIndex> seen, ServedIndex? latest, ReadOnlySpan<Reply> replies)
    {
        counters.Count(RouterCounter.SearchesOfSeveralIndexes);
        var all = seen.Distinct().Select(index => string.Create(
            CultureInfo.InvariantCulture, $"{index.Name}@{index.Since}"));
        _seen ??= new HashSet<string>(StringComparer.Ordinal);
        var isNew = _seen.Add(string.Join('|', all.Order(StringComparer.Ordinal)));
        AreTooMany = ++_moves > Most || (!isNew && latest is not null);
        _unknown = Strangers(replies);
        Followed = latest;
    }

    /// <summary>Shards that know no such index; a leaf that came back empty knows none at all.</summary>
    private static int Strangers(ReadOnlySpan<Reply> replies)
    {
        var count = 0;
        foreach (var reply in replies)
            if (reply.Status == StatusCode.NoSuchCollection) count++;
        return count;
    }
}
