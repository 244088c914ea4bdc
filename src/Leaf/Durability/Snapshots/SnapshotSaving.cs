using System.Collections.Concurrent;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>
/// Writes the entries of a store on as many threads as are of use: some walk, each its own partitions, and the caller's
/// writes what they bring.
/// </summary>
/// <param name="cache">It may be serving.</param>
/// <param name="writer">Where rows go. Not finished here.</param>
/// <param name="nowMs">Gives Unix milliseconds; from any thread.</param>
internal sealed class SnapshotSaving(CacheStore cache, SnapshotWriter writer, Func<long> nowMs)
{
    /// <summary>One of them brings as much as most disks take.</summary>
    private const int WalkersMax = 4;

    /// <summary>Blocks walked and not yet written: some megabytes.</summary>
    private const int BlocksAhead = 8;

    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was.</exception>
    public void Run(CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var parts = new BlockingCollection<SnapshotPart>(BlocksAhead);
        var walkers = Math.Min(WalkersMax, Environment.ProcessorCount);
        var walking = new Task[walkers];
        var left = walkers;
        for (var i = 0; i < walkers; i++)
        {
            var part = i;
            walking[i] = Task.Factory.StartNew(
                () => Walk(part), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        try
        {
            foreach (var part in parts.GetConsumingEnumerable(CancellationToken.None)) writer.Write(part);
        }
        finally
        {
            // The last walker to end completes the collection; until then nothing here may go.
            stop.Cancel();
            foreach (var part in parts.GetConsumingEnumerable(CancellationToken.None)) part.Dispose();
        }

        cancel.ThrowIfCancellationRequested();
        Task.WaitAll(walking, CancellationToken.None);

        void Walk(int part)
        {
            try
            {
                WalkPart(part, walkers, parts, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The caller knows.
            }
            finally
            {
                if (Interlocked.Decrement(ref left) == 0) parts.CompleteAdding();
            }
        }
    }

    private void WalkPart(int number, int of, BlockingCollection<SnapshotPart> parts, CancellationToken stop)
    {
        using var walk = cache.Walk(number, of);
        using var packer = new SnapshotPacker(Hand);
        while (walk.MoveNext(nowMs()))
        {
            stop.ThrowIfCancellationRequested();
            packer.Add(walk.Rows, walk.Count);
            if (walk.HasLarge) packer.AddLarge(walk.LargeHead, walk.TakeLargeRest());
        }

        packer.Flush();

        void Hand(SnapshotPart part)
        {
            try
            {
                parts.Add(part, stop);
            }
            catch (OperationCanceledException)
            {
                part.Dispose();
                throw;
            }
        }
    }
}
