using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Metrics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Cache operations without frames: executed on the caller's thread into the caller's buffer, one copy from the store,
/// counted like every other. The store stamps versions where the caller gave none. Allocates nothing; thread-safe.
/// </summary>
/// <remarks>
/// One operation in <see cref="TimedEvery"/> of a thread is timed and counts as that many in the latencies: two looks
/// at the clock cost about as much as finding an entry.
/// </remarks>
internal sealed class InlineCommands(LeafCore core, LeafMetrics metrics)
{
    private const int TimedEvery = 16;

    [ThreadStatic]
    private static uint _calls;

    /// <summary>
    /// False when it can't be done here and now: a document's write, an opcode that is no cache operation.
    /// </summary>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, ShardEngine shard, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome, bool countsFailures)
    {
        outcome = default;
        if (!CacheCommand.Carries(command.Opcode)) return false;
        var isTimed = _calls++ % TimedEvery == 0;
        var startedTicks = isTimed ? core.Clock.Ticks() : 0;
        StatusCode status;
        EntryMeta meta;
        if (!core.Collections.TryResolve(command.Path, out var ordinal))
        {
            // A read finds its entry without the public hash of the path.
            var hash = pathHash == 0 && command.Opcode != Opcode.Get ? PathHash.OfPath(command.Path) : pathHash;
            status = shard.Cache.Execute(command, hash, nowMs, output, out meta);
        }
        else if (command.Opcode == Opcode.Get)
        {
            status = shard.Read(command, ordinal, 0, 0, output, out meta);
        }
        else
        {
            return false;
        }

        if (countsFailures || status is StatusCode.Ok or StatusCode.NotFound)
            metrics.CountReply(command.Opcode, status);
        if (isTimed)
        {
            var nanos = core.Clock.Nanos(startedTicks, core.Clock.Ticks());
            metrics.RecordService(command.Opcode, nanos, TimedEvery);
        }

        outcome = new CommandOutcome
        {
            Status = status,
            Version = meta.Version,
            EntryFlags = meta.EntryFlags,
            ExpiresAtMs = meta.ExpiresAtMs,
            Kind = meta.Kind,
            Mark = meta.Mark,
        };
        return true;
    }
}
