using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Operations on collections as wholes: every leaf for a schema, every shard for counts, every replica for a refresh.
/// </summary>
internal sealed class CollectionOps
{
    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly CollectionCatalog _catalog;

    public CollectionOps(CallServices services, ShardCalls shards, CollectionCatalog catalog)
    {
        _services = services;
        _shards = shards;
        _catalog = catalog;
    }

    /// <summary>Declares a collection on every leaf. All must take it; doing it again is harmless.</summary>
    public async ValueTask<Reply> PutAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!CollectionCodec.TryRead(body, out CollectionSchema? schema, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var answers = await AskLeavesAsync(Opcode.CollectionPut, body, deadlineAt, cancel).ConfigureAwait(false);
        if (answers.Refusal($"the collection '{schema.Name}'") is { } refusal) return refusal;
        _catalog.Learn([schema]);
        return RouterReply.Ok([]);
    }

    /// <summary>
    /// Changes a collection on every leaf. The last step of a reindex is taken only when all are ready for it and have
    /// promised to refuse what would keep one behind, so that a search finds the new index wherever it asks; and one is
    /// given up only where no leaf has taken that step.
    /// </summary>
    public async ValueTask<Reply> ChangeAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!CollectionCodec.TryRead(body, out CollectionChange? change, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        if (change.Version == 0) change = change with { Version = _services.Versions.Next() };
        if (change.Kind == CollectionChangeKind.CancelReindex
            && await ReleaseAsync(change, deadlineAt, cancel).ConfigureAwait(false) is { } kept) return kept;
        foreach (var step in StepsOf(change.Kind))
        {
            var answers = await AskLeavesAsync(change with { Kind = step }, deadlineAt, cancel).ConfigureAwait(false);

            // A leaf that could not promise never has: so none has finished, and the others are let off.
            if (step == CollectionChangeKind.PrepareReindex
                && Array.Exists(answers.Replies, reply => reply.Status == StatusCode.SchemaConflict))
                (await ReleaseAsync(change, deadlineAt, cancel).ConfigureAwait(false))?.Dispose();
            if (answers.Refusal($"the change of '{change.Name}'") is { } refusal) return refusal;
        }

        return RouterReply.Ok([]);
    }

    private static CollectionChangeKind[] StepsOf(CollectionChangeKind kind) =>
        kind == CollectionChangeKind.FinishReindex
            ? [CollectionChangeKind.CheckReindex, CollectionChangeKind.PrepareReindex, kind]
            : [kind];

    /// <summary>
    /// Lets the leaves off their promise to finish a reindex. Where one has kept it, or does not say, the refusal; the
    /// promises stay, for without them a document could keep the others from following that one.
    /// </summary>
    private async ValueTask<Reply?> ReleaseAsync(
        CollectionChange change, long deadlineAt, CancellationToken cancel)
    {
        var find = change with { Kind = CollectionChangeKind.FindReindex };
        if (await WhyNotReleasedAsync(find, deadlineAt, cancel).ConfigureAwait(false) is { } refusal) return refusal;
        var release = change with { Kind = CollectionChangeKind.ReleaseReindex };
        if (await WhyNotReleasedAsync(release, deadlineAt, cancel).ConfigureAwait(false) is not { } late) return null;

        // Another coordinator may have finished on one in between: then the others have to follow.
        var prepare = change with { Kind = CollectionChangeKind.PrepareReindex };
        var again = await AskLeavesAsync(prepare, deadlineAt, cancel).ConfigureAwait(false);
        ShardCalls.Dispose(again.Replies);
        return late;
    }

