using System.Buffers;
using System.Globalization;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// A step of filling one shard's index of a collection anew, and how it is. What fills it is writes, by whoever
/// coordinates it: documents and deletes of the other replicas under their versions. Maintenance.
/// </summary>
/// <remarks>
/// <code>
///   Begin   answers with the number of the filling, which Finish has to name;
///           a mark on the disk says that the index is not whole; its files are taken away; an empty one takes writes
///           bulks of what other replicas have, and what clients write meanwhile: the later version wins
///   Finish  it is flushed, the mark is removed, it answers
/// </code>
/// Between the two, and after a stop in between, it answers Corrupt.
/// </remarks>
internal sealed class RepairWork(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardContext context)
    : PendingRequest(request, body, core.Pending)
{
    protected override void Serve()
    {
        if (!RepairCodec.TryRead(Body, out RepairRequest? asked, out var error))
        {
            Fail(StatusCode.BadRequest, $"Repair: {error}");
            return;
        }

        if (core.Shards.Find(Request.Header.Epoch, Request.Header.Shard) is not { } shard)
        {
            Fail(StatusCode.Unavailable, "The shard was taken from this leaf while the request waited.");
            return;
        }

        if (!core.Collections.TryFind(asked.Collection, out var ordinal))
        {
            Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(asked.Collection));
            return;
        }

        try
        {
            var status = asked.Step switch
            {
                RepairStep.Look => StatusCode.Ok,
                RepairStep.Begin => Begin(shard, ordinal, out error),
                RepairStep.Finish => Finish(shard, ordinal, asked.Cursor, out error),
                _ => Unknown(out error),
            };
            if (status == StatusCode.Ok) Tell(shard, shard.Collections[ordinal]);
            else Fail(status, error!);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Fail(StatusCode.ReadOnly, $"The repair of shard {shard.Id} failed: {failed.Message}");
        }
    }

    private static StatusCode Unknown(out string? error)
    {
        error = "A leaf takes the steps Look, Begin and Finish of a repair; a router copies.";
        return StatusCode.BadRequest;
    }

    private StatusCode Begin(ShardEngine shard, int ordinal, out string? error)
    {
        error = null;
        var name = core.Collections.Places[ordinal].Schema.Name;
        if (core.Collections.TryFindBuilding(name, out _))
        {
            error = $"A reindex of '{name}' is under way; give it up first: "
                + $"hedgerow collection reindex {name} --cancel";
            return StatusCode.SchemaConflict;
        }

        using var paused = new PausedLanes([shard]);
        shard.Refill(ordinal, core.Collections, core.Held);
        shard.Collections[ordinal].FillId = core.NextFill();
        return StatusCode.Ok;
    }

    /// <param name="shard">The shard.</param>
    /// <param name="ordinal">The collection.</param>
    /// <param name="fill">The filling that has everything, as its Begin was answered.</param>
    /// <param name="error">Why not.</param>
    private StatusCode Finish(ShardEngine shard, int ordinal, string fill, out string? error)
    {
        error = null;
        var collection = shard.Collections[ordinal];
        // None has the number 0: a Begin that failed half way leaves it.
        if (!collection.IsRefilling || collection.FillId == 0
            || fill != collection.FillId.ToString(CultureInfo.InvariantCulture))
        {
            error = $"That repair of '{collection.Name}' in shard {shard.Id} was ended by a stop of the leaf, or by "
                + "another that was begun meanwhile. Begin one again, when no other is under way.";
            return StatusCode.NotFound;
        }

        shard.Flusher.FlushNow(collection);
        RepairMark.Remove(context, shard.Id, core.Collections.Places[ordinal].IndexName);
        collection.IsRefilling = false;
        core.Repaired();
        return StatusCode.Ok;
    }

    private void Tell(ShardEngine shard, DocumentCollection collection)
    {
        var state = collection.IsDamaged ? ReplicaState.NeedsRepair
            : collection.IsRefilling ? ReplicaState.Refilling
            : ReplicaState.Well;
        var condition = new ReplicaCondition(
            shard.Id, core.Options.Name, state, collection.IsDamaged ? 0 : collection.Index.Documents,
            collection.Damage ?? "");
        var output = new ArrayBufferWriter<byte>();
        RepairCodec.Write(output, new RepairReply { Replicas = [condition] });
        Finish(StatusCode.Ok, collection.IsRefilling ? collection.FillId : 0, output.WrittenSpan);
    }
}
