using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Changes of collections as wholes, on every leaf. Thread-safe. Each may throw <see cref="HedgerowException"/>; one
/// that was done on some leaves only is harmless to do again.
/// </summary>
public sealed class CollectionAdmin
{
    private readonly HedgerowClient _client;
    private readonly ClientCalls _calls;

    internal CollectionAdmin(HedgerowClient client, ClientCalls calls)
    {
        _client = client;
        _calls = calls;
    }

    /// <summary>Deletes a collection with all of its documents and the aliases that lead to it.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection.</exception>
    public ValueTask DropAsync(string collection, CancellationToken cancel = default) =>
        ChangeAsync(new CollectionChange { Kind = CollectionChangeKind.Drop, Name = collection }, cancel);

    /// <summary>
    /// Makes a name lead to a collection: searches, scans, refreshes and bulks may use it. Where it led elsewhere
    /// before, each search sees the one or the other, whole.
    /// </summary>
    /// <exception cref="HedgerowException">NoSuchCollection; SchemaConflict: a collection has that name.</exception>
    public ValueTask SetAliasAsync(string alias, string collection, CancellationToken cancel = default) => ChangeAsync(
        new CollectionChange { Kind = CollectionChangeKind.SetAlias, Name = alias, Target = collection }, cancel);

    /// <summary>Takes a name away that leads to a collection.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection: there is no such alias.</exception>
    public ValueTask RemoveAliasAsync(string alias, CancellationToken cancel = default) =>
        ChangeAsync(new CollectionChange { Kind = CollectionChangeKind.RemoveAlias, Name = alias }, cancel);

    /// <summary>
    /// Begins to index all documents of a collection by another schema, of the same name, in the background. Reads,
    /// searches and writes go on; <see cref="FinishReindexAsync"/> lets the new index take the place of the old one.
    /// </summary>
    /// <exception cref="HedgerowException">
    /// NoSuchCollection; SchemaConflict: one is under way; BadRequest: the schema.
    /// </exception>
    public ValueTask BeginReindexAsync(CollectionSchema schema, CancellationToken cancel = default) => ChangeAsync(
        new CollectionChange { Kind = CollectionChangeKind.BeginReindex, Name = schema.Name, Schema = schema }, cancel);

    /// <summary>How far the reindex of a collection is, summed over the shards; null when none is under way.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection.</exception>
    public async ValueTask<ReindexStatus?> ReindexStatusAsync(string collection, CancellationToken cancel = default) =>
        (await FindAsync(collection, cancel).ConfigureAwait(false)).Reindex;

    /// <summary>
    /// Puts the new index in the place of the old one, on all leaves, if all have everything. Each search sees the one
    /// or the other, whole.
    /// </summary>
    /// <exception cref="HedgerowException">
    /// NotFound: none is under way. Unavailable: not yet. SchemaConflict: a document does not fit the schema.
    /// </exception>
    public ValueTask FinishReindexAsync(string collection, CancellationToken cancel = default) =>
        ChangeAsync(new CollectionChange { Kind = CollectionChangeKind.FinishReindex, Name = collection }, cancel);

    /// <summary>Gives a reindex up; nothing happens where none is under way.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection.</exception>
    public ValueTask CancelReindexAsync(string collection, CancellationToken cancel = default) =>
        ChangeAsync(new CollectionChange { Kind = CollectionChangeKind.CancelReindex, Name = collection }, cancel);

    /// <summary>The sets of synonyms of a collection.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection.</exception>
    public async ValueTask<IReadOnlyList<SynonymSet>> SynonymsAsync(
        string collection, CancellationToken cancel = default) =>
        (await SchemaAsync(collection, cancel).ConfigureAwait(false)).Analysis?.Synonyms ?? [];

    /// <summary>
    /// Puts a set of synonyms in the place of the one of its name, on all leaves and for good, or adds it. Searches
    /// that begin from then on are read by it; documents need not be indexed again.
    /// </summary>
    /// <exception cref="HedgerowException">
    /// NoSuchCollection; BadRequest or SchemaConflict: a rule is none, which the message names by its place, from 1.
    /// </exception>
    public async ValueTask PutSynonymsAsync(string collection, SynonymSet set, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        var schema = await SchemaAsync(collection, cancel).ConfigureAwait(false);
        await _client.PutCollectionAsync(
            schema with { Fields = [], Analysis = new AnalysisSchema { Synonyms = [set] } }, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>How each replica of a collection is, by shard.</summary>
    /// <exception cref="HedgerowException">NoSuchCollection.</exception>
    public async ValueTask<IReadOnlyList<ReplicaCondition>> ReplicasAsync(
        string collection, CancellationToken cancel = default) =>
        (await RepairAsync(new RepairRequest { Collection = collection }, cancel).ConfigureAwait(false)).Replicas;

    /// <summary>
    /// Fills replicas of a collection whose files are damaged anew from the others, while the others are read and all
    /// are written. Takes its time; cancelled and begun again, it begins with the replica that it was at.
    /// </summary>
    /// <param name="collection">Its name.</param>
    /// <param name="leaf">The one leaf whose replicas are filled, whether damaged or not; null for all that need it.
    /// </param>
    /// <param name="progress">Told of documents and deletes copied so far.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The replicas that were filled.</returns>
    /// <exception cref="HedgerowException">Unavailable: too few others are well, or one failed on the way.</exception>
    public async ValueTask<IReadOnlyList<ReplicaCondition>> RepairAsync(
        string collection, string? leaf = null, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        var filled = new List<ReplicaCondition>();
        var request = new RepairRequest { Collection = collection, Step = RepairStep.Copy, Leaf = leaf ?? "" };
        for (long copied = 0; ;)
        {
            var reply = await RepairAsync(request, cancel).ConfigureAwait(false);
            filled.AddRange(reply.Replicas);
            progress?.Report(copied += reply.Copied);
            if (reply.Cursor.Length == 0) return filled;
            request = request with { Cursor = reply.Cursor };
        }
    }

    private async ValueTask<CollectionSchema> SchemaAsync(string collection, CancellationToken cancel) =>
        (await FindAsync(collection, cancel).ConfigureAwait(false)).Schema;

    private async ValueTask<CollectionStatus> FindAsync(string collection, CancellationToken cancel) =>
        await _client.GetCollectionAsync(collection, cancel).ConfigureAwait(false)
        ?? throw new HedgerowException(StatusCode.NoSuchCollection, $"No collection '{collection}' is declared.");

    private async ValueTask<RepairReply> RepairAsync(RepairRequest request, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(request.Collection);
        using var reply = await _calls.MessageAsync(Opcode.Repair, request, RepairCodec.Write, cancel)
            .ConfigureAwait(false);
        return RepairCodec.TryRead(reply.Body, out RepairReply? read, out var error)
            ? read
            : throw ClientCalls.Unreadable(error);
    }

    private async ValueTask ChangeAsync(CollectionChange change, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(change.Name);
        using var reply = await _calls.MessageAsync(Opcode.CollectionChange, change, CollectionCodec.Write, cancel)
            .ConfigureAwait(false);
    }
}
