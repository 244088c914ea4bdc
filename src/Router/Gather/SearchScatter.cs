using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What every shard is asked in one phase of a search, and by when.</summary>
internal sealed record Scatter(
    OperationClass Kind, Opcode Opcode, ReadOnlyMemory<byte> Body, long EndAt, string? PointInTime,
    AggregationReduce? Reduce = null)
{
    /// <summary>What its shards' requests are hedged by, beside their own delays.</summary>
    public ScatterPace? Pace { get; init; }
}

/// <summary>
/// One phase of a search to all shards, or to those that a point in time names: admitted, paced, without those that are
/// not waited for. Thread-safe.
/// </summary>
internal sealed class SearchScatter(CallServices services, ShardCalls shards)
{
    private readonly ScatterAdmission _admission = new(services);
    private readonly ScatterPaces _paces = new(services);

    /// <summary>Shards of the topology of now.</summary>
    public int Shards => shards.Table.Shards.Length;

    /// <summary>Whether a search may begin, as a whole. One that may not is over.</summary>
    public bool TryAdmit(out Reply refusal) => _admission.TryAdmit(services.Clock.Now, out refusal);

    /// <summary>Asks every shard.</summary>
    /// <param name="request">Says what may be missing; null waits for all.</param>
    /// <param name="scatter">What they are asked.</param>
    /// <param name="held">Counts what comes, at once: it may wait for the others for long.</param>
    /// <param name="cancel">The caller's.</param>
    public async ValueTask<Reply[]> AskAsync(
        SearchRequest? request, Scatter scatter, HeldBytes.Share? held, CancellationToken cancel)
    {
        var pending = new Task<Reply>[Shards];
        var rows = HeldRows(scatter, pending.Length);
        using var stragglers = request is null
            ? null
            : Stragglers.Of(services, request, pending.Length, cancel);
        var pace = rows is null ? _paces.Begin(scatter.Kind, pending.Length) : null;
        var paced = scatter with { Pace = pace };
        for (var i = 0; i < pending.Length; i++) pending[i] = AskAsync(i, paced, rows, stragglers, held, cancel);
        var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
        _admission.Ended(services.Clock.Now, replies, allowsPartial: request is not { AllowPartial: false });
        return replies;
    }

    /// <summary>Asks some shards, in their order; all of them are waited for.</summary>
    public Task<Reply[]> AskAsync(int[] some, Scatter scatter, CancellationToken cancel)
    {
        var rows = HeldRows(scatter, Shards);
        return ShardCalls.AllAsync([.. some.Select(shard => ReadAsync(shard, scatter, rows, cancel).AsTask())]);
    }

    private async Task<Reply> AskAsync(
        int shard, Scatter scatter, HeldShard[]? rows, Stragglers? stragglers, HeldBytes.Share? held,
        CancellationToken cancel)
    {
        try
        {
            var reply = await ReadAsync(shard, scatter, rows, stragglers?.GivenUp ?? cancel).ConfigureAwait(false);
            if (reply.Status == StatusCode.Ok)
            {
                stragglers?.Answered();
                scatter.Pace?.Answered();
            }

            held?.Add(reply.Body.Length);
            // What has come is joined while others are still at work.
            if (reply.Status == StatusCode.Ok) scatter.Reduce?.Add(reply.Body);
            return reply;
        }
        catch (OperationCanceledException) when (stragglers is not null && !cancel.IsCancellationRequested)
        {
            return stragglers.Missing(shard);
        }
    }

    /// <summary>
    /// Which leaf to ask of each shard, where a point in time names it. Null also where it does not fit any more: then
    /// leaves say so.
    /// </summary>
    private static HeldShard[]? HeldRows(Scatter scatter, int shards)
    {
        if (scatter.PointInTime is not { } id) return null;
        if (PointsInTime.RowsOf(id, shards, out var refusal) is { } rows) return rows;
        refusal.Dispose();
        return null;
    }

    private ValueTask<Reply> ReadAsync(int shard, Scatter scatter, HeldShard[]? rows, CancellationToken cancel) =>
        rows is null
            ? shards.ReadAsync(
                shard, scatter.Kind, scatter.Opcode, scatter.Body, scatter.EndAt, cancel, pace: scatter.Pace)
            : shards.ReadHeldAsync(rows[shard], scatter.Opcode, scatter.Body, scatter.EndAt, cancel);
}
