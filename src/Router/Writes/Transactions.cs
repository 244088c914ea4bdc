using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Transactions: the owner of the one shard that all paths are of decides, and then every other replica gets the same
/// writes under the same version, without the checks. Never sent twice to the owner under one version.
/// </summary>
internal sealed class Transactions
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public Transactions(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    public async ValueTask<Reply> RunAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var status = TransactCodec.TryRead(body.Span, out var request, out var error);
        if (status != StatusCode.Ok) return RouterReply.Error(status, error!);
        var (given, writes) = (request.Version, request.Writes);
        if (request.Checks + writes == 0) return RouterReply.Error(StatusCode.BadRequest, "Transact: it has no path.");
        var stamped = ArrayPool<byte>.Shared.Rent(body.Length);
        NoteWrites(body.Span);
        try
        {
            body.Span.CopyTo(stamped);
            var whole = stamped.AsMemory(0, body.Length);
            for (var tries = 1; ; tries++)
            {
                var version = given != 0 ? given : _services.Versions.Next();
                TransactCodec.Stamp(stamped, version);
                var reply = await TryAsync(whole, version, writes, deadlineAt, cancel).ConfigureAwait(false);
                if (reply.Status != StatusCode.VersionTooOld || given != 0 || tries == EntryWrites.TriesMax)
                    return reply;
                _services.Versions.Observe(EntryWrites.Past(reply.Header.Version, tries));
                _services.Counters.Retry();
                reply.Dispose();
            }
        }
        finally
        {
            NoteWrites(body.Span);
            ArrayPool<byte>.Shared.Return(stamped);
        }
    }

    private void NoteWrites(ReadOnlySpan<byte> body)
    {
        // It was checked.
        _ = TransactCodec.TryRead(body, out var request, out _);
        while (request.NextCheck())
        {
            // The writes come after them.
        }

        while (request.NextWrite()) _services.Sharing.Written(PathHash.OfPath(request.Write.Path));
    }

    private async ValueTask<Reply> TryAsync(
        ReadOnlyMemory<byte> body, ulong version, int writes, long deadlineAt, CancellationToken cancel)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            if (!TryFindShard(table, body.Span, out var shard, out var refusal)) return refusal;
            var reply = await SendAsync(table, table.Shards[shard], body, version, writes, deadlineAt, cancel)
                .ConfigureAwait(false);
            if (again || !await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(reply, table.Epoch);
        }
    }

    private async ValueTask<Reply> SendAsync(
        RoutingTable table, ShardRoute route, ReadOnlyMemory<byte> body, ulong version, int writes, long deadlineAt,
        CancellationToken cancel)
    {
        if (!route.Owner.TakesWrites(_services.Clock.Now))
            return ConditionalWrites.OwnerIsDown(route, "it failed lately");
        var header = new RequestHeader { Opcode = Opcode.Transact, Epoch = table.Epoch, Shard = route.Shard };
        var decided = await _services.Reads.Rent().RunAsync(
            table.Owners[route.Shard], OperationClass.Addressed, header, body, versionMin: 0, deadlineAt, cancel)
            .ConfigureAwait(false);
        if (decided.Status != StatusCode.Ok) return decided;
        using (decided)
        {
            _services.Versions.Observe(version);
            if (route.Replicas.Length == 1 || writes == 0) return Answer(decided, version, replicas: 1);
            var written = await _services.Writes.Rent().RunAsync(
                route, header with { Flags = FrameFlags.Replicated }, body, version, _services.Options.EntryAcksMin,
                ownerHasIt: true, deadlineAt, cancel).ConfigureAwait(false);
            if (written.Status is not (StatusCode.Ok or StatusCode.NotFound)) return written;
            using (written)
                return Answer(decided, version, BinaryPrimitives.ReadUInt16LittleEndian(written.Body.Span));
        }
    }

    private static Reply Answer(in Reply decided, ulong version, int replicas)
    {
        var length = decided.Body.Length + sizeof(ushort);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        decided.Body.Span.CopyTo(buffer);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(decided.Body.Length), (ushort)replicas);
        var header = new ReplyHeader { Status = StatusCode.Ok, Version = version };
        return new Reply(header, buffer, 0, length, pooled: true);
    }

    private static bool TryFindShard(RoutingTable table, ReadOnlySpan<byte> body, out int shard, out Reply refusal)
    {
        // It was checked.
        _ = TransactCodec.TryRead(body, out var request, out _);
        shard = -1;
        var other = -1;
        while (request.NextCheck()) Note(table.ShardOf(request.CheckPath), ref shard, ref other);
        while (request.NextWrite()) Note(table.ShardOf(request.Write.Path), ref shard, ref other);
        refusal = other < 0
            ? default
            : RouterReply.Error(
                StatusCode.BadRequest,
                $"Transact: its paths are of shards {shard} and {other}; they must be of one. Paths with the same part "
                + "in braces, as in /cart/{7}/a and /cart/{7}/b, are.");
        return other < 0;
    }

    private static void Note(int each, ref int shard, ref int other)
    {
        if (shard < 0) shard = each;
        else if (each != shard) other = each;
    }
}
