using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What goes over all entries of a cluster: the flush, to every replica of every shard, and the scan of their paths,
/// shard by shard.
/// </summary>
/// <remarks>
/// A scan stays with each shard's owner: the order of a walk is a replica's own. If the owner changes on the way, what
/// the walk promises holds from there on only.
/// </remarks>
internal sealed class EntrySweeps
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public EntrySweeps(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    /// <summary>Drops all entries; Ok when each shard has it on as many replicas as a write needs.</summary>
    public async ValueTask<Reply> FlushAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (body.Length is not (0 or sizeof(ulong)))
            return RouterReply.Error(StatusCode.BadRequest, $"Flush: body of {body.Length} bytes; a u64 or none.");
        var version = body.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(body.Span);
        if (version == 0) version = NextAfterAll();
        var stamped = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(stamped, version);
        _services.Sharing.Stamps.ChangeAll();
        try
        {
            return await FlushAsync(stamped, version, deadlineAt, cancel).ConfigureAwait(false);
        }
        finally
        {
            _services.Sharing.Stamps.ChangeAll();
        }
    }

    private async ValueTask<Reply> FlushAsync(
        byte[] stamped, ulong version, long deadlineAt, CancellationToken cancel)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            var pending = table.Shards.Select(route => _services.Writes.Rent().RunAsync(
                route, new RequestHeader { Opcode = Opcode.Flush, Epoch = table.Epoch, Shard = route.Shard }, stamped,
                version, _services.Options.EntryAcksMin, ownerHasIt: false, deadlineAt, cancel).AsTask()).ToArray();
            var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
            var failed = Array.FindIndex(replies, r => r.Status is not (StatusCode.Ok or StatusCode.NotFound));
            var replicas = failed >= 0
                ? 0
                : replies.Min(r => BinaryPrimitives.ReadUInt16LittleEndian(r.Body.Span));
            for (var i = 0; i < replies.Length; i++)
                if (i != failed) replies[i].Dispose();
            if (failed < 0) return RouterReply.Written(StatusCode.Ok, version, replicas);
            if (again || !await _tables.FollowAsync(replies[failed], table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(replies[failed], table.Epoch);
        }
    }

    /// <summary>
    /// A version above all that were given in this millisecond: leaves stamp what they execute at once by clocks of
    /// their own, and what was written before the flush must go.
    /// </summary>
    private ulong NextAfterAll()
    {
        var version = _services.Versions.Next() | ((1UL << HybridClock.CounterBits) - 1);
        _services.Versions.Observe(version);
        return version;
    }

    /// <summary>A page of one shard's paths.</summary>
    public async ValueTask<Reply> ScanAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!EntryScanCodec.TryRead(body.Span, out var cursor, out var count, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error);
        var shard = (int)(cursor >> EntryScanCodec.ShardShift);
        var own = new byte[EntryScanCodec.RequestBytes];
        EntryScanCodec.Write(own, cursor & ((1UL << EntryScanCodec.ShardShift) - 1), count);
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            if (shard >= table.Shards.Length) return RouterReply.Ok(new byte[sizeof(ulong)]);
            var header = new RequestHeader { Opcode = Opcode.EntryScan, Epoch = table.Epoch, Shard = (ushort)shard };
            var reply = await _services.Reads.Rent().RunAsync(
                table.Owners[shard], OperationClass.Addressed, header, own, versionMin: 0, deadlineAt, cancel)
                .ConfigureAwait(false);
            if (reply.Status == StatusCode.Ok) return WithShard(reply, shard, table.Shards.Length);
            if (again || !await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(reply, table.Epoch);
        }
    }

    private static Reply WithShard(Reply page, int shard, int shards)
    {
        using (page)
        {
            var copy = Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, page.Body.Span);
            var next = BinaryPrimitives.ReadUInt64LittleEndian(page.Body.Span);
            if (next == 0) shard++;
            var cursor = shard == shards ? 0 : next | ((ulong)shard << EntryScanCodec.ShardShift);
            EntryScanCodec.Finish(System.Runtime.InteropServices.MemoryMarshal.AsMemory(copy.Body).Span, cursor);
            return copy;
        }
    }
}
