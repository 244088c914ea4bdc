using System.Collections.Concurrent;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>
/// Takes up a snapshot into a store on as many threads as are of use: one reads ahead and checks, the others fill.
/// </summary>
internal sealed class SnapshotLoading(CacheStore cache, SnapshotReader reader, long nowMs) : IDisposable
{
    /// <summary>More would wait for each other's gates.</summary>
    private const int LoadersMax = 8;

    /// <summary>Blocks read and not yet taken up: some megabytes, or a few of the largest values.</summary>
    private const int BlocksAhead = 4;

    private readonly CancellationTokenSource _stop = new();
    private IOException? _problem;
    private long _entries;

    /// <summary>Entries taken up.</summary>
    /// <exception cref="IOException">It can't be read, or is damaged; a part of it is in the store.</exception>
    public long Run()
    {
        using var blocks = new BlockingCollection<SnapshotBlock>(BlocksAhead);
        var reading = Task.Factory.StartNew(
            () => Guard(() => Read(blocks)), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var threads = Math.Min(LoadersMax, Environment.ProcessorCount);
        Parallel.For(0, threads, number => Guard(() => Fill(blocks, number, threads)));
        reading.Wait();
        cache.EndLoad();
        return _problem is null ? _entries : throw _problem;
    }

    public void Dispose() => _stop.Dispose();

    private void Read(BlockingCollection<SnapshotBlock> blocks)
    {
        try
        {
            // Never guessed from the first blocks: with large values among small ones that is many times too much, and
            // empty pages of the index would push out entries just taken up.
            cache.BeginLoad(reader.EntriesExpected(), reader.Length);
            while (reader.Next() is { Buffer: not null } block) blocks.Add(block, _stop.Token);
        }
        finally
        {
            blocks.CompleteAdding();
        }
    }

    private void Fill(BlockingCollection<SnapshotBlock> blocks, int number, int loaders)
    {
        var loader = cache.Loader(number, loaders);
        foreach (var block in blocks.GetConsumingEnumerable(_stop.Token))
        {
            var areRows = loader.TryLoad(block.Bytes, block.Rows, nowMs);
            block.Return();
            if (!areRows) throw reader.NotRows();
        }

        Interlocked.Add(ref _entries, loader.Taken);
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (IOException problem)
        {
            Interlocked.CompareExchange(ref _problem, problem, null);
            _stop.Cancel();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Another thread says why.
        }
    }
}
