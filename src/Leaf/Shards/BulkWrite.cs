using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>Many documents of one collection: logged and applied in order on the lane, answered once for all.</summary>
internal sealed class BulkWrite(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardEngine shard)
    : PendingRequest(request, body, core.Pending), ILaneWork, ICommitWaiter
{
    /// <summary>
    /// Characters of one failure's message: the reply of a bulk in which all fail must fit a message.
    /// </summary>
    private const int MessageCharsMax = 500;

    private readonly List<BulkFailure> _failures = [];
    private int _accepted;

    public void OnCommitted(string? failure)
    {
        if (failure is not null) Fail(StatusCode.ReadOnly, failure);
        else Answer();
    }

    protected override void Serve()
    {
        if (!BulkCodec.TryRead(Body, out BulkRequest? bulk, out var error))
        {
            Fail(StatusCode.BadRequest, $"Bulk: {error}");
            return;
        }

        if (!core.Collections.TryFind(bulk.Collection, out var ordinal))
        {
            Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(bulk.Collection));
            return;
        }

        long end = 0;
        for (var i = 0; i < bulk.Documents.Count; i++)
            end = Math.Max(end, WriteOne(shard.Collections[ordinal], ordinal, bulk.Documents[i], i));
        if (end > 0 && shard.Log is not null) shard.Log.NotifyWhenCommitted(end, this);
        else Answer();
    }

    /// <summary>The log position behind the document; 0 when it was not logged.</summary>
    private long WriteOne(DocumentCollection collection, int ordinal, in BulkDocument document, int index)
    {
        var path = Encoding.UTF8.GetBytes(document.Path);
        if (!core.Collections.TryResolve(path, out var owner) || owner != ordinal)
        {
            Refuse(index, StatusCode.BadRequest,
                $"The path '{document.Path}' is not one of collection '{collection.Name}': its documents' paths " +
                $"begin with {core.Collections.Places[ordinal].Schema.PathPrefix} and with no longer declared prefix.");
            return 0;
        }

        var change = new DocumentChange
        {
            Path = path, Version = document.Version, Json = document.Json.Span,
            IsCopy = (Request.Header.Flags & FrameFlags.Replicated) != 0,
        };
        var outcome = shard.Writer.Write(collection, change);
        if (outcome.Status is StatusCode.Ok or StatusCode.NotFound)
        {
            _accepted++;
            return outcome.LogEnd;
        }

        Refuse(index, outcome.Status, outcome.Error ?? $"Version {outcome.Version} is stored and not older.");
        return 0;
    }

    private void Refuse(int index, StatusCode status, string message) =>
        _failures.Add(new BulkFailure(index, status, message[..Math.Min(message.Length, MessageCharsMax)]));

    private void Answer()
    {
        var output = new ArrayBufferWriter<byte>();
        BulkCodec.Write(output, new BulkReply { Accepted = _accepted, Failures = _failures });
        Finish(StatusCode.Ok, 0, output.WrittenSpan);
    }
}
