using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What the shards answered to one search: the replies, whose bytes the hits' sources lie in, and what they say. One
/// search; dispose it when the hits were copied out.
/// </summary>
internal sealed class ShardAnswers : IDisposable
{
    private readonly List<Reply> _replies = [];
    private readonly HeldBytes.Share _held;

    /// <summary>Reads the replies; it owns them and their share of the bytes held from then on.</summary>
    public ShardAnswers(
        Reply[] replies, HeldBytes.Share held, AggregationReduce? aggregations, KnownFields? knownFields)
    {
        Aggregations = aggregations;
        KnownFields = knownFields;
        _replies.AddRange(replies);
        _held = held;
        Latest = replies;
        Read = [.. replies.Select(TryRead)];
    }

    /// <summary>What was made of the aggregations of all that answered; null where there are none.</summary>
    public AggregationReduce? Aggregations { get; }

    /// <summary>The fields that the shards were told of.</summary>
    public KnownFields? KnownFields { get; }

    /// <summary>The latest reply of each shard.</summary>
    public Reply[] Latest { get; }

    /// <summary>What it says; null where the shard did not answer well.</summary>
    public SearchReply?[] Read { get; }

    /// <summary>The index that came last of those they are of; null where the collection never had another.</summary>
    public ServedIndex? Served => Read.Select(answer => answer?.Served).MaxBy(served => served?.Since ?? 0);

    /// <summary>Whether they are not all of one index.</summary>
    public bool AreOfSeveral => Read.OfType<SearchReply>().Select(answer => answer.Served?.Name).Distinct().Count() > 1;

    /// <summary>Whether all are of the index that serves since then, as other answers were.</summary>
    public bool AreOf(IReadOnlySet<ulong> since) =>
        Read.OfType<SearchReply>().Select(answer => answer.Served?.Since ?? 0).Union(since).Count() <= 1;

    /// <summary>The fields of each shard that answered; null where they are as it was told.</summary>
    public IReadOnlyList<KnownField>?[] FieldsHere =>
        [.. Read.OfType<SearchReply>().Select(answer => answer.FieldsHere)];

    /// <summary>Puts another reply of a shard in the place of an earlier one, if it is a good one.</summary>
    public void Replace(int shard, Reply reply)
    {
        _replies.Add(reply);
        _held.Add(reply.Body.Length);
        if (TryRead(reply) is not { } read) return;
        Latest[shard] = reply;
        Read[shard] = read;
    }

    /// <summary>
    /// What each shard counted: what it says now, else what it said before; null where it never said.
    /// </summary>
    public TermStatistics?[] Statistics(TermStatistics?[] before)
    {
        var all = new TermStatistics?[Read.Length];
        for (var i = 0; i < all.Length; i++) all[i] = Read[i]?.Statistics ?? (i < before.Length ? before[i] : null);
        return all;
    }

    /// <summary>Whether one shard's error is the answer for all: then it is the caller's, the rest disposed.</summary>
    public bool TryPickError(out Reply error)
    {
        if (!ShardErrors.TryPick(Latest, out error)) return false;
        _replies.Clear();
        _held.Dispose();
        return true;
    }

    public void Dispose()
    {
        foreach (var reply in _replies) reply.Dispose();
        _replies.Clear();
        _held.Dispose();
    }

    private static SearchReply? TryRead(Reply reply) =>
        reply.Status == StatusCode.Ok && SearchCodec.TryRead(reply.Body, out SearchReply? answer, out _)
            ? answer
            : null;
}