    /// <summary>
    /// Null when every leaf has answered and none has changed over: one that fills no index has when its index is the
    /// one that another fills.
    /// </summary>
    private async ValueTask<Reply?> WhyNotReleasedAsync(
        CollectionChange question, long deadlineAt, CancellationToken cancel)
    {
        var (leaves, replies) = await AskLeavesAsync(question, deadlineAt, cancel).ConfigureAwait(false);
        try
        {
            var silent = Array.FindIndex(replies, reply => reply.Status
                is not (StatusCode.Ok or StatusCode.NotFound or StatusCode.NoSuchCollection));
            if (silent >= 0)
            {
                return RouterReply.Error(
                    StatusCode.Unavailable,
                    $"{leaves[silent].Owner.Endpoint.Id} does not say whether it has changed over to the new index of "
                    + $"'{question.Name}': {RouterReply.Text(replies[silent])} A reindex is given up only when every "
                    + "leaf says that it has not; try again when it answers.");
            }

            var filled = replies.Where(reply => reply.Status == StatusCode.Ok).Select(reply => reply.Header.Version)
                .ToHashSet();
            var done = Array.FindIndex(
                replies, r => r.Status == StatusCode.NotFound && filled.Contains(r.Header.Version));
            return done < 0
                ? null
                : RouterReply.Error(
                    StatusCode.SchemaConflict,
                    $"{leaves[done].Owner.Endpoint.Id} has changed over to the new index of '{question.Name}' already: "
                    + "finish the reindex, which is harmless to do again; then begin one with the old schema.");
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }
    }

    private ValueTask<LeafAnswers> AskLeavesAsync(CollectionChange change, long deadlineAt, CancellationToken cancel)
    {
        var output = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(output, change);
        return AskLeavesAsync(Opcode.CollectionChange, output.WrittenMemory, deadlineAt, cancel);
    }

    private async ValueTask<LeafAnswers> AskLeavesAsync(
        Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var table = _shards.Table;
        var replies = await ShardCalls.AllAsync(table.Leaves.Select(leaf => _shards.AskAsync(
            table, leaf, OperationClass.Addressed, opcode, body, deadlineAt, cancel).AsTask()).ToArray())
            .ConfigureAwait(false);
        return new LeafAnswers(table.Leaves, replies);
    }

