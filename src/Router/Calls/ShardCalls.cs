using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Requests to shards and to single leaves, with the header filled in and a new topology followed once.
/// </summary>
internal sealed class ShardCalls
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public ShardCalls(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    public RoutingTable Table => _tables.Current;

    /// <summary>Asks one replica of a shard, another if need be.</summary>
    public async ValueTask<Reply> ReadAsync(
        int shard, OperationClass kind, Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt,
        CancellationToken cancel, ushort session = 0, ScatterPace? pace = null)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            var route = table.Shards[shard];
            var reply = await AskAsync(
                table, route, kind, opcode, body, deadlineAt, cancel, session: session, pace: pace)
                .ConfigureAwait(false);
            if (again || !await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(reply, table.Epoch);
        }
    }

    /// <summary>Asks the leaf that holds a snapshot of a shard, and no other: others have other ones.</summary>
    public async ValueTask<Reply> ReadHeldAsync(
        HeldShard held, Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            var route = table.Shards[held.Shard];
            var replica = Array.FindIndex(route.Replicas, leaf => leaf.Endpoint.Id == held.Leaf);
            if (replica < 0)
            {
                return RouterReply.Error(
                    StatusCode.PointInTimeGone,
                    $"The point in time's snapshot of shard {held.Shard} is on {held.Leaf}, which does not hold that "
                    + $"shard any more ({route.ReplicaNames} do). Open another.");
            }

            var reply = await AskAsync(
                table, route.Only(replica), OperationClass.Addressed, opcode, body, deadlineAt, cancel)
                .ConfigureAwait(false);
            if (!again && await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false)) continue;
            return Unreachable(RoutingTables.Explain(reply, table.Epoch), held);
        }
    }

    /// <summary>Says of a leaf that does not answer what hangs on it.</summary>
    private static Reply Unreachable(Reply reply, HeldShard held)
    {
        if (reply.Status != StatusCode.Unavailable) return reply;
        using (reply)
        {
            return RouterReply.Error(
                StatusCode.Unavailable,
                $"The point in time's snapshot of shard {held.Shard} is on {held.Leaf} alone, which cannot be reached: "
                + $"{RouterReply.Text(reply)} If it does not come back as it was, open another.");
        }
    }

    /// <summary>Asks by this route, as it is.</summary>
    public ValueTask<Reply> AskAsync(
        RoutingTable table, ShardRoute route, OperationClass kind, Opcode opcode, ReadOnlyMemory<byte> body,
        long deadlineAt, CancellationToken cancel, FrameFlags flags = FrameFlags.None, ushort session = 0,
        ScatterPace? pace = null)
    {
        var header = new RequestHeader
        {
            Opcode = opcode, Epoch = table.Epoch, Shard = route.Shard, Flags = flags, Session = session,
        };
        return _services.Reads.Rent().RunAsync(
            route, kind, header, body, versionMin: 0, deadlineAt, cancel, pace: pace,
            tally: _services.Tallies?.Value);
    }

    /// <summary>Asks every shard at the same time. Dispose each answer.</summary>
    public Task<Reply[]> ScatterAsync(
        OperationClass kind, Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var pending = new Task<Reply>[Table.Shards.Length];
        for (var i = 0; i < pending.Length; i++)
            pending[i] = ReadAsync(i, kind, opcode, body, deadlineAt, cancel).AsTask();
        return AllAsync(pending);
    }

    /// <summary>All the answers, or, when the caller cancelled, none: those that came are disposed.</summary>
    public static async Task<Reply[]> AllAsync(IReadOnlyList<Task<Reply>> pending)
    {
        var replies = new Reply[pending.Count];
        OperationCanceledException? cancelled = null;
        for (var i = 0; i < pending.Count; i++)
        {
            try
            {
                replies[i] = await pending[i].ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                cancelled = e;
            }
        }

        if (cancelled is null) return replies;
        Dispose(replies);
        throw cancelled;
    }

    public static void Dispose(ReadOnlySpan<Reply> replies)
    {
        foreach (var reply in replies) reply.Dispose();
    }
}
