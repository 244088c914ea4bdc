using Hedgerow.Leaf.Search.Indexing;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Decides when an index is flushed and merged, has maintenance do it, and lets the log go behind it.
/// </summary>
/// <remarks>
/// A flush is taken down on the lane, so that it knows exactly which writes are in it, and written by maintenance while
/// the lane goes on. The log is synced first: what segments hold must never be ahead of it, or its positions would be
/// given out twice after a crash.
/// </remarks>
internal sealed partial class ShardFlusher(ShardEngine shard, ShardContext context)
{
    /// <summary>Time from a failed flush to the next. One second: a full disk is not helped by trying harder.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private long _applied;
    private long _trimmed;

    /// <summary>The log as recovery left it.</summary>
    public void OnRecovered(long first, long end)
    {
        _trimmed = first;
        _applied = end;
    }

    /// <summary>Whether an index has grown so far beyond its flush that writes have to wait.</summary>
    public bool IsTooFarBehind(DocumentCollection collection) =>
        collection.Index.UnflushedBytes > context.Limits.UnflushedBytesMax;

    /// <summary>A write was applied: flush if it was the one too many. Lane.</summary>
    public void OnApplied(DocumentCollection collection, long end)
    {
        Volatile.Write(ref _applied, end);
        if (collection.Index.UnflushedBytes > context.Limits.FlushBytes) BeginFlush(collection);
        if (end - Volatile.Read(ref _trimmed) <= context.Limits.LogBytesMax) return;
        foreach (var other in shard.Collections)
        {
            if (other.IsAhead) BeginFlush(other);
        }
    }

    /// <summary>Looks for a merge after a refresh or a flush has added a segment. Any thread.</summary>
    public void OnSegments(DocumentCollection collection)
    {
        if (collection.IsMerging || !collection.IsUsable) return;
        if (collection.Index.SegmentCount <= context.Limits.SegmentsBeforeMerge) return;
        collection.IsMerging = true;
        context.Maintenance.PostIdle(() => Merge(collection));
    }

    /// <summary>Flushes everything and returns when it is on the disk. Maintenance.</summary>
    /// <exception cref="IOException">It could not be written; the log still has it.</exception>
    public void FlushAll()
    {
        foreach (var collection in shard.Collections.Where(c => c.IsUsable)) FlushNow(collection);
        shard.Log?.Sync();
    }

    /// <summary>Flushes one index and returns when it is on the disk. Maintenance.</summary>
    /// <exception cref="IOException">It could not be written; the log still has what it had.</exception>
    public void FlushNow(DocumentCollection collection)
    {
        (PendingFlush? Before, PendingFlush Now) taken = default;
        shard.Lane.RunAndWait(() => taken = TakeDown(collection));
        WriteTaken(collection, taken);
    }

    /// <summary>Flushes one index while the lane is paused. Maintenance.</summary>
    /// <exception cref="IOException">It could not be written; the log still has it.</exception>
    public void FlushPaused(DocumentCollection collection)
    {
        if (collection.IsUsable) WriteTaken(collection, TakeDown(collection));
    }

    private (PendingFlush? Before, PendingFlush Now) TakeDown(DocumentCollection collection)
    {
        var before = collection.Flushing;
        var now = Prepare(collection);
        collection.Flushing = now;
        return (before, now);
    }

    private void WriteTaken(DocumentCollection collection, (PendingFlush? Before, PendingFlush Now) taken)
    {
        try
        {
            if (taken.Before is not null) Write(collection, taken.Before);
            Write(collection, taken.Now);
        }
        finally
        {
            collection.Flushing = null;
        }
    }

    private void BeginFlush(DocumentCollection collection)
    {
        if (collection.Flushing is not null || context.Time.GetTimestamp() < collection.FlushNotBefore) return;
        collection.Flushing = Prepare(collection);
        context.Maintenance.Post(() => WriteBegun(collection));
    }

    private void WriteBegun(DocumentCollection collection)
    {
        // Taken along by another flush meanwhile: flushes are written in the order they were taken down.
        if (shard.IsDisposed || !collection.IsUsable || collection.Flushing is not { } pending) return;
        try
        {
            Write(collection, pending);
        }
        catch (IOException)
        {
            collection.FlushNotBefore =
                context.Time.GetTimestamp() + (long)(RetryAfter.TotalSeconds * context.Time.TimestampFrequency);
            throw;
        }
        finally
        {
            collection.Flushing = null;
        }
    }

    private PendingFlush Prepare(DocumentCollection collection)
    {
        collection.IsStale = false;
        return collection.Index.PrepareFlush(shard.Log?.End ?? 0);
    }

    private void Write(DocumentCollection collection, PendingFlush pending)
    {
        shard.Log?.Sync();
        collection.Index.Flush(pending);
        TrimLog();
        OnSegments(collection);
    }

    /// <summary>
    /// The applied position is read before the collections': whatever lies before it was noted in its collection first.
    /// </summary>
    private void TrimLog()
    {
        if (shard.Log is null) return;
        var position = Volatile.Read(ref _applied);
        foreach (var collection in shard.Collections)
        {
            if (collection.IsAhead) position = Math.Min(position, collection.Index.CommittedPosition);
        }

        Volatile.Write(ref _trimmed, Math.Max(position, Volatile.Read(ref _trimmed)));
        shard.Log.TrimTo(position);
    }

    private void Merge(DocumentCollection collection)
    {
        if (shard.IsDisposed || !collection.IsUsable) return;
        var work = context.Maintenance;
        var pace = new MergePace(
            context.Options.MergeShare, () => work.Backlog > 0, context.Time, work.Closing, context.Threads.Throttle);
        try
        {
            if (!collection.Index.MergeOnce(context.Limits.MergeInputBytesMax, pace)) return;
        }
        catch (IndexCorruptException damage)
        {
            shard.MarkDamaged(collection, damage);
            return;
        }
        catch (OperationCanceledException)
        {
            LogMergeStopped(context.Log, collection.Name, shard.Id);
            return;
        }
        finally
        {
            collection.IsMerging = false;
        }

        OnSegments(collection);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message =
        "A merge of collection {Collection} in shard {Shard} was stopped, for the leaf is closing")]
    private static partial void LogMergeStopped(ILogger logger, string collection, ushort shard);
}
