using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Writes that depend on what is stored: the shard's owner decides, and the entry that came of it is written to the
/// other replicas as it is, under the same version. Never sent twice: an increment whose answer was lost may have
/// happened.
/// </summary>
internal sealed class ConditionalWrites
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;

    public ConditionalWrites(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> WriteAsync(
        RoutingTable table, ShardRoute route, WritePlan plan, RequestHeader header, ReadOnlyMemory<byte> body,
        int acksMin, long deadlineAt, CancellationToken cancel)
    {
        var owner = route.Owner;
        if (!owner.TakesWrites(_services.Clock.Now)) return OwnerIsDown(route, "it failed lately");
        // The other replicas get what came of it.
        var extra = route.Replicas.Length > 1 ? FrameFlags.ReturnEntry : FrameFlags.None;
        var decided = await _services.Reads.Rent().RunAsync(
            table.Owners[route.Shard], OperationClass.Addressed, header with { Flags = header.Flags | extra }, body,
            versionMin: 0, deadlineAt, cancel).ConfigureAwait(false);
        if (decided.Status != StatusCode.Ok) return Refused(route, decided);
        _services.Versions.Observe(decided.Header.Version);
        return await ReplicateAsync(route, plan, header, body, decided, acksMin, deadlineAt, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Goes on with a write that was sent without a call to the one replica of its shard. It is not sent again.
    /// </summary>
    /// <param name="write">Unchanged until the result is there, as its body is.</param>
    /// <param name="plan">What it is.</param>
    /// <param name="last">Its copy, if it was answered; null when it is still out.</param>
    /// <param name="answer">What it was answered.</param>
    /// <param name="cancel">The caller's.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> GoOnAsync(
        DirectCall write, WritePlan plan, DirectCopy? last, Reply answer, CancellationToken cancel)
    {
        var (route, header) = (write.Route, write.Header);
        var decided = await _services.Reads.Rent()
            .TakeOverAsync(OperationClass.Addressed, write, last, answer, follower: null, cancel)
            .ConfigureAwait(false);
        if (decided.Status != StatusCode.Ok) return Refused(route, decided);
        _services.Versions.Observe(decided.Header.Version);
        var wantsEntry = (header.Flags & FrameFlags.ReturnEntry) != 0;
        return Answer(plan, wantsEntry, wantsEntry, decided, replicas: 1);
    }

    private static Reply Refused(ShardRoute route, in Reply decided)
    {
        if (decided.Status != StatusCode.Unavailable) return decided;
        var reason = RouterReply.Text(decided);
        decided.Dispose();
        return OwnerIsDown(route, reason);
    }

    public static Reply OwnerIsDown(ShardRoute route, string reason) => RouterReply.Error(
        StatusCode.Unavailable,
        $"The owner of shard {route.Shard}, {route.Owner.Endpoint.Id}, can't be reached ({reason}); a conditional "
        + "write needs it, or a topology that names another replica first. If it was sent, it may have happened.");

    /// <param name="plan">The write.</param>
    /// <param name="wantsEntry">Whether the caller asked for it.</param>
    /// <param name="hasEntry">Whether the owner was asked for it.</param>
    /// <param name="decided">The owner's answer; taken over.</param>
    /// <param name="replicas">That have the write.</param>
    private static Reply Answer(in WritePlan plan, bool wantsEntry, bool hasEntry, in Reply decided, int replicas)
    {
        if (wantsEntry) return decided;
        var version = decided.Header.Version;
        var isNumber = plan.TryReadNumber(decided.Body.Span, hasEntry, out var number);
        decided.Dispose();
        if (!plan.AnswersNumber) return RouterReply.Written(StatusCode.Ok, version, replicas);
        if (!isNumber) return RouterReply.Error(StatusCode.Internal, "The owner's answer has no number.");
        Span<byte> body = stackalloc byte[sizeof(long) + sizeof(ushort)];
        BinaryPrimitives.WriteInt64LittleEndian(body, number);
        BinaryPrimitives.WriteUInt16LittleEndian(body[sizeof(long)..], (ushort)replicas);
        return Reply.Copy(new ReplyHeader { Status = StatusCode.Ok, Version = version }, body);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ReplicateAsync(
        ShardRoute route, WritePlan plan, RequestHeader header, ReadOnlyMemory<byte> body, Reply decided, int acksMin,
        long deadlineAt, CancellationToken cancel)
    {
        var wantsEntry = (header.Flags & FrameFlags.ReturnEntry) != 0;
        if (route.Replicas.Length == 1) return Answer(plan, wantsEntry, wantsEntry, decided, replicas: 1);
        // An operation on fields that changed none.
        if (plan.IsNoChange(decided.Body.Span)) return Answer(plan, wantsEntry, hasEntry: true, decided, replicas: 1);
        if (!plan.TryMakeReplica(plan.PathOf(body.Span), decided, out var opcode, out var buffer, out var length))
        {
            decided.Dispose();
            return RouterReply.Error(StatusCode.Internal, "The owner's answer has no entry, though one was asked for.");
        }

        try
        {
            var copy = header with { Opcode = opcode, Flags = FrameFlags.Replicated };
            var written = await _services.Writes.Rent().RunAsync(
                route, copy, buffer.AsMemory(0, length), decided.Header.Version, acksMin, ownerHasIt: true, deadlineAt,
                cancel).ConfigureAwait(false);
            if (written.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                decided.Dispose();
                return RoutingTables.Explain(written, header.Epoch);
            }

            var replicas = BinaryPrimitives.ReadUInt16LittleEndian(written.Body.Span);
            written.Dispose();
            return Answer(plan, wantsEntry, hasEntry: true, decided, replicas);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
