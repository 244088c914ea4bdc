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

    /// <summary>Whether <see cref="AcksMin"/> can be told without waiting.</summary>
    public bool IsReady(long now, long deadlineAt) => _collections.IsKnown(now, deadlineAt);

    /// <summary>Replicas that must have a write of this path.</summary>
    public int AcksMin(ReadOnlySpan<byte> path, ShardRoute route) => Math.Min(
        _collections.IsDocument(path) ? _services.Options.DocumentAcks(route) : _services.Options.EntryAcksMin,
        route.Replicas.Length);

    /// <summary>
    /// Goes on with a write whose first try was sent without a call: <see cref="ReplicatedWrite.TakeOverAsync"/>, <see
    /// cref="ConditionalWrites.GoOnAsync"/>.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> GoOnAsync(
        DirectCall write, DirectCopy? last, Reply answer, CancellationToken cancel)
    {
        var (header, body, deadlineAt) = (write.Header, write.Body, write.DeadlineAt);
        if (WritePlan.TryMake(header.Opcode, header.Flags, body.Span, out var plan, out var error) != StatusCode.Ok)
            throw new InvalidOperationException($"The body of a write that was sent has changed: {error}");
        try
        {
            var running = plan.IsConditional
                ? _conditional.GoOnAsync(write, plan, last, answer, cancel)
                : _services.Writes.Rent().TakeOverAsync(write, last, answer, cancel);
            var first = FollowAsync(running, header.Epoch, plan, header, body, write.Version, deadlineAt, cancel);
            return await TryOnAsync(first, plan, header, body, deadlineAt, cancel).ConfigureAwait(false);
        }
        finally
        {
            _services.Sharing.Written(header.PathHash);
        }
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
            var own = stamped.AsMemory(0, body.Length);
            var first = StampAndTryAsync(plan, header, own, deadlineAt, cancel);
            return await TryOnAsync(first, plan, header, own, deadlineAt, cancel).ConfigureAwait(false);
        }
        finally
        {
            _services.Sharing.Written(hash);
            ArrayPool<byte>.Shared.Return(stamped);
        }
    }

    private ValueTask<Reply> StampAndTryAsync(
        in WritePlan plan, in RequestHeader header, Memory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var version = _services.Versions.Next();
        plan.Stamp(body.Span, version);
        return TryAsync(plan, header, body, version, deadlineAt, cancel);
    }

    // After the first try, which is under way.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> TryOnAsync(
        ValueTask<Reply> first, WritePlan plan, RequestHeader header, Memory<byte> body, long deadlineAt,
        CancellationToken cancel)
    {
        var reply = await first.ConfigureAwait(false);
        for (var tries = 1; reply.Status == StatusCode.VersionTooOld; tries++)
        {
            var stored = reply.Header.Version;
            reply.Dispose();
            if (tries == TriesMax)
                return RouterReply.Error(
                    StatusCode.VersionTooOld, $"Other writers of this path were faster {TriesMax} times.", stored);
            // A slow clock must not lose a write: past what is stored, and again.
            _services.Versions.Observe(Past(stored, tries));
            _services.Counters.Retry();
            reply = await StampAndTryAsync(plan, header, body, deadlineAt, cancel).ConfigureAwait(false);
        }

        return reply;
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

    private ValueTask<Reply> TryAsync(
        in WritePlan plan, in RequestHeader header, ReadOnlyMemory<byte> body, ulong version, long deadlineAt,
        CancellationToken cancel)
    {
        var table = _tables.Current;
        var first = SendAsync(table, plan, header, body, version, deadlineAt, cancel);
        return FollowAsync(first, table.Epoch, plan, header, body, version, deadlineAt, cancel);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> FollowAsync(
        ValueTask<Reply> first, uint epoch, WritePlan plan, RequestHeader header, ReadOnlyMemory<byte> body,
        ulong version, long deadlineAt, CancellationToken cancel)
    {
        var reply = await first.ConfigureAwait(false);
        if (!await _tables.FollowAsync(reply, epoch, cancel).ConfigureAwait(false))
            return RoutingTables.Explain(reply, epoch);
        var table = _tables.Current;
        var second = await SendAsync(table, plan, header, body, version, deadlineAt, cancel).ConfigureAwait(false);
        return RoutingTables.Explain(second, table.Epoch);
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

}
