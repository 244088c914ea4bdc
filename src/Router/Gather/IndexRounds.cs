using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Asks every shard for an index of this name.</summary>
internal delegate Task<Reply[]> AskIndex(string name);

/// <summary>
/// Rounds of requests to all shards, other than searches, whose answers have to be of one index. Thread-safe.
/// </summary>
/// <remarks>
/// An answer's version says since when its index serves, and not which one it is. Where versions differ, a search that
/// finds nothing is asked which came last, and the round is done again for that one: see <see cref="IndexMoves"/>.
/// </remarks>
internal sealed class IndexRounds(CallServices services, ShardCalls shards, SearchGather search)
{
    /// <summary>For the clock and the options.</summary>
    public CallServices Services => services;

    /// <summary>Whom to ask.</summary>
    public ShardCalls Shards => shards;

    /// <summary>Begins a request, of one round or several.</summary>
    public IndexMoves Begin(string collection) => new(services.Counters, collection);

    /// <summary>Asks until all answers are of one index.</summary>
    /// <param name="moves">Of the request; what was followed before holds for this round too.</param>
    /// <param name="ask">Sends it.</param>
    /// <param name="allowPartial">Whether some shards will do to tell which index came last.</param>
    /// <param name="deadlineAt">By when.</param>
    /// <param name="cancel">The caller's.</param>
    /// <returns>The replies, to be disposed; or why there are none that belong together.</returns>
    public async ValueTask<(Reply[]? Replies, Reply Refusal)> AskAsync(
        IndexMoves moves, AskIndex ask, bool allowPartial, long deadlineAt, CancellationToken cancel)
    {
        while (true)
        {
            var replies = await ask(moves.Name).ConfigureAwait(false);
            if (moves.GoesBack(replies))
            {
                ShardCalls.Dispose(replies);
                continue;
            }

            ServedIndex[] seen =
            [
                .. replies.Where(reply => reply.Status == StatusCode.Ok).Select(reply => reply.Header.Version)
                    .Distinct().Select(since => new ServedIndex("", since)),
            ];
            if (seen.Length <= 1) return (replies, default);
            ShardCalls.Dispose(replies);
            var (latest, refusal) = await LatestAsync(moves.Name, allowPartial, deadlineAt, cancel)
                .ConfigureAwait(false);
            if (refusal is { } error) return (null, error);
            moves.Follow(seen, latest, replies);
            if (moves.AreTooMany) return (null, moves.Refusal());
        }
    }

    private async ValueTask<(ServedIndex? Latest, Reply? Refusal)> LatestAsync(
        string name, bool allowPartial, long deadlineAt, CancellationToken cancel)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(
            output,
            new SearchRequest
            {
                Collection = name, Query = new MatchAllQuery(), Size = 0, TotalUpTo = 0, AllowPartial = allowPartial,
            });
        var reply = await search.SearchAdmittedAsync(output.WrittenMemory, deadlineAt, cancel).ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok || !SearchCodec.TryRead(reply.Body, out SearchReply? read, out _))
            return (null, reply);
        using (reply) return (read.Served, null);
    }
}
