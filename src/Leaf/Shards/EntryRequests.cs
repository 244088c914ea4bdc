using System.Buffers.Binary;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Operations on several entries of a shard: transactions and scans are served on the thread that read them, a flush of
/// many entries on the pool. Thread-safe.
/// </summary>
internal sealed class EntryRequests(LeafCore core)
{
    /// <summary>Entries that a flush drops at once, on the thread that read it: some milliseconds.</summary>
    private const int FlushInlineMax = 16_384;

    private readonly Replier _replier = core.Replier;
    private readonly HybridClock _versions = new(core.Clock.Time);

    public void Transact(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        var status = TransactCodec.TryRead(body, out var transaction, out var error);
        if (status == StatusCode.Ok && NamesDocument(transaction))
        {
            status = StatusCode.BadRequest;
            error = "Transact is for entries; one of its paths is a document's.";
        }

        if (status != StatusCode.Ok)
        {
            _replier.Refuse(request, status, error!);
            return;
        }

        var output = ReplyScratch.Begin();
        var isReplicated = (request.Header.Flags & FrameFlags.Replicated) != 0;
        var nowMs = core.Clock.UnixMs(request.ReceivedTicks);
        status = shard.Cache.Transact(transaction, isReplicated, nowMs, output, out var version);
        if (status is StatusCode.BadRequest or StatusCode.TooLarge)
        {
            _replier.Refuse(request, status, status == StatusCode.TooLarge
                ? $"A value has more than {core.Options.ValueBytesMax} bytes, or more than the shard's memory can hold."
                : "A map of fields is broken.");
        }
        else
        {
            _replier.Send(request, status, version, output.Written);
        }
    }

    public void Scan(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        if (!EntryScanCodec.TryRead(body, out var cursor, out var count, out var error))
        {
            _replier.Refuse(request, StatusCode.BadRequest, error);
            return;
        }

        var output = ReplyScratch.Begin();
        EntryScanCodec.Begin(output);
        var next = shard.Cache.Scan.Page(cursor, count, core.Clock.UnixMs(request.ReceivedTicks), output);
        EntryScanCodec.Finish(output.Written, next);
        _replier.Send(request, StatusCode.Ok, 0, output.Written);
    }

    public void Flush(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        if (body.Length != sizeof(ulong))
        {
            _replier.Refuse(request, StatusCode.BadRequest, $"Flush: body of {body.Length} bytes; a u64 is needed.");
            return;
        }

        var version = BinaryPrimitives.ReadUInt64LittleEndian(body);
        if (version == 0) version = _versions.Next(core.Clock.UnixMs(request.ReceivedTicks));
        if (shard.Cache.Stats().Entries > FlushInlineMax)
        {
            core.Pool.Enqueue(new FlushWork(request, core, shard, version));
            return;
        }

        shard.Cache.Scan.Flush(version);
        _replier.Send(request, StatusCode.Ok, version, []);
    }

    private bool NamesDocument(TransactReader transaction)
    {
        while (transaction.NextCheck())
            if (core.Collections.TryResolve(transaction.CheckPath, out _)) return true;
        while (transaction.NextWrite())
            if (core.Collections.TryResolve(transaction.Write.Path, out _)) return true;
        return false;
    }

    /// <summary>A flush that takes its time.</summary>
    private sealed class FlushWork(in Request request, LeafCore core, ShardEngine shard, ulong version)
        : PendingRequest(request, [], core.Pending)
    {
        protected override void Serve()
        {
            if (!shard.Leases.TryEnter())
            {
                Fail(StatusCode.Unavailable, "The shard was taken from this leaf while the request waited.");
                return;
            }

            try
            {
                shard.Cache.Scan.Flush(version);
            }
            finally
            {
                shard.Leases.Exit();
            }

            Finish(StatusCode.Ok, version, []);
        }

        protected override void OnCancelWhileWaiting() => core.Pool.Remove(this);
    }
}
