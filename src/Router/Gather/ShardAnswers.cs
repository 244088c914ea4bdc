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
    private readonly ServedIndex? _asked;
    private readonly Dictionary<int, Reply> _unfinished = [];

    /// <summary>Reads the replies; it owns them and their share of the bytes held from then on.</summary>
    /// <param name="replies">Of all shards.</param>
    /// <param name="held">Their bytes.</param>
    /// <param name="aggregations">What is made of those of all that answered.</param>
    /// <param name="knownFields">The fields that the shards were told of.</param>
    /// <param name="asked">The index that they were asked for by its own name; null where it was the collection's.
    /// </param>
    public ShardAnswers(
        Reply[] replies, HeldBytes.Share held, AggregationReduce? aggregations, KnownFields? knownFields,
        ServedIndex? asked)
    {
        _asked = asked;
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
    public ServedIndex? Served =>
        Read.Select(answer => answer?.Served).MaxBy(served => served?.Since ?? 0) ?? _asked;

    /// <summary>
    /// The index of each that answered. One asked for by its own name need not say it; without a name and since ever:
    /// of the one that the collection had first.
    /// </summary>
    public IEnumerable<ServedIndex> Indexes => Read.OfType<SearchReply>()
        .Select(answer => answer.Served ?? _asked ?? new ServedIndex("", 0));

    /// <summary>Whether they are not all of one index.</summary>
    public bool AreOfSeveral
    {
        get
        {
            SearchReply? first = null;
            foreach (var answer in Read)
            {
                if (answer is null) continue;
                first ??= answer;
                if ((answer.Served ?? _asked)?.Name != (first.Served ?? _asked)?.Name) return true;
            }

            return false;
        }
    }

    /// <summary>Whether all are of the index that serves since then, as other answers were.</summary>
    public bool AreOf(IReadOnlySet<ulong> since) =>
        Read.OfType<SearchReply>().Select(answer => answer.Served?.Since ?? 0).Union(since).Count() <= 1;

    /// <summary>Shards that had more hits to give and did not in time, and what they answered instead.</summary>
    public IReadOnlyDictionary<int, Reply> Unfinished => _unfinished;

    /// <summary>The fields of each shard that answered; null where they are as it was told.</summary>
    public IReadOnlyList<KnownField>?[] FieldsHere =>
        [.. Read.OfType<SearchReply>().Select(answer => answer.FieldsHere)];

    /// <summary>
    /// Puts a reply with more hits of a shard in the place of the earlier one, if it has them all; else the shard is
    /// <see cref="Unfinished"/>.
    /// </summary>
    public void Refill(int shard, Reply reply)
    {
        _replies.Add(reply);
        _held.Add(reply.Body.Length);
        if (TryRead(reply) is { Coverage.IsWhole: true } read)
        {
            Latest[shard] = reply;
            Read[shard] = read;
        }
        else
        {
            _unfinished.Add(shard, reply);
        }
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
