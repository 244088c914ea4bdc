using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Fills replicas of a collection whose files are damaged anew from the others of their shard: documents, and deletes
/// that are remembered, under their versions, while clients read the other replicas and write all of them.
/// </summary>
/// <remarks>
/// <para>One call does some of it and answers where to go on (<see cref="RepairPlace"/>); so it takes any time, can be
/// stopped and begun again, and survives this router.</para>
/// <para>One replica alone may lack what others acknowledged. So all others are copied, one after the other, and as
/// many must be well as make sure that each acknowledged write is on one of them.</para>
/// </remarks>
internal sealed class CollectionRepair
{
    /// <summary>What one call copies for, at most; and no longer than a third of its time.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    private readonly CallServices _services;
    private readonly ShardCalls _shards;

    public CollectionRepair(CallServices services, ShardCalls shards)
    {
        _services = services;
        _shards = shards;
    }

    public async ValueTask<Reply> RunAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!RepairCodec.TryRead(body, out RepairRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var table = _shards.Table;
        if (request.Leaf.Length > 0 && table.Topology.Leaves.All(leaf => leaf.Id != request.Leaf))
        {
            return RouterReply.Error(
                StatusCode.BadRequest,
                $"There is no leaf '{request.Leaf}'; there are "
                + $"{string.Join(", ", table.Topology.Leaves.Select(leaf => leaf.Id))}.");
        }

        if (request.Step is not (RepairStep.Look or RepairStep.Copy))
            return RouterReply.Error(StatusCode.BadRequest, "A router takes the steps Look and Copy of a repair.");
        if (!RepairPlace.TryRead(request.Cursor, out var place))
            return RouterReply.Error(StatusCode.BadRequest, "The cursor is none that a repair has answered.");
        var turn = new RepairTurn(_services, _shards, table, request, deadlineAt, cancel);
        return request.Step == RepairStep.Look
            ? await LookAsync(turn).ConfigureAwait(false)
            : await CopyAsync(turn, place).ConfigureAwait(false);
    }

    private static async ValueTask<Reply> LookAsync(RepairTurn turn)
    {
        var rows = new List<ReplicaCondition>();
        foreach (var route in turn.Table.Shards) rows.AddRange(await turn.LookAsync(route).ConfigureAwait(false));
        return rows.TrueForAll(row => row.State == ReplicaState.Unknown)
            ? turn.Unknown(rows)
            : RouterReply.Of(new RepairReply { Replicas = rows }, RepairCodec.Write);
    }

    private async ValueTask<Reply> CopyAsync(RepairTurn turn, RepairPlace place)
    {
        var clock = _services.Clock;
        var stopAt = Math.Min(clock.Now + clock.Ticks(Turn), clock.Now + ((turn.DeadlineAt - clock.Now) / 3));
        var done = new List<ReplicaCondition>();
        do
        {
            if (place.Source.Length == 0)
            {
                var next = await turn.NextAsync(place).ConfigureAwait(false);
                if (turn.Problem is { } refusal) return refusal;
                if (next is null) return Answer(done, turn, "");
                place = next.Value;
            }

            var after = await turn.CopyPageAsync(place).ConfigureAwait(false);
            if (turn.Problem is { } problem) return problem;
            place = after.Place;
            if (after.Filled is { } filled) done.Add(filled);
        }
        while (clock.Now < stopAt);

        return Answer(done, turn, place.Cursor);
    }

    private static Reply Answer(List<ReplicaCondition> done, RepairTurn turn, string cursor) => RouterReply.Of(
        new RepairReply { Replicas = done, Copied = turn.Copied, Cursor = cursor }, RepairCodec.Write);
}
