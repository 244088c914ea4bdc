using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Indexes a collection by another schema without an interruption: a second index of each shard is filled while the
/// first one serves, and takes its place when all have everything.
/// </summary>
/// <remarks>
/// <code>
///   Begin   the new index is in the catalogue, building; from here on the lane writes to both
///           ReindexWork copies what there was, page by page
///   Check   every shard's copy is whole and on the disk
///   Prepare the leaf promises that it can finish: from here on it refuses what does not fit the new schema
///   Finish  lanes pause; one write of the catalogue makes the new index serve and the old one dropped
/// </code>
/// A coordinator has all leaves promise before it finishes on any, so that none stays behind for a document that came
/// in between, and from the first switch on every leaf can answer of the new index, whichever its name leads to (<see
/// cref="ServedIndex"/>). The promise is in the catalogue, for it has to outlive the process; Release takes it back, of
/// which a coordinator has to know that no leaf has finished. Maintenance.
/// </remarks>
internal sealed class CollectionReindex(LeafCore core, ShardContext context, Catalogue catalogue)
{
    /// <summary>Goes on with what a stop interrupted.</summary>
    public static void Resume(ShardEngine shard, CollectionTable table, ShardContext context)
    {
        for (var ordinal = 0; ordinal < table.Places.Count; ordinal++)
        {
            var place = table.Places[ordinal];
            if (place.State != PlaceState.Building || !table.TryFind(place.Schema.Name, out var serving)) continue;
            Fill(shard, shard.Collections[serving], shard.Collections[ordinal], context);
        }
    }

    public StatusCode Begin(CollectionChange change, out string? error)
    {
        if (change.Schema is not { } given || given.Name != change.Name)
        {
            error = $"A reindex of '{change.Name}' needs the schema that it is to have.";
            return StatusCode.BadRequest;
        }

        if (!TryFindServing(change.Name, out var serving, out error)) return StatusCode.NoSuchCollection;
        error = SchemaRules.Problem(given);
        if (error is not null) return StatusCode.BadRequest;
        var present = catalogue.Table.Places[serving].Schema;
        if (given.PathPrefix != present.PathPrefix || given.Shape != present.Shape)
        {
            error = $"'{change.Name}' has documents of shape {present.Shape} under {present.PathPrefix}; a reindex "
                + "keeps both.";
            return StatusCode.SchemaConflict;
        }

        if (catalogue.Table.TryFindBuilding(change.Name, out var building))
        {
            if (catalogue.Table.Places[building].Generation == change.Version) return StatusCode.Ok;
            error = $"A reindex of '{change.Name}' is under way; finish it or give it up first.";
            return StatusCode.SchemaConflict;
        }

        error = catalogue.Full();
        if (error is not null) return StatusCode.TooLarge;
        var ordinal = catalogue.Add(new CollectionPlace(given, PlaceState.Building, change.Version, 0));
        foreach (var shard in core.Shards.Shards)
            Fill(shard, shard.Collections[serving], shard.Collections[ordinal], context);
        return StatusCode.Ok;
    }

    /// <summary>Ok when every shard here has everything, or when the change is done already.</summary>
    public StatusCode Check(CollectionChange change, out string? error) => Check(change, out error, out _);

    /// <param name="change">The change.</param>
    /// <param name="error">What is missing.</param>
    /// <param name="generation">Which index it is about: all leaves have to say the same.</param>
    public StatusCode Check(CollectionChange change, out string? error, out ulong generation)
    {
        generation = 0;
        if (!TryFindServing(change.Name, out var serving, out error)) return StatusCode.NoSuchCollection;
        generation = catalogue.Table.Places[serving].Generation;
        if (!catalogue.Table.TryFindBuilding(change.Name, out var building))
        {
            if (catalogue.Table.Places[serving].Since != 0) return StatusCode.Ok;
            error = $"No reindex of '{change.Name}' is under way; begin one first.";
            return StatusCode.NotFound;
        }

        generation = catalogue.Table.Places[building].Generation;
        foreach (var shard in core.Shards.Shards)
        {
            var target = shard.Collections[building];
            var progress = target.Reindexing!;
            if (target.IsUsable && progress.IsReady) continue;
            error = progress.Problem is { } problem
                ? $"The reindex of '{change.Name}' cannot go on: {problem} Mend it, give the reindex up, begin again."
                : $"Shard {shard.Id} has indexed {progress.Copied} of {progress.Documents} documents of " +
                    $"'{change.Name}'. Try again later.";
            return progress.Problem is null ? StatusCode.Unavailable : StatusCode.SchemaConflict;
        }

        return StatusCode.Ok;
    }

    /// <summary>Promises that Finish will find nothing that does not fit; done already is well too.</summary>
    public StatusCode Prepare(CollectionChange change, out string? error, out ulong generation)
    {
        if (TryFindSealed(change.Name, out generation))
        {
            error = null;
            return StatusCode.Ok;
        }

        var status = Check(change, out error, out generation);
        if (status != StatusCode.Ok || !catalogue.Table.TryFindBuilding(change.Name, out var building)) return status;
        using var paused = new PausedLanes(core.Shards.Shards);

        // What was written until the lanes stood still may not have fitted.
        status = Check(change, out error);
        if (status == StatusCode.Ok) Seal(building, paused, isSealed: true);
        return status;
    }

