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
        CancellationToken cancel, ushort session = 0)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            var route = table.Shards[shard];
            var reply = await AskAsync(table, route, kind, opcode, body, deadlineAt, cancel, session: session)
                .ConfigureAwait(false);
            if (again || !await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(reply, table.Epoch);
        }
    }

    /// <summary>Asks by this route, as it is.</summary>
    public ValueTask<Reply> AskAsync(
        RoutingTable table, ShardRoute route, OperationClass kind, Opcode opcode, ReadOnlyMemory<byte> body,
        long deadlineAt, CancellationToken cancel, FrameFlags flags = FrameFlags.None, ushort session = 0)
    {
        var header = new RequestHeader
        {
            Opcode = opcode, Epoch = table.Epoch, Shard = route.Shard, Flags = flags, Session = session,
        };
        return _services.Reads.Rent().RunAsync(route, kind, header, body, versionMin: 0, deadlineAt, cancel);
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
