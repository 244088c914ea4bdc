using System.Buffers;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Writes of one path: stamps the version, sends to the replicas or to the owner, and tries again with a later version
/// when a replica has one that is newer than this router's clock.
/// </summary>
internal sealed class EntryWrites
{
    /// <summary>
    /// Tries with a fresh version. The second is above all that the replicas had; more are only needed when other
    /// coordinators write the same path in between.
    /// </summary>
    public const int TriesMax = 6;

    private readonly CallServices _services;
    private readonly RoutingTables _tables;
    private readonly CollectionCatalog _collections;
    private readonly ConditionalWrites _conditional;

    public EntryWrites(CallServices services, RoutingTables tables, CollectionCatalog collections)
    {
        _services = services;
        _tables = tables;
        _collections = collections;
        _conditional = new ConditionalWrites(services, tables);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> WriteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var status = WritePlan.TryMake(header.Opcode, header.Flags, body.Span, out var plan, out var error);
        if (status != StatusCode.Ok) return RouterReply.Error(status, error!);
        await _collections.EnsureKnownAsync(deadlineAt, cancel).ConfigureAwait(false);
        var hash = PathHash.OfPath(plan.PathOf(body.Span));
        var stamped = ArrayPool<byte>.Shared.Rent(body.Length);
        _services.Sharing.Written(hash);
        try
        {
            if (plan.Version != 0)
                return await TryAsync(plan, header, body, plan.Version, deadlineAt, cancel).ConfigureAwait(false);
            body.Span.CopyTo(stamped);
            return await StampAndTryAsync(plan, header, stamped, body.Length, deadlineAt, cancel).ConfigureAwait(false);
        }
        finally
        {
            _services.Sharing.Written(hash);
            ArrayPool<byte>.Shared.Return(stamped);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> StampAndTryAsync(
        WritePlan plan, RequestHeader header, byte[] stamped, int length, long deadlineAt, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var version = _services.Versions.Next();
            plan.Stamp(stamped, version);
            var reply = await TryAsync(plan, header, stamped.AsMemory(0, length), version, deadlineAt, cancel)
                .ConfigureAwait(false);
            if (reply.Status != StatusCode.VersionTooOld) return reply;
            var stored = reply.Header.Version;
            reply.Dispose();
            if (tries == TriesMax)
                return RouterReply.Error(
                    StatusCode.VersionTooOld, $"Other writers of this path were faster {TriesMax} times.", stored);
            // A slow clock must not lose a write: past what is stored, and again.
            _services.Versions.Observe(Past(stored, tries));
            _services.Counters.Retry();
        }
    }

    /// <summary>
    /// What the clock is to pass after a refusal: the stored version after the first; then 1, 4, 16 … ms more, so that
    /// a clock that lags gets ahead of writers that are faster than a round trip.
    /// </summary>
    public static ulong Past(ulong stored, int tries)
    {
        var ahead = tries == 1 ? 0 : 1UL << (HybridClock.CounterBits + (2 * (tries - 2)));
        return stored > ulong.MaxValue - ahead ? stored : stored + ahead;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> TryAsync(
        WritePlan plan, RequestHeader header, ReadOnlyMemory<byte> body, ulong version, long deadlineAt,
        CancellationToken cancel)
    {
        for (var again = false; ; again = true)
        {
            var table = _tables.Current;
            var reply = await SendAsync(table, plan, header, body, version, deadlineAt, cancel).ConfigureAwait(false);
            if (again || !await _tables.FollowAsync(reply, table.Epoch, cancel).ConfigureAwait(false))
                return RoutingTables.Explain(reply, table.Epoch);
        }
    }

    private ValueTask<Reply> SendAsync(
        RoutingTable table, in WritePlan plan, in RequestHeader header, ReadOnlyMemory<byte> body, ulong version,
        long deadlineAt, CancellationToken cancel)
    {
        var path = plan.PathOf(body.Span);
        var route = table.Shards[table.ShardOf(path)];
        var acksMin = AcksMin(path, route);
        var routed = new RequestHeader
        {
            Opcode = header.Opcode,
            Flags = header.Flags & FrameFlags.ReturnEntry,
            Epoch = table.Epoch,
            Shard = route.Shard,
            PathHash = PathHash.OfPath(path),
        };
        return plan.IsConditional
            ? _conditional.WriteAsync(table, route, plan, routed, body, acksMin, deadlineAt, cancel)
            : _services.Writes.Rent().RunAsync(
                route, routed, body, version, acksMin, ownerHasIt: false, deadlineAt, cancel);
    }

    private int AcksMin(ReadOnlySpan<byte> path, ShardRoute route) =>
        _collections.IsDocument(path) ? _services.Options.DocumentAcks(route) : _services.Options.EntryAcksMin;
}