    /// <summary>
    /// Whether an index is being filled, ready or not; NotFound where none is. The generation tells of which index.
    /// Changes nothing.
    /// </summary>
    public StatusCode Find(CollectionChange change, out string? error, out ulong generation)
    {
        generation = 0;
        if (!TryFindServing(change.Name, out var serving, out error)) return StatusCode.NoSuchCollection;
        if (!catalogue.Table.TryFindBuilding(change.Name, out var building))
        {
            generation = catalogue.Table.Places[serving].Generation;
            error = $"No reindex of '{change.Name}' is under way.";
            return StatusCode.NotFound;
        }

        generation = catalogue.Table.Places[building].Generation;
        return StatusCode.Ok;
    }

    /// <summary>Takes the promise back, and answers as Find does.</summary>
    public StatusCode Release(CollectionChange change, out string? error, out ulong generation)
    {
        var status = Find(change, out error, out generation);
        if (status != StatusCode.Ok || !catalogue.Table.TryFindBuilding(change.Name, out var building)) return status;
        if (!catalogue.Table.Places[building].IsSealed) return StatusCode.Ok;
        using var paused = new PausedLanes(core.Shards.Shards);
        Seal(building, paused, isSealed: false);
        return StatusCode.Ok;
    }

    private bool TryFindSealed(string name, out ulong generation)
    {
        var isSealed = catalogue.Table.TryFindBuilding(name, out var building)
            && catalogue.Table.Places[building].IsSealed;
        generation = isSealed ? catalogue.Table.Places[building].Generation : 0;
        return isSealed;
    }

    private void Seal(int building, PausedLanes paused, bool isSealed)
    {
        var table = catalogue.Table;
        catalogue.Publish(table.With((building, table.Places[building] with { IsSealed = isSealed })));
        foreach (var shard in paused.Shards) shard.Collections[building].IsSealed = isSealed;
    }

    /// <summary>Changes over, as was promised; done already is well too.</summary>
    public StatusCode Finish(CollectionChange change, out string? error)
    {
        var status = Check(change, out error);
        if (status != StatusCode.Ok) return status;
        var table = catalogue.Table;
        if (!table.TryFindBuilding(change.Name, out var building)) return StatusCode.Ok;
        if (!table.Places[building].IsSealed)
        {
            error = $"The reindex of '{change.Name}' is not prepared here, or was let off: finishing has to begin "
                + "again, with every leaf's promise.";
            return StatusCode.SchemaConflict;
        }

        _ = table.TryFind(change.Name, out var serving);
        var dropped = table.Places[serving] with { State = PlaceState.Dropped };
        using (var paused = new PausedLanes(core.Shards.Shards))
        {
            // What was written until the lanes stood still may not have fitted.
            status = Check(change, out error);
            if (status != StatusCode.Ok) return status;
            foreach (var shard in paused.Shards) shard.RefreshNow(shard.Collections[building]);
            catalogue.Publish(table.With(
                (serving, dropped),
                (building, table.Places[building] with
                {
                    State = PlaceState.Serving, Since = change.Version, IsSealed = false,
                })));
            foreach (var shard in paused.Shards)
            {
                var (old, now) = (shard.Collections[serving], shard.Collections[building]);
                now.Reindexing = null;
                now.IsSealed = false;
                old.MarkDropped();
                now.Awaiting.AddRange(old.Awaiting);
                old.Awaiting.Clear();
                shard.RefreshNow(now);
            }
        }

        catalogue.Remove(core.Shards.Shards, serving, dropped);
        return StatusCode.Ok;
    }

    public StatusCode Cancel(string name, out string? error)
    {
        if (!TryFindServing(name, out var serving, out error)) return StatusCode.NoSuchCollection;
        var table = catalogue.Table;
        if (!table.TryFindBuilding(name, out var building)) return StatusCode.Ok;
        var dropped = table.Places[building] with { State = PlaceState.Dropped, IsSealed = false };
        using (var paused = new PausedLanes(core.Shards.Shards))
        {
            catalogue.Publish(table.With((building, dropped)));
            foreach (var shard in paused.Shards)
            {
                shard.Collections[serving].Successor = null;
                shard.Collections[building].MarkDropped();
            }
        }

        catalogue.Remove(core.Shards.Shards, building, dropped);
        return StatusCode.Ok;
    }

    /// <summary>Has the lane write to both, and what there was copied.</summary>
    private static void Fill(
        ShardEngine shard, DocumentCollection source, DocumentCollection target, ShardContext context)
    {
        shard.Lane.RunAndWait(() =>
        {
            target.Reindexing = new Reindexing(source.IsUsable ? source.Index.Documents : 0);
            source.Successor = target;
        });
        new ReindexWork(shard, source, target, context).Begin();
    }

    private bool TryFindServing(string name, out int ordinal, out string? error)
    {
        error = null;
        ordinal = catalogue.Table.Collections.Any(schema => schema.Name == name)
            && catalogue.Table.TryFind(name, out var found) ? found : -1;
        if (ordinal >= 0) return true;
        error = LeafCore.NoSuchCollection(name);
        return false;
    }
}
