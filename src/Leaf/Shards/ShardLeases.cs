namespace Hedgerow.Leaf.Shards;

/// <summary>Keeps a shard open while long reads are in it. Thread-safe.</summary>
internal sealed class ShardLeases
{
    private readonly object _gate = new();
    private int _count;
    private bool _isClosed;

    /// <summary>False when the shard is closing; else <see cref="Exit"/> has to follow.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_isClosed) return false;
            _count++;
            return true;
        }
    }

    public void Exit()
    {
        lock (_gate)
        {
            if (--_count == 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets nobody in any more, and returns when the last is out.</summary>
    public void CloseAndWait()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_count > 0) Monitor.Wait(_gate);
        }
    }
}
