using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Makes a shard's new writes searchable when the timer says so: one piece of lane work, used over and over.
/// </summary>
internal sealed class RefreshTick(ShardEngine shard) : ILaneWork
{
    private int _isQueued;

    public int BodyLength => 0;

    /// <summary>Queues itself, unless it is queued already. Any thread.</summary>
    public void Enqueue()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0) shard.Lane.EnqueueAlways(this);
    }

    public void Run()
    {
        Volatile.Write(ref _isQueued, 0);
        foreach (var collection in shard.Collections)
        {
            try
            {
                if (collection.IsUsable) shard.RefreshNow(collection);
            }
            catch (DamagedCollectionException)
            {
                // Found damaged between the look and the refresh; that was logged, and requests are told.
            }
        }
    }
}
