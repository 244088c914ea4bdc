using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>Drops a collection, sets an alias, or a step of a reindex. Runs on maintenance.</summary>
internal sealed class CollectionChangeWork(
    in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardContext context)
    : PendingRequest(request, body, core.Pending)
{
    private readonly Catalogue _catalogue = new(core, context);

    protected override void Serve()
    {
        if (!CollectionCodec.TryRead(Body, out CollectionChange? change, out var error))
        {
            Fail(StatusCode.BadRequest, $"CollectionChange: {error}");
            return;
        }

        var reindex = new CollectionReindex(core, context, _catalogue);
        ulong generation = 0;
        try
        {
            var status = change.Kind switch
            {
                CollectionChangeKind.Drop => Drop(change.Name, out error),
                CollectionChangeKind.SetAlias => SetAlias(change, out error),
                CollectionChangeKind.RemoveAlias => RemoveAlias(change, out error),
                CollectionChangeKind.BeginReindex => reindex.Begin(change, out error),
                CollectionChangeKind.CheckReindex => reindex.Check(change, out error, out generation),
                CollectionChangeKind.PrepareReindex => reindex.Prepare(change, out error, out generation),
                CollectionChangeKind.ReleaseReindex => reindex.Release(change, out error, out generation),
                CollectionChangeKind.FindReindex => reindex.Find(change, out error, out generation),
                CollectionChangeKind.FinishReindex => reindex.Finish(change, out error),
                _ => reindex.Cancel(change.Name, out error),
            };
            if (status == StatusCode.Ok) Finish(status, generation, []);
            else Fail(status, error!, generation);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Fail(StatusCode.ReadOnly, $"The change could not be made durable: {failed.Message}");
        }
    }

    private StatusCode Drop(string name, out string? error)
    {
        var table = core.Collections;
        var gone = Enumerable.Range(0, table.Places.Count)
            .Where(i => table.Places[i].State != PlaceState.Dropped && table.Places[i].Schema.Name == name)
            .ToArray();
        if (gone.Length == 0)
        {
            error = LeafCore.NoSuchCollection(name);
            return StatusCode.NoSuchCollection;
        }

        if (table.Dropped.Count + gone.Length > CollectionTable.DroppedMax)
        {
            error = $"{CollectionTable.DroppedMax} indexes were dropped since the last start; the log may have " +
                "documents of them. Restart the leaf before more are dropped.";
            return StatusCode.TooLarge;
        }

        var places = gone.Select(i => (i, table.Places[i] with { State = PlaceState.Dropped })).ToArray();
        using (var paused = new PausedLanes(core.Shards.Shards))
        {
            _catalogue.Publish(table.With(places).With(table.Aliases.Where(a => a.Value.Collection != name)));
            foreach (var shard in paused.Shards)
                foreach (var ordinal in gone) ShardEngine.Drop(shard.Collections[ordinal]);
        }

        foreach (var (ordinal, place) in places) _catalogue.Remove(core.Shards.Shards, ordinal, place);
        core.HalfTaken.Remove(name);
        foreach (var shard in core.Shards.Shards) shard.Expiries.Forget(name);
        error = null;
        return StatusCode.Ok;
    }

    private StatusCode SetAlias(CollectionChange change, out string? error)
    {
        var table = core.Collections;
        if (SchemaRules.NameProblem(change.Name) is { } problem)
        {
            error = problem.Replace("collection name", "alias", StringComparison.Ordinal);
            return StatusCode.BadRequest;
        }

        if (table.Collections.Any(schema => schema.Name == change.Name))
        {
            error = $"'{change.Name}' is a collection; an alias has to have another name.";
            return StatusCode.SchemaConflict;
        }

        if (table.Collections.All(schema => schema.Name != change.Target))
        {
            error = LeafCore.NoSuchCollection(change.Target);
            return StatusCode.NoSuchCollection;
        }

        var isKnown = table.Aliases.TryGetValue(change.Name, out var present);
        if (!isKnown && table.Aliases.Count >= CollectionTable.AliasesMax)
        {
            error = $"{CollectionTable.AliasesMax} aliases are set; no more are allowed.";
            return StatusCode.TooLarge;
        }

        error = null;
        if (isKnown && present.Version >= change.Version) return StatusCode.Ok;
        var aliases = table.Aliases.ToDictionary(StringComparer.Ordinal);
        aliases[change.Name] = new CollectionAlias(change.Target, change.Version);
        _catalogue.Publish(table.With(aliases));
        return StatusCode.Ok;
    }

    private StatusCode RemoveAlias(CollectionChange change, out string? error)
    {
        var table = core.Collections;
        if (!table.Aliases.ContainsKey(change.Name))
        {
            error = $"There is no alias '{change.Name}'; CollectionGet tells those of each collection.";
            return StatusCode.NoSuchCollection;
        }

        _catalogue.Publish(table.With(table.Aliases.Where(alias => alias.Key != change.Name)));
        error = null;
        return StatusCode.Ok;
    }
}