    /// <summary>
    /// Schema and counts of one collection, or of all: summed over one replica of each shard. A reindex is ready when
    /// it is on every leaf.
    /// </summary>
    public async ValueTask<Reply> GetAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var replies = await _shards.ScatterAsync(
            OperationClass.Unhedged, Opcode.CollectionGet, body, deadlineAt, cancel).ConfigureAwait(false);
        if (ShardErrors.TryPick(replies, out var refusal)) return refusal;
        try
        {
            var lists = new CollectionList?[replies.Length];
            for (var i = 0; i < replies.Length; i++)
            {
                if (replies[i].Status == StatusCode.NoSuchCollection) lists[i] = new CollectionList([]);
                else if (replies[i].Status == StatusCode.Ok
                    && CollectionCodec.TryRead(replies[i].Body, out CollectionList? list, out _)) lists[i] = list;
            }

            if (lists.Contains(null)) return ShardErrors.Missing(replies, lists);
            var sum = Sum(lists!);
            _catalog.Learn(sum.Collections.Select(c => c.Schema));
            var asked = sum.Collections.Select(status => AskWhetherReadyAsync(status, deadlineAt, cancel));
            sum = new CollectionList(await Task.WhenAll(asked).ConfigureAwait(false));
            return RouterReply.Of(sum, CollectionCodec.Write);
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }
    }

    /// <summary>
    /// What the shards' replicas that were read take for ready the others may not have yet; and finishing needs all.
    /// </summary>
    private async Task<CollectionStatus> AskWhetherReadyAsync(
        CollectionStatus status, long deadlineAt, CancellationToken cancel)
    {
        if (status.Reindex is not { IsReady: true } reindex) return status;

        // A leaf that does not answer is not ready, which the caller is to hear in time.
        var now = _services.Clock.Now;
        var check = new CollectionChange { Kind = CollectionChangeKind.CheckReindex, Name = status.Schema.Name };
        var answers = await AskLeavesAsync(check, now + ((deadlineAt - now) / 2), cancel).ConfigureAwait(false);
        var failed = Array.FindIndex(answers.Replies, reply => reply.Status == StatusCode.SchemaConflict);
        var problem = failed < 0 ? null : RouterReply.Text(answers.Replies[failed]);
        if (answers.Refusal($"the reindex of '{status.Schema.Name}'") is not { } refusal) return status;
        using (refusal)
        {
            if (refusal.Status == StatusCode.SchemaConflict) problem ??= RouterReply.Text(refusal);
            return status with { Reindex = reindex with { IsReady = false, Problem = problem } };
        }
    }

    /// <summary>By one leaf: every one has all schemas.</summary>
    public ValueTask<Reply> AnalyzeAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        _shards.ReadAsync(0, OperationClass.Unhedged, Opcode.Analyze, body, deadlineAt, cancel);

    /// <summary>
    /// On every replica that can be reached, since the next search may go to any of them; each shard must have one.
    /// </summary>
    public async ValueTask<Reply> RefreshAsync(
        FrameFlags flags, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var table = _shards.Table;
        var all = table.Shards.SelectMany(s => s.Replicas.Select((_, replica) => s.Only(replica))).ToArray();
        var replies = await ShardCalls.AllAsync(all.Select(r => _shards.AskAsync(
            table, r, OperationClass.Addressed, Opcode.Refresh, body, deadlineAt, cancel, flags & FrameFlags.Wait)
                .AsTask()).ToArray())
            .ConfigureAwait(false);
        if (ShardErrors.TryPick(replies, out var refusal)) return refusal;
        try
        {
            foreach (var shard in table.Shards)
            {
                var of = Enumerable.Range(0, all.Length).Where(i => all[i].Shard == shard.Shard).ToArray();
                if (of.Any(i => replies[i].Status == StatusCode.Ok)) continue;
                return RouterReply.Error(
                    RoutableStatus(replies[of[0]].Status),
                    $"No replica of shard {shard.Shard} ({shard.ReplicaNames}) refreshed "
                    + $"'{Encoding.UTF8.GetString(body.Span)}': {RouterReply.Text(replies[of[0]])}");
            }

            return RouterReply.Ok([]);
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }
    }

    private static StatusCode RoutableStatus(StatusCode status) =>
        status == StatusCode.WrongShard ? StatusCode.Unavailable : status;

    private static CollectionList Sum(CollectionList[] lists)
    {
        var sums = new SortedDictionary<string, CollectionStatus>(StringComparer.Ordinal);
        foreach (var one in lists.SelectMany(l => l.Collections))
        {
            sums[one.Schema.Name] = sums.TryGetValue(one.Schema.Name, out var sum)
                ? sum with
                {
                    Schema = Joined(sum.Schema, one.Schema),
                    Documents = sum.Documents + one.Documents,
                    Searchable = sum.Searchable + one.Searchable,
                    Bytes = sum.Bytes + one.Bytes,
                    Reindex = Joined(sum.Reindex, one.Reindex),
                }
                : one;
        }

        return new CollectionList([.. sums.Values]);
    }

    private static ReindexStatus? Joined(ReindexStatus? sum, ReindexStatus? one) => (sum, one) switch
    {
        (null, _) or (_, null) => null,
        _ => sum with
        {
            Copied = sum.Copied + one.Copied,
            Documents = sum.Documents + one.Documents,
            IsReady = sum.IsReady && one.IsReady,
            Problem = sum.Problem ?? one.Problem,
        },
    };

    /// <summary>The fields of both: under a dynamic mapping each shard finds its own.</summary>
    private static CollectionSchema Joined(CollectionSchema sum, CollectionSchema one)
    {
        if (sum.Mapping != MappingMode.Dynamic) return sum;
        var added = one.Fields.ExceptBy(sum.Fields.Select(f => f.Name), f => f.Name).OrderBy(f => f.Name).ToArray();
        return added.Length == 0
            ? sum
            : sum with { Fields = [.. sum.Fields.Concat(added).Take(CollectionSchema.FieldsMax)] };
    }
}
