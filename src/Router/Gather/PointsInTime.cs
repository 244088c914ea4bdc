using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Opens and closes points in time: a snapshot of one replica of each shard, which the id names together with the leaf
/// that holds it. The router keeps nothing of them.
/// </summary>
internal sealed class PointsInTime
{
    private readonly IndexRounds _rounds;
    private readonly ShardCalls _shards;

    public PointsInTime(IndexRounds rounds)
    {
        _rounds = rounds;
        _shards = rounds.Shards;
    }

    public async ValueTask<Reply> RunAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!PointInTimeCodec.TryRead(body, out PointInTimeRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        return request.Id is { } id
            ? await CloseAsync(request, id, deadlineAt, cancel).ConfigureAwait(false)
            : await OpenAsync(request, deadlineAt, cancel).ConfigureAwait(false);
    }

    /// <summary>What an id says of each shard, by shard; null, and why, when it does not fit the topology.</summary>
    public static HeldShard[]? RowsOf(string id, int shards, out Reply refusal)
    {
        refusal = default;
        if (!PointInTimeId.TryRead(id, out var read))
        {
            refusal = RouterReply.Error(
                StatusCode.BadRequest, "The point in time's id is none, or was cut off or changed on its way.");
            return null;
        }

        var rows = read.OrderBy(row => row.Shard).ToArray();
        if (rows.Length == shards && rows.Index().All(row => row.Item.Shard == row.Index)) return rows;
        refusal = RouterReply.Error(
            StatusCode.PointInTimeGone,
            $"The point in time was opened over {rows.Length} shards; there are {shards} now. Open another.");
        return null;
    }

    private async ValueTask<Reply> OpenAsync(
        PointInTimeRequest request, long deadlineAt, CancellationToken cancel)
    {
        IReadOnlyList<HeldShard>?[] opened = [];
        HeldShard[] all = [];
        var (replies, refusal) = await _rounds.AskAsync(
            _rounds.Begin(request.Collection), HoldAsync, allowPartial: false, deadlineAt, cancel)
            .ConfigureAwait(false);
        if (replies is not null && !opened.Contains(null))
        {
            ShardCalls.Dispose(replies);
            var id = PointInTimeId.Write(all);
            return RouterReply.Of(new PointInTimeReply { Id = id, Shards = all.Length }, PointInTimeCodec.Write);
        }

        // What was opened is of no use without the rest.
        ShardCalls.Dispose(await CloseAsync(request, all, deadlineAt, cancel).ConfigureAwait(false));
        if (replies is null || ShardErrors.TryPick(replies, out refusal)) return refusal;
        var missing = ShardErrors.Missing(replies, opened);
        ShardCalls.Dispose(replies);
        return missing;

        async Task<Reply[]> HoldAsync(string name)
        {
            // What was opened before is of several indexes.
            ShardCalls.Dispose(await CloseAsync(request, all, deadlineAt, cancel).ConfigureAwait(false));
            var index = name == request.Collection ? null : name;
            var output = new ArrayBufferWriter<byte>();
            PointInTimeCodec.Write(output, request with { Index = index });
            var answers = await _shards.ScatterAsync(
                OperationClass.Unhedged, Opcode.PointInTime, output.WrittenMemory, deadlineAt, cancel)
                .ConfigureAwait(false);
            opened = [.. answers.Select(static answer => RowsOf(answer))];
            all = [.. opened.OfType<IReadOnlyList<HeldShard>>().SelectMany(rows => rows)];
            return answers;
        }
    }

    private static IReadOnlyList<HeldShard>? RowsOf(Reply reply) =>
        reply.Status == StatusCode.Ok && PointInTimeCodec.TryRead(reply.Body, out PointInTimeReply? read, out _)
        && PointInTimeId.TryRead(read.Id, out var rows) ? rows : null;

    private async ValueTask<Reply> CloseAsync(
        PointInTimeRequest request, string id, long deadlineAt, CancellationToken cancel)
    {
        if (RowsOf(id, _shards.Table.Shards.Length, out var refusal) is not { } rows) return refusal;
        var replies = await CloseAsync(request, rows, deadlineAt, cancel).ConfigureAwait(false);
        if (ShardErrors.TryPick(replies, out refusal)) return refusal;
        var closed = 0;
        foreach (var reply in replies)
        {
            if (reply.Status == StatusCode.Ok
                && PointInTimeCodec.TryRead(reply.Body, out PointInTimeReply? one, out _)) closed += one.Shards;
        }

        ShardCalls.Dispose(replies);
        return RouterReply.Of(new PointInTimeReply { Shards = closed }, PointInTimeCodec.Write);
    }

    /// <summary>Asks each leaf to let go; one that does not hear it lets go when nobody renews.</summary>
    private Task<Reply[]> CloseAsync(
        PointInTimeRequest request, HeldShard[] rows, long deadlineAt, CancellationToken cancel)
    {
        var output = new ArrayBufferWriter<byte>();
        if (rows.Length > 0) PointInTimeCodec.Write(output, request with { Id = PointInTimeId.Write(rows) });
        return ShardCalls.AllAsync([.. rows.Select(row => _shards.ReadHeldAsync(
            row, Opcode.PointInTime, output.WrittenMemory, deadlineAt, cancel).AsTask())]);
    }
}
