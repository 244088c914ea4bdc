using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>Declares a collection in every shard of the leaf, or adds fields to it. Runs on maintenance.</summary>
internal sealed class CollectionPut(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardContext context)
    : PendingRequest(request, body, core.Pending)
{
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
            var stored = core.Collections.Collections[ordinal].Analysis;
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
            var status = isKnown
                ? AddFields(ordinal, declared, out error)
                : Declare(declared, out error);
            if (status == StatusCode.Ok) Finish(status, 0, []);
            else Fail(status, error!);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Fail(StatusCode.ReadOnly, $"The schema could not be made durable: {failed.Message}");
        }
    }

    private StatusCode Declare(CollectionSchema schema, out string? error)
    {
        if (core.Collections.Collections.Count >= CollectionTable.CollectionsMax)
        {
            error = $"{CollectionTable.CollectionsMax} collections are declared; no more are allowed.";
            return StatusCode.TooLarge;
        }

        error = SchemaRules.PrefixConflict(schema, core.Collections.Collections);
        if (error is not null) return StatusCode.SchemaConflict;
        if (TakesOver(schema) is { } outer)
        {
            error = $"Documents of collection '{outer}' lie under {schema.PathPrefix}; they would be hidden. Delete " +
                "them first, or choose another name.";
            return StatusCode.SchemaConflict;
        }

        var added = new List<ShardEngine>();
        try
        {
            foreach (var shard in core.Shards.Shards)
            {
                shard.AddCollection(schema);
                added.Add(shard);
            }

            Publish(core.Collections.With(schema));
        }
        catch
        {
            foreach (var shard in added) shard.RemoveLastCollection();
            throw;
        }

        error = null;
        return StatusCode.Ok;
    }

    /// <summary>
    /// Flushes what the old schema let in before the new one is durable, and lets nothing in between: whichever of the
    /// two recovery finds, every record of the log fits it, and no published segment is ahead of it. Writes wait
    /// meanwhile.
    /// </summary>
    private StatusCode AddFields(int ordinal, CollectionSchema declared, out string? error)
    {
        var stored = core.Collections.Collections[ordinal];
        var status = SchemaRules.Merge(stored, declared, out var merged, out error);
        if (status != StatusCode.Ok || ReferenceEquals(merged, stored)) return status;
        var paused = new List<ShardEngine>();
        try
        {
            foreach (var shard in core.Shards.Shards)
            {
                shard.Lane.Pause();
                paused.Add(shard);
            }

            foreach (var shard in paused)
            {
                error = shard.Collections[ordinal].Index.ConflictWith(merged);
                if (error is null) continue;
                error = $"Collection '{merged.Name}': in documents that it has, {error}.";
                return StatusCode.SchemaConflict;
            }

            foreach (var shard in paused) shard.Flusher.FlushPaused(shard.Collections[ordinal]);
            Publish(core.Collections.With(merged));
            foreach (var shard in paused) Alter(shard.Collections[ordinal], merged);
            return StatusCode.Ok;
        }
        finally
        {
            foreach (var shard in paused) shard.Lane.Resume();
        }
    }

    private static void Alter(DocumentCollection collection, CollectionSchema merged)
    {
        if (collection.IsDamaged) return;
        var status = collection.Index.AlterSchema(merged, out var error);
        if (status != StatusCode.Ok)
            throw new InvalidOperationException($"An index refused fields that were checked: {status}, {error}");
    }

    private void Publish(CollectionTable table)
    {
        if (context.Directory is not null) CatalogueFile.Write(context.Directory.CatalogueFile, table, context.Files);
        core.Collections = table;
    }

    /// <summary>The name of a collection whose documents lie under the new prefix, if there is one.</summary>
    private string? TakesOver(CollectionSchema schema)
    {
        var prefix = schema.PathPrefix;
        for (var i = 0; i < core.Collections.Collections.Count; i++)
        {
            var outer = core.Collections.Collections[i];
            if (!prefix.StartsWith(outer.PathPrefix, StringComparison.Ordinal)) continue;
            foreach (var shard in core.Shards.Shards)
            {
                var next = shard.Collections[i].Index.Scan(prefix, 1).Documents;
                if (next.Count > 0 && next[0].Path.StartsWith(prefix, StringComparison.Ordinal)) return outer.Name;
            }
        }

        return null;
    }
}
