namespace Hedgerow.Leaf.Cache;

/// <summary>
/// What a partition knows of paths beyond its entries: how often they were used and which were evicted lately. Says
/// who of two may stay, and how large the window should be. Guarded by its partition's gate.
/// </summary>
internal sealed class Admission : IDisposable
{
    private const int SketchShareDivisor = 128;

    /// <summary>The sketch of a small partition has half of its share until it has fewer bytes an entry than this.
    /// </summary>
    private const int SketchBytesPerEntry = 6;
    private const long SketchBytesMin = 7 * 1024;
    private const long SketchBytesToGrow = 256 * 1024;
    private const int GhostShareDivisor = 1_024;
    private const int GhostBytesMin = 64;
    private const long GhostBytesMax = 256 * 1024;

    /// <summary>Additions to the sketch for each entry until all counts are halved.</summary>
    private const int PeriodPerEntry = 14;

    /// <summary>A cache of few entries may serve a loop of many.</summary>
    private const int PeriodMin = 2_048;

    /// <summary>
    /// As many victims are counted, at most: a store full of small entries that nobody uses must not keep large ones
    /// out.
    /// </summary>
    private const double VictimsMax = 4;

    private readonly SegmentPool _pool;
    private readonly FrequencySketch _sketch;
    private readonly long _sketchBytesMax;
    private readonly GhostTable _ghosts;
    private readonly WindowShare _window = new();
    private readonly PolicyDuel _duel;
    private Referee _referee = new();
    private bool _hasEvicted;
    private long _savedBytes;
    private long _bytesWanted;

    /// <param name="pool">Where more bytes are claimed than <see cref="BytesAtStart"/>, which the caller has.</param>
    /// <param name="limitBytes">The partition's part of the budget.</param>
    public Admission(SegmentPool pool, long limitBytes)
    {
        _pool = pool;
        _sketchBytesMax = SketchBytes(limitBytes);
        _sketch = new FrequencySketch(SketchBytesAtStart(limitBytes));
        _ghosts = new GhostTable(GhostBytes(limitBytes));
        _duel = new PolicyDuel(_sketch, limitBytes);
    }

    /// <summary>The share of the entries' bytes that the window should have.</summary>
    public double WindowShare => _window.Share;

    /// <summary>Bytes that it takes, those included that it keeps to grow.</summary>
    public long Bytes => _sketch.Bytes + _ghosts.Bytes + _duel.Bytes + _savedBytes;

    /// <summary>Where readers note hits.</summary>
    public PathSample Hits => _duel.Hits;

    /// <summary>
    /// Bytes that it still needs to grow and that nobody has left: whoever writes makes room for them and calls
    /// <see cref="TrySave"/>. 0 when it does not want to. Any thread.
    /// </summary>
    public long BytesWanted => Volatile.Read(ref _bytesWanted);

    /// <summary>Bytes that an admission of a partition takes when it is empty.</summary>
    public static long BytesAtStart(long limitBytes) => SketchBytesAtStart(limitBytes) + FixedBytes(limitBytes);

    /// <summary>Bytes that it takes at most.</summary>
    public static long BytesMax(long limitBytes) => SketchBytes(limitBytes) + FixedBytes(limitBytes);

    /// <summary>Asks for the counts of a path that is about to arrive. Any thread.</summary>
    public void Prefetch(ulong hash) => _sketch.Prefetch(hash);

    /// <summary>Counts a path that was not there and now has an entry.</summary>
    public void Arrived(ulong hash, long entries)
    {
        if (_ghosts.TryTake(hash, out var fromMain, out var age))
            _window.CountReturn(fromMain, age, entries, 1 << _ghosts.SampleShift);
        _sketch.Add(hash, 1);
        _duel.Arrived(hash, _window.Share);
        if (!_window.CountArrival(entries)) return;
        _duel.Fit(entries, _hasEvicted);
        _ghosts.Fit(entries);
        var isCrowded = entries * SketchBytesPerEntry > _sketch.Bytes && _sketch.Bytes * 2 <= _sketchBytesMax;
        if (isCrowded && _bytesWanted == 0) GrowOrSave();
        _sketch.Period = Math.Max(PeriodMin, entries * PeriodPerEntry);
    }

    /// <summary>
    /// Takes up to a chunk of free memory for the sketch to grow with, which it does with the last of it. Piece by
    /// piece, because in a full store room is made for a chunk at a time. False when none is free.
    /// </summary>
    public bool TrySave()
    {
        var piece = Math.Min(_pool.ChunkBytes, _bytesWanted);
        if (piece == 0) return true;
        if (!_pool.TryClaim(piece)) return false;
        _savedBytes += piece;
        Volatile.Write(ref _bytesWanted, _bytesWanted - piece);
        if (_bytesWanted != 0) return true;
        _savedBytes = 0;
        _sketch.Grow();
        return true;
    }

    /// <summary>Counts the uses of an entry that is leaving the window, to wherever.</summary>
    public void LeftWindow(ulong hash, int uses)
    {
        _window.CountWindowHits(uses);
        _sketch.Add(hash, uses);
    }

    /// <summary>
    /// Counts a use of an entry of main that got another round for it. Twice: what is used while it is there must stay
    /// ahead of what comes as often and misses, or all members of a loop are equal and chase each other out.
    /// </summary>
    public void StayedInMain(ulong hash)
    {
        _window.CountMainHit();
        _sketch.Add(hash, 2);
    }

    public void Evicted(ulong hash, int uses, bool fromMain)
    {
        _hasEvicted = true;
        _sketch.Add(hash, uses);
        _ghosts.Add(hash, fromMain);
    }

    /// <summary>
    /// Whether the candidate may take the victim's place: if it is used more often, and as often as all victims
    /// together if it is larger (Einziger, Eytan, Friedman and Manes, Lightweight robust size aware cache management,
    /// TOS 2022).
    /// </summary>
    public bool Prefers(in Contender candidate, in Contender victim)
    {
        var own = _sketch.Estimate(candidate.Hash) + candidate.Uses;
        var other = _sketch.Estimate(victim.Hash) + victim.Uses;
        var victims = Math.Clamp(candidate.Bytes / (double)victim.Bytes, 1, VictimsMax);
        return _referee.Prefers(_duel.Favour, own, other, victims);
    }

    public void Dispose()
    {
        _sketch.Dispose();
        _ghosts.Dispose();
        _duel.Dispose();
    }

    private void GrowOrSave()
    {
        if (_pool.TryClaim(_sketch.Bytes)) _sketch.Grow();
        else Volatile.Write(ref _bytesWanted, _sketch.Bytes);
    }

    private static long SketchBytes(long limitBytes) => Math.Max(64, limitBytes / SketchShareDivisor & -64);

    private static long SketchBytesAtStart(long limitBytes)
    {
        var bytes = SketchBytes(limitBytes);
        var half = bytes / 2 & -64;
        return half is >= SketchBytesMin and <= SketchBytesToGrow ? half : bytes;
    }

    private static long FixedBytes(long limitBytes) => GhostBytes(limitBytes) + PolicyDuel.BytesFor(limitBytes);

    private static long GhostBytes(long limitBytes)
    {
        var share = Math.Clamp(limitBytes / GhostShareDivisor, GhostBytesMin, GhostBytesMax);
        return 1L << (63 - (int)long.LeadingZeroCount(share));
    }

    /// <summary>One of two that want the same bytes.</summary>
    internal readonly record struct Contender(ulong Hash, int Uses, long Bytes);
}
