using Hedgerow.Leaf.Faults;
using Hedgerow.Leaf.Messages;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Gives each request to the one place that serves it: cache operations here and now, writes of documents to their
/// shard's lane, searches to the pool, changes of the catalogue to maintenance.
/// </summary>
internal sealed partial class RequestDispatcher(
    LeafCore core, ShardContext context, MessageRelay messages, FaultSwitch faults, Func<ReadOnlyMemory<byte>> stats)
{
    /// <summary>Changes of the catalogue that may wait. 64: each forces files to the disk.</summary>
    private const int BacklogMax = 64;

    private readonly CacheRequests _cache = new(core, context.Transactions);
    private readonly EntryRequests _entries = new(core);

    /// <summary>Serves a request, or begins to. Never throws.</summary>
    public void Dispatch(in Request request, ReadOnlySpan<byte> body)
    {
        try
        {
            Route(request, body);
        }
        catch (Exception defect)
        {
            // Everything before the reply may throw and nothing after it does, so this is the only one.
            LogDefect(context.Log, request.Header.Opcode, request.Header.Shard, defect);
            var isDamage = defect is Search.Indexing.IndexCorruptException or DamagedCollectionException;
            core.Replier.Refuse(
                request,
                isDamage ? StatusCode.Corrupt : StatusCode.Internal,
                $"{request.Header.Opcode} failed: {defect.Message} The log of {core.Options.Name} has more.");
        }
    }

    private void Route(in Request request, ReadOnlySpan<byte> body)
    {
        switch (request.Header.Opcode)
        {
            case Opcode.Ping:
                core.Replier.Send(request, StatusCode.Ok, 0, []);
                break;
            case Opcode.Stats:
                core.Replier.Send(request, StatusCode.Ok, 0, stats().Span);
                break;
            case Opcode.Fault:
                SetFault(request, body);
                break;
            case Opcode.Snapshot:
                SaveEntries(request, body);
                break;
            case Opcode.Publish:
                messages.Publish(request, body);
                break;
            case Opcode.Listen:
                messages.Listen(request, body);
                break;
            default:
                if (core.FindShard(request) is { } shard) RouteToShard(request, shard, body);
                break;
        }
    }

    private void RouteToShard(in Request request, ShardEngine shard, ReadOnlySpan<byte> body)
    {
        switch (request.Header.Opcode)
        {
            case Opcode.GetMany:
                _cache.ServeMany(request, shard, body);
                break;
            case >= Opcode.Get and <= Opcode.Head:
                _cache.Serve(request, shard, body);
                break;
            case Opcode.Transact:
                _entries.Transact(request, shard, body);
                break;
            case Opcode.EntryScan:
                _entries.Scan(request, shard, body);
                break;
            case Opcode.Flush:
                _entries.Flush(request, shard, body);
                break;
            case Opcode.Search or Opcode.TermStatistics or Opcode.Scan or Opcode.CollectionGet or Opcode.PointInTime
                or Opcode.Analyze or Opcode.Instant or Opcode.Suggest or Opcode.Spelling:
                core.Pool.Enqueue(new SearchWork(request, body, core, shard));
                break;
            case Opcode.Bulk:
                Enqueue(shard, new BulkWrite(request, body, core, shard));
                break;
            case Opcode.Refresh:
                Enqueue(shard, new RefreshRequest(request, body, core, shard));
                break;
            case Opcode.CollectionPut:
                Change(new CollectionPut(request, body, core, context));
                break;
            case Opcode.CollectionChange:
                Change(new CollectionChangeWork(request, body, core, context));
                break;
            case Opcode.Repair:
                Change(new RepairWork(request, body, core, context));
                break;
            default:
                core.Replier.Refuse(request, StatusCode.UnknownOpcode,
                    $"A leaf does not serve opcode {request.Header.Opcode} (0x{(byte)request.Header.Opcode:X2}).");
                break;
        }
    }

    private static void Enqueue<T>(ShardEngine shard, T work)
        where T : PendingRequest, ILaneWork
    {
        if (!shard.Lane.TryEnqueue(work)) work.Reject(StatusCode.Overloaded, WriteLane.FullText);
    }

    private void Change(PendingRequest change)
    {
        if (context.Maintenance.Backlog >= BacklogMax)
            change.Reject(StatusCode.Overloaded, $"{BacklogMax} changes of collections wait; no more may.");
        else
            context.Maintenance.Post(change.Run);
    }

    private void SaveEntries(in Request request, ReadOnlySpan<byte> body)
    {
        var save = new SnapshotRequest(request, body, core, context);
        if (context.Maintenance.Backlog >= BacklogMax)
            save.Reject(StatusCode.Overloaded, $"{BacklogMax} pieces of work on the disk wait; no more may.");
        else
            context.Maintenance.Post(save.Run);
    }

    private void SetFault(in Request request, ReadOnlySpan<byte> body)
    {
        if (!core.Options.AllowFaults)
        {
            core.Replier.Refuse(request, StatusCode.Unauthorized,
                $"{core.Options.Name} was started without faults allowed; they are for tests and demos.");
            return;
        }

        if (!FaultCodec.TryRead(body.ToArray(), out var fault, out var error))
            core.Replier.Refuse(request, StatusCode.BadRequest, $"Fault: {error}");
        else if (FaultSwitch.Problem(fault) is { } problem)
            core.Replier.Refuse(request, StatusCode.BadRequest, $"Fault: {problem}");
        else
            ApplyFault(request, fault);
    }

    private void ApplyFault(in Request request, FaultRequest fault)
    {
        faults.Set(fault);
        LogFault(context.Log, core.Options.Name, fault);
        core.Replier.Send(request, StatusCode.Ok, 0, []);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request of kind {Opcode} for shard {Shard} met a defect")]
    private static partial void LogDefect(ILogger logger, Opcode opcode, ushort shard, Exception defect);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Leaf} misbehaves on purpose from now on: {Fault}")]
    private static partial void LogFault(ILogger logger, string leaf, FaultRequest fault);
}
