using System.Buffers;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>Writes the entries of every shard of the leaf, one after the other. Runs on maintenance.</summary>
internal sealed class SnapshotRequest(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardContext context)
    : PendingRequest(request, body, core.Pending)
{
    protected override void Serve()
    {
        if (context.Directory is null)
        {
            Fail(StatusCode.BadRequest, $"{core.Options.Name} has no data directory; start it with leaf.data.");
            return;
        }

        var written = new List<ShardSnapshot>();
        try
        {
            foreach (var shard in core.Shards.Shards)
            {
                var outcome = context.Snapshots.Save(shard, isClean: false);
                var micros = (long)outcome.Duration.TotalMicroseconds;
                written.Add(new ShardSnapshot(outcome.Shard, outcome.Entries, outcome.Bytes, micros));
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Fail(StatusCode.ReadOnly, $"The snapshot could not be written: {failed.Message}");
            return;
        }
        catch (OperationCanceledException)
        {
            Fail(StatusCode.Unavailable, $"{core.Options.Name} is closing.");
            return;
        }

        var reply = new ArrayBufferWriter<byte>();
        SnapshotCodec.Write(reply, new SnapshotReply(written));
        Finish(StatusCode.Ok, 0, reply.WrittenSpan);
    }
}
