using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>Declares a collection in every shard of the leaf, or adds fields to it. Runs on maintenance.</summary>
internal sealed class CollectionPut(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardContext context)
    : PendingRequest(request, body, core.Pending)
{
    private readonly Catalogue _catalogue = new(core, context);

    protected override void Serve()
    {
        if (!CollectionCodec.TryRead(Body, out CollectionSchema? declared, out var error))
        {
            Fail(StatusCode.BadRequest, $"CollectionPut: {error}");
            return;
        }

        var isKnown = core.Collections.TryFind(declared.Name, out var ordinal);
        if (isKnown)
        {
            // Analyzers and synonyms that are there need not be declared again to be named.
            var stored = core.Collections.Places[ordinal].Schema.Analysis;
            declared = declared with { Analysis = AnalysisRules.Joined(stored, declared.Analysis) };
        }

        error = SchemaRules.Problem(declared);
        if (error is not null)
        {
            Fail(StatusCode.BadRequest, error);
            return;
        }

        try
        {
            var status = core.Collections.Aliases.TryGetValue(declared.Name, out var alias)
                ? IsAlias(declared.Name, alias.Collection, out error)
                : isKnown ? DeclareAgain(ordinal, declared, out error) : Declare(declared, out error);
            if (status == StatusCode.Ok) Finish(status, 0, []);
            else Fail(status, error!);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Fail(StatusCode.ReadOnly, $"The schema could not be made durable: {failed.Message}");
        }
    }

    private static StatusCode IsAlias(string name, string collection, out string? error)
    {
        error = $"'{name}' is an alias of the collection '{collection}'; a collection has to have another name.";
        return StatusCode.SchemaConflict;
    }

    private StatusCode Declare(CollectionSchema schema, out string? error)
    {
        error = _catalogue.Full();
        if (error is not null) return StatusCode.TooLarge;

        error = SchemaRules.PrefixConflict(schema, core.Collections.Collections);
        if (error is not null) return StatusCode.SchemaConflict;
        if (TakesOver(schema) is { } outer)
        {
            error = $"Documents of collection '{outer}' lie under {schema.PathPrefix}; they would be hidden. Delete " +
                "them first, or choose another name.";
            return StatusCode.SchemaConflict;
        }

        if (schema.OwnPrefix is null) _catalogue.Add(core.Collections.Declared(schema));
        else TakeEntries(schema);
        return StatusCode.Ok;
    }

    /// <summary>A prefix of its own may have been in use by entries: they become documents.</summary>
    private void TakeEntries(CollectionSchema schema)
    {
        using var paused = new PausedLanes(core.Shards.Shards);
        TakeEntries(paused, _catalogue.Add(core.Collections.Declared(schema), isPaused: true), schema.Name);
    }

    private void TakeEntries(PausedLanes paused, int ordinal, string name)
    {
        core.HalfTaken.Add(name);
        // Whoever took such a path for an entry's is done then.
        context.Gate.WaitForReaders();
        var nowMs = context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var shard in paused.Shards) EntryTakeover.Run(shard, shard.Collections[ordinal], nowMs);
        core.HalfTaken.Remove(name);
    }

    /// <summary>Adds fields, and goes on with a takeover that had failed: it is what the client tries again for.
    /// </summary>
    private StatusCode DeclareAgain(int ordinal, CollectionSchema declared, out string? error)
    {
        var status = AddFields(ordinal, declared, out error);
        if (status != StatusCode.Ok || !core.HalfTaken.Contains(declared.Name)) return status;
        using var paused = new PausedLanes(core.Shards.Shards);
        TakeEntries(paused, ordinal, declared.Name);
        return StatusCode.Ok;
    }

    /// <summary>
    /// Flushes what the old schema let in before the new one is durable, and lets nothing in between: whichever of the
    /// two recovery finds, every record of the log fits it, and no published segment is ahead of it. Writes wait
    /// meanwhile.
    /// </summary>
    private StatusCode AddFields(int ordinal, CollectionSchema declared, out string? error)
    {
        var place = core.Collections.Places[ordinal];
        var status = SchemaRules.Merge(place.Schema, declared, out var merged, out error);
        if (status != StatusCode.Ok || ReferenceEquals(merged, place.Schema)) return status;
        if (core.Collections.TryFindBuilding(declared.Name, out _))
        {
            error = $"A reindex of '{declared.Name}' is under way; finish it or give it up first.";
            return StatusCode.SchemaConflict;
        }

        using var paused = new PausedLanes(core.Shards.Shards);
        foreach (var shard in paused.Shards)
        {
            error = shard.Collections[ordinal].Index.ConflictWith(merged);
            if (error is null) continue;
            error = $"Collection '{merged.Name}': in documents that it has, {error}.";
            return StatusCode.SchemaConflict;
        }

        foreach (var shard in paused.Shards) shard.Flusher.FlushPaused(shard.Collections[ordinal]);
        _catalogue.Publish(core.Collections.With((ordinal, place with { Schema = merged })));
        foreach (var shard in paused.Shards) Alter(shard.Collections[ordinal], merged);
        return StatusCode.Ok;
    }

    private static void Alter(DocumentCollection collection, CollectionSchema merged)
    {
        if (collection.IsDamaged) return;
        var status = collection.Index.AlterSchema(merged, out var error);
        if (status != StatusCode.Ok)
            throw new InvalidOperationException($"An index refused fields that were checked: {status}, {error}");
    }

    /// <summary>The name of a collection whose documents lie under the new prefix, if there is one.</summary>
    private string? TakesOver(CollectionSchema schema)
    {
        var prefix = schema.PathPrefix;
        for (var i = 0; i < core.Collections.Places.Count; i++)
        {
            var (outer, state, _, _) = core.Collections.Places[i];
            if (state != PlaceState.Serving) continue;
            if (!prefix.StartsWith(outer.PathPrefix, StringComparison.Ordinal)) continue;
            foreach (var shard in core.Shards.Shards)
            {
                var next = shard.Collections[i].Readable.Scan(prefix, 1).Documents;
                if (next.Count > 0 && next[0].Path.StartsWith(prefix, StringComparison.Ordinal)) return outer.Name;
            }
        }

        return null;
    }
}
