namespace Hedgerow.Bench.HitRatios;

/// <summary>S3-FIFO (Yang et al., FIFO queues are all you need for cache eviction, SOSP 2023) over counts.</summary>
internal sealed class S3Fifo
{
    private const int UsesMax = 3;
    private readonly Dictionary<long, int> _uses = [];
    private readonly Queue<long> _small = new();
    private readonly Queue<long> _main = new();
    private readonly Queue<(long Id, long Turn)> _ghostOrder = new();
    private readonly Dictionary<long, long> _ghosts = [];
    private readonly int _capacity;
    private readonly int _smallMax;
    private long _turn;

    public S3Fifo(int capacity)
    {
        _capacity = capacity;
        _smallMax = Math.Max(1, capacity / 10);
    }

    /// <summary>Whether it hit; if not, it is there now.</summary>
    public bool Request(long id)
    {
        if (_uses.TryGetValue(id, out var uses))
        {
            _uses[id] = Math.Min(UsesMax, uses + 1);
            return true;
        }

        while (_small.Count + _main.Count >= _capacity) Evict();
        _uses[id] = 0;
        if (_ghosts.Remove(id)) _main.Enqueue(id);
        else _small.Enqueue(id);
        return false;
    }

    private void Evict()
    {
        if (_small.Count < _smallMax && _main.Count != 0)
        {
            EvictFromMain();
            return;
        }

        while (_small.TryDequeue(out var id))
        {
            if (_uses[id] > 1)
            {
                _uses[id] = 0;
                _main.Enqueue(id);
                if (_main.Count <= _capacity - _smallMax) continue;
                EvictFromMain();
                return;
            }

            _uses.Remove(id);
            Remember(id);
            return;
        }
    }

    private void EvictFromMain()
    {
        while (_main.TryDequeue(out var id))
        {
            if (_uses[id] == 0)
            {
                _uses.Remove(id);
                return;
            }

            _uses[id]--;
            _main.Enqueue(id);
        }
    }

    private void Remember(long id)
    {
        _ghosts[id] = ++_turn;
        _ghostOrder.Enqueue((id, _turn));
        while (_ghosts.Count > Math.Max(1, _capacity - _smallMax))
        {
            var (oldest, turn) = _ghostOrder.Dequeue();
            if (_ghosts.TryGetValue(oldest, out var latest) && latest == turn) _ghosts.Remove(oldest);
        }
    }
}
