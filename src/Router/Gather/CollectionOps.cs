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
        var refusal = await AskLeavesAsync(
            Opcode.CollectionPut, body, $"the collection '{schema.Name}'", deadlineAt, cancel).ConfigureAwait(false);
        if (refusal is not null) return refusal.Value;
        _catalog.Learn([schema]);
        return RouterReply.Ok([]);
    }

    /// <summary>
    /// Changes a collection on every leaf. The last step of a reindex is taken only where all are ready for it, so that
    /// a search finds the new index wherever it asks.
    /// </summary>
    public async ValueTask<Reply> ChangeAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!CollectionCodec.TryRead(body, out CollectionChange? change, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        if (change.Version == 0) change = change with { Version = _services.Versions.Next() };
        CollectionChange[] steps = change.Kind == CollectionChangeKind.FinishReindex
            ? [change with { Kind = CollectionChangeKind.CheckReindex }, change]
            : [change];
        foreach (var step in steps)
        {
            var output = new ArrayBufferWriter<byte>();
            CollectionCodec.Write(output, step);
            var refusal = await AskLeavesAsync(
                Opcode.CollectionChange, output.WrittenMemory, $"the change of '{change.Name}'", deadlineAt, cancel)
                .ConfigureAwait(false);
            if (refusal is not null) return refusal.Value;
        }

        return RouterReply.Ok([]);
    }

    /// <summary>Asks every leaf; null when all took it.</summary>
    private async ValueTask<Reply?> AskLeavesAsync(
        Opcode opcode, ReadOnlyMemory<byte> body, string what, long deadlineAt, CancellationToken cancel)
    {
        var table = _shards.Table;
        var replies = await ShardCalls.AllAsync(table.Leaves.Select(leaf => _shards.AskAsync(
            table, leaf, OperationClass.Addressed, opcode, body, deadlineAt, cancel).AsTask()).ToArray())
            .ConfigureAwait(false);
        var failed = Array.FindIndex(replies, r => r.Status != StatusCode.Ok);
        var versions = replies.Select(r => r.Header.Version).Distinct().Count();
        var status = failed < 0 ? StatusCode.Ok : replies[failed].Status;
        var text = failed < 0 ? "" : RouterReply.Text(replies[failed]);
        ShardCalls.Dispose(replies);
        if (failed < 0 && versions == 1) return null;
        if (failed < 0)
        {
            return RouterReply.Error(
                StatusCode.SchemaConflict,
                $"The leaves have different indexes for {what}: one missed an earlier step. Give the reindex up and "
                + "begin it again.");
        }

        if (status == StatusCode.WrongShard) (status, text) = (StatusCode.Unavailable, "it has another topology");
        return RouterReply.Error(
            status,
            $"{table.Leaves[failed].Owner.Endpoint.Id} did not take {what}: {text} Every leaf must; doing it again is "
            + "harmless.");
    }

    /// <summary>Schema and counts of one collection, or of all: summed over one replica of each shard.</summary>
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
            return RouterReply.Of(sum, CollectionCodec.Write);
        }
        finally
        {
            ShardCalls.Dispose(replies);
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
