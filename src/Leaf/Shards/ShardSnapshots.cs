using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability.Snapshots;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Writes a shard's cache entries to its directory and takes them up again at the start, so that a leaf starts warm.
/// On maintenance, one at a time.
/// </summary>
/// <remarks>
/// A snapshot is as old as it is: what was written after it would come back stale. So by default only the one that a
/// drain made is loaded, once: the start that loads it removes it. One that was asked for is loaded only where <see
/// cref="SnapshotLoad.Any"/> says that old values are better than none.
/// </remarks>
internal sealed partial class ShardSnapshots(ShardContext context)
{
    private const string FileName = "entries.snapshot";

    /// <summary>Writes the entries of a shard, while it serves.</summary>
    /// <param name="shard">The shard; its cache must not be replaced meanwhile.</param>
    /// <param name="isClean">Whether nothing can be written to it any more.</param>
    /// <exception cref="IOException">The snapshot there was is still there.</exception>
    public SnapshotOutcome Save(ShardEngine shard, bool isClean)
    {
        var directory = context.Directory!.Shard(shard.Id);
        context.Files.CreateDirectory(directory);
        var started = context.Time.GetTimestamp();
        var header = new SnapshotHeader(shard.Id, NowMs, isClean);
        using var writer = new SnapshotWriter(Path.Combine(directory, FileName), header, context.Files);
        new SnapshotSaving(shard.Cache, writer, () => NowMs).Run(context.Maintenance.Closing);
        writer.Finish();
        var outcome = new SnapshotOutcome(
            shard.Id, writer.Rows, writer.Bytes, context.Time.GetElapsedTime(started));
        LogSaved(context.Log, shard.Id, outcome.Entries, outcome.Bytes, outcome.Duration.TotalSeconds);
        return outcome;
    }

    /// <summary>A cache for a shard: with what its snapshot has, if there is one to be loaded; else empty.</summary>
    public CacheStore Open(ushort shard, Func<CacheStore> create)
    {
        var cache = create();
        if (context.Directory is null || context.Options.SnapshotLoad == SnapshotLoad.Never) return cache;
        var path = Path.Combine(context.Directory.Shard(shard), FileName);
        if (!context.Files.Exists(path)) return cache;
        try
        {
            if (TryLoad(path, shard, cache)) context.Files.Delete(path);
            return cache;
        }
        catch (IOException problem)
        {
            LogCold(context.Log, shard, problem.Message);
        }
        catch
        {
            cache.Dispose();
            throw;
        }

        cache.Dispose();
        return create();
    }

    private long NowMs => context.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether it was a clean one and is used up.</summary>
    private bool TryLoad(string path, ushort shard, CacheStore cache)
    {
        using var reader = new SnapshotReader(path, context.Options.ValueBytesMax, context.Files);
        var header = reader.Header;
        if (header.Shard != shard)
            throw new SnapshotDamagedException(path, $"it is of shard {header.Shard}");
        if (!header.IsClean && context.Options.SnapshotLoad != SnapshotLoad.Any)
        {
            LogUnclean(context.Log, shard, path);
            return false;
        }

        var started = context.Time.GetTimestamp();
        using var loading = new SnapshotLoading(cache, reader, NowMs);
        var entries = loading.Run();
        var outcome = new SnapshotOutcome(shard, entries, reader.Bytes, context.Time.GetElapsedTime(started));
        LogLoaded(
            context.Log, shard, entries, outcome.Bytes, outcome.Duration.TotalSeconds, outcome.MegabytesPerSecond);
        return header.IsClean;
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Shard {Shard} wrote a snapshot: {Entries} entries, {Bytes} bytes, {Seconds:F2} s")]
    private static partial void LogSaved(ILogger logger, ushort shard, long entries, long bytes, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Shard {Shard} starts warm: {Entries} entries from {Bytes} bytes in {Seconds:F2} s, {Rate:F0} MB/s")]
    private static partial void LogLoaded(
        ILogger logger, ushort shard, long entries, long bytes, double seconds, double rate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} starts cold. {Problem}")]
    private static partial void LogCold(ILogger logger, ushort shard, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Shard {Shard} starts cold: {Path} was not made by a drain, so its values may be old. " +
        "leaf.snapshot.load any takes them all the same")]
    private static partial void LogUnclean(ILogger logger, ushort shard, string path);
}
