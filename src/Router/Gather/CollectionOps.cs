using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Operations on collections as wholes: every leaf for a schema, every shard for counts, every replica for a refresh.
/// </summary>
internal sealed class CollectionOps
{
    private readonly ShardCalls _shards;
    private readonly CollectionCatalog _catalog;

    public CollectionOps(ShardCalls shards, CollectionCatalog catalog)
    {
        _shards = shards;
        _catalog = catalog;
    }

    /// <summary>Declares a collection on every leaf. All must take it; doing it again is harmless.</summary>
    public async ValueTask<Reply> PutAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!CollectionCodec.TryRead(body, out CollectionSchema? schema, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var table = _shards.Table;
        var replies = await ShardCalls.AllAsync(table.Leaves.Select(leaf => _shards.AskAsync(
            table, leaf, OperationClass.Addressed, Opcode.CollectionPut, body, deadlineAt, cancel).AsTask()).ToArray())
            .ConfigureAwait(false);
        var failed = Array.FindIndex(replies, r => r.Status != StatusCode.Ok);
        if (failed < 0)
        {
            _catalog.Learn([schema]);
            ShardCalls.Dispose(replies);
            return RouterReply.Ok([]);
        }

        var status = replies[failed].Status;
        var text = status == StatusCode.WrongShard ? "it has another topology" : RouterReply.Text(replies[failed]);
        ShardCalls.Dispose(replies);
        return RouterReply.Error(
            status == StatusCode.WrongShard ? StatusCode.Unavailable : status,
            $"{table.Leaves[failed].Owner.Endpoint.Id} did not take the collection '{schema.Name}': {text} "
            + "Every leaf must; declaring it again is harmless.");
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
                }
                : one;
        }

        return new CollectionList([.. sums.Values]);
    }

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
