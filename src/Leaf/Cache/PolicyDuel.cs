namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Whom the partition favours when a new entry challenges one of main: whichever does better of two
/// <see cref="Miniature"/>s, one that favours each.
/// </summary>
/// <remarks>
/// Frequency is right most of the time, and outlives its cause: after a change of what is used, old favourites turn
/// away what is new. No count seen in the cache itself says what the other rule would have brought; a cache in
/// miniature does (set dueling: Qureshi, Jaleel, Patt, Steely and Emer, Adaptive insertion policies for high
/// performance caching, ISCA 2007). Both see the same requests, so only those count that one hits and the other
/// misses, and those of the last fifth of a turnover most. Frequency is left when the lead is one that chance would
/// hardly give, and taken up again as soon as it leads. A small partition, or one of few entries, has no duel. The
/// constants come from a search over the P traces and OLTP. Guarded by its partition's gate.
/// </remarks>
internal sealed class PolicyDuel : IDisposable
{
    /// <summary>Entries below which there is no duel.</summary>
    public const long EntriesMin = 8_192;
    private const long LimitBytesMin = 8 << 20;

    /// <summary>For so many bytes of the partition the miniatures have one entry each.</summary>
    private const int LimitBytesPerEntry = 32_000;
    private const int MiniatureEntriesMax = 4_096;

    /// <summary>Requests between two decisions, as a share of a miniature's entries.</summary>
    private const double PeriodShare = 0.04;

    /// <summary>Kept of the counts from period to period.</summary>
    private const double Memory = 0.8;

    /// <summary>A lead of so many standard deviations is none of chance.</summary>
    private const double Deviations = 2;
    private readonly int _entriesMax;
    private readonly Miniature? _frequent;
    private readonly Miniature? _known;
    private int _capacity;
    private int _requests;
    private double _lead;
    private double _differing;

    /// <param name="sketch">Of the partition.</param>
    /// <param name="limitBytes">The partition's part of the budget.</param>
    public PolicyDuel(FrequencySketch sketch, long limitBytes)
    {
        _entriesMax = EntriesFor(limitBytes);
        Bytes = BytesFor(limitBytes);
        if (_entriesMax == 0) return;
        _frequent = new Miniature(Favour.Frequent, sketch, _entriesMax);
        _known = new Miniature(Favour.Known, sketch, _entriesMax);
    }

    public Favour Favour { get; private set; } = Favour.Frequent;

    /// <summary>The hits that are counted here.</summary>
    public PathSample Hits { get; } = new();

    public long Bytes { get; }

    public static long BytesFor(long limitBytes)
    {
        var entries = EntriesFor(limitBytes);
        return entries == 0 ? 0 : PathSample.Bytes + (2L * (entries + 1) * Miniature.BytesPerEntry);
    }

    /// <summary>Counts a path that was not there, after the hits before it.</summary>
    public void Arrived(ulong hash, double windowShare)
    {
        for (var left = PathSample.Notes; left > 0 && Hits.TryTake(out var hit); left--) Request(hit, windowShare);
        Request(hash, windowShare);
    }

    /// <summary>Samples as many paths as the miniatures can hold.</summary>
    /// <param name="entries">Entries now.</param>
    /// <param name="isFull">Whether something was evicted: until then there is room for all.</param>
    public void Fit(long entries, bool isFull)
    {
        if (_frequent == null || _known == null) return;
        var shift = ShiftFor(entries);
        if (shift > Hits.Shift)
        {
            _frequent.Thin(shift);
            _known.Thin(shift);
        }

        Hits.Shift = shift;
        _capacity = isFull ? Math.Max(1, (int)(entries >> shift)) : _entriesMax;
        if (shift != PathSample.ShiftNone) return;
        Favour = Favour.Frequent;
        (_requests, _lead, _differing) = (0, 0, 0);
    }

    public void Dispose()
    {
        _frequent?.Dispose();
        _known?.Dispose();
    }

    private int ShiftFor(long entries)
    {
        if (entries < EntriesMin) return PathSample.ShiftNone;
        var shift = Hits.Shift % PathSample.ShiftNone;
        while (entries >> shift > _entriesMax) shift++;
        while (shift > 0 && entries >> shift < _entriesMax / 4) shift--;
        return shift;
    }

    private void Request(ulong hash, double windowShare)
    {
        if (_frequent == null || _known == null || !PathSample.Has(hash, Hits.Shift)) return;
        var frequent = _frequent.Request(hash, _capacity, windowShare);
        var known = _known.Request(hash, _capacity, windowShare);
        if (frequent != known)
        {
            _differing++;
            _lead += known ? 1 : -1;
        }

        if (++_requests < Math.Max(8, _capacity * PeriodShare)) return;
        _requests = 0;
        Decide();
    }

    private void Decide()
    {
        if (Favour == Favour.Known) Favour = _lead < 0 ? Favour.Frequent : Favour.Known;
        else if (_lead > Deviations * Math.Sqrt(_differing)) Favour = Favour.Known;
        _lead *= Memory;
        _differing *= Memory;
    }

    private static int EntriesFor(long limitBytes) =>
        limitBytes < LimitBytesMin ? 0 : (int)Math.Min(MiniatureEntriesMax, limitBytes / LimitBytesPerEntry);
}
