namespace Hedgerow.Leaf.Shards;

/// <summary>Holds the writes of all shards: until it is disposed, its owner is their only writer.</summary>
internal sealed class PausedLanes : IDisposable
{
    private readonly List<ShardEngine> _paused = [];

    /// <summary>Returns when every lane stands still.</summary>
    public PausedLanes(IEnumerable<ShardEngine> shards)
    {
        try
        {
            foreach (var shard in shards)
            {
                shard.Lane.Pause();
                _paused.Add(shard);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Those held.</summary>
    public IReadOnlyList<ShardEngine> Shards => _paused;

    public void Dispose()
    {
        foreach (var shard in _paused) shard.Lane.Resume();
        _paused.Clear();
    }
}
