namespace Hedgerow.Router;

/// <summary>
/// Finds the paths that are read most, in bounded memory: what is worth a near-cache, one flight for many, and all
/// replicas. Thread-safe; a read of a path that is not hot costs a comparison, and one in eight a look under a lock
/// that nobody waits for.
/// </summary>
/// <remarks>
/// Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams",
/// ICDT 2005) over a sample of the reads: so many counters; a path without one takes over the least, and what that one
/// had counts as its possible error. A path is hot when what is certain, count minus error, reaches the rate.
/// Each second all counts are halved: of r reads a second the count swings between r and 2 r, so the rate is met within
/// a factor of two. What fell below a quarter of it has cooled down; in between nothing changes, so that paths do not
/// come and go.
/// <code>
///   counters   hash  count  error            hot, by the hash, four places each
///              9f…   8,112      0  hot   ->  | 0 | 0 | 9f… | 0 | … | 3c… | 0 |
///              3c…   1,200     40  hot
///              71…      48     40
/// </code>
/// Readers look at the hot ones without the gate, while they may be changing: a read that is misled for once is sent as
/// any other, or with others for nothing. Nothing is allocated after the start.
/// </remarks>
internal sealed class HotPaths
{
    /// <summary>Places that are looked at for a hash.</summary>
    private const int Probes = 4;

    private const int PlacesPerPath = 8;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ulong[] _hashes;
    private readonly long[] _counts;
    private readonly long[] _errors;
    private readonly bool[] _isHot;
    private readonly long _windowTicks;
    private readonly long _rate;
    private readonly ulong[] _hot;
    private volatile bool _isAnyHot;
    private long _window;
    private int _turn;

    public HotPaths(HotOptions options, RouterClock clock)
    {
        IsOn = options.Enabled;
        _rate = options.Rate;
        _hashes = new ulong[options.Paths];
        _counts = new long[options.Paths];
        _errors = new long[options.Paths];
        _isHot = new bool[options.Paths];
        _hot = new ulong[PlacesPerPath * options.Paths];
        _windowTicks = clock.Ticks(Window);
        _window = clock.Now / _windowTicks;
        Spreads = options.Enabled && options.Spread;
    }

    public bool IsOn { get; }

    /// <summary>Whether reads of hot paths go to all replicas, whatever the order of choice is.</summary>
    public bool Spreads { get; }

    /// <summary>Paths that are hot now.</summary>
    public int Count
    {
        get { lock (_gate) return _isHot.Count(isHot => isHot); }
    }

    /// <summary>Whether a path is read much. Allocates nothing.</summary>
    public bool IsHot(ulong hash)
    {
        if (!_isAnyHot) return false;
        for (var probe = 0; probe < Probes; probe++)
        {
            var there = Volatile.Read(ref PlaceOf(hash, probe));
            if (there == hash) return true;
            if (there == 0) return false;
        }

        return false;
    }

    /// <summary>Counts reads of a path. What meets another thread here is not counted.</summary>
    public void Note(ulong hash, long now, int reads)
    {
        if (!_gate.TryEnter()) return;
        try
        {
            if (now / _windowTicks != _window) Turn(now / _windowTicks);
            var at = Array.IndexOf(_hashes, hash);
            if (at < 0) at = TakeLeast(hash);
            _counts[at] += reads;
            if (_isHot[at] || _counts[at] - _errors[at] < _rate || hash == 0) return;
            _isHot[at] = true;
            Show(hash);
            _isAnyHot = true;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>
    /// Of the replicas with room the one with the fewest requests in flight, in turn among equals; -1 leaves it to the
    /// selector: none has room, or one is avoided and may be due for a probe.
    /// </summary>
    public int Spread(LeafHealth[] replicas)
    {
        var first = (uint)Interlocked.Increment(ref _turn);
        var best = -1;
        for (var i = 0; i < replicas.Length; i++)
        {
            var replica = (int)((first + (uint)i) % (uint)replicas.Length);
            if (!replicas[replica].IsUp) return -1;
            if (!replicas[replica].HasRoom(OperationClass.PointRead)) continue;
            if (best < 0 || replicas[replica].InFlight < replicas[best].InFlight) best = replica;
        }

        return best;
    }

    private ref ulong PlaceOf(ulong hash, int probe) => ref _hot[(hash + (ulong)probe) % (ulong)_hot.Length];

    private int TakeLeast(ulong hash)
    {
        var at = 0;
        for (var i = 1; i < _counts.Length; i++)
            if (_counts[i] < _counts[at]) at = i;
        _hashes[at] = hash;
        _errors[at] = _counts[at];
        if (!_isHot[at]) return at;
        _isHot[at] = false;
        ShowAll();
        return at;
    }

    private void Turn(long window)
    {
        var halvings = (int)Math.Clamp(window - _window, 0, 63);
        _window = Math.Max(_window, window);
        var cooled = false;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] >>= halvings;
            _errors[i] >>= halvings;
            if (!_isHot[i] || _counts[i] - _errors[i] >= _rate / 4) continue;
            _isHot[i] = false;
            cooled = true;
        }

        if (cooled) ShowAll();
    }

    private void ShowAll()
    {
        Array.Clear(_hot);
        for (var i = 0; i < _hashes.Length; i++)
            if (_isHot[i]) Show(_hashes[i]);
        _isAnyHot = Array.IndexOf(_isHot, true) >= 0;
    }

    /// <summary>One whose places are all taken is not hot to readers: of 128 in 1,024 places hardly ever.</summary>
    private void Show(ulong hash)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            ref var place = ref PlaceOf(hash, probe);
            if (place != 0) continue;
            Volatile.Write(ref place, hash);
            return;
        }
    }
}
