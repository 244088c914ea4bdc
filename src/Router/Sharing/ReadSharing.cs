namespace Hedgerow.Router;

/// <summary>
/// What reads of the same path share: see docs/tail/hot-paths.md. The three switches of <see cref="RouterOptions"/>
/// decide what a read goes through; with all of them off a read pays one comparison.
/// </summary>
internal sealed class ReadSharing
{
    private readonly CounterSet _counters;
    private readonly SingleFlight _flights;
    private readonly uint _seed;

    public ReadSharing(RouterOptions options, RouterClock clock, CounterSet counters)
    {
        _counters = counters;
        _flights = options.SingleFlight;
        _seed = (uint)options.Seed;
        Paths = new HotPaths(options.Hot, clock);
        Near = new NearCache(options.NearCache, clock, Stamps);
        counters.AddGauge("hedgerow_router_hot_paths", "Paths that are read much now", () => Paths.Count);
        counters.AddGauge("hedgerow_router_near_bytes", "Bytes that the near-cache holds", () => Near.Bytes);
    }

    public HotPaths Paths { get; }

    public NearCache Near { get; }

    public WriteStamps Stamps { get; } = new();

    /// <summary>Whether a read may wait for another's answer.</summary>
    public bool Joins => _flights != SingleFlight.Off;

    /// <summary>Whether anything is shared at all.</summary>
    public bool IsOn => Paths.IsOn || _flights == SingleFlight.All;

    /// <summary>For one thread's reads.</summary>
    public ReadSampler NewSampler() => new(Paths, _seed);

    /// <summary>Whether a read of this path is to be a flight.</summary>
    public bool Flies(ulong hash) =>
        _flights == SingleFlight.All || ((Joins || Near.IsOn) && Paths.IsHot(hash));

    /// <summary>Whether a loop's own read of this path is better a routed call.</summary>
    public bool LeavesLoop(ulong hash) => _flights == SingleFlight.All || (Near.IsOn && Paths.IsHot(hash));

    /// <summary>The replica for a read of a hot path, or -1: then it is chosen as ever.</summary>
    public int Spread(LeafHealth[] replicas, ulong hash)
    {
        if (!Paths.Spreads || replicas.Length < 2 || !Paths.IsHot(hash)) return -1;
        _counters.Count(RouterCounter.HotSpread);
        return Paths.Spread(replicas);
    }

    /// <summary>What the near-cache has of a path, if it may be given out.</summary>
    public bool TryGetNear(ReadOnlySpan<byte> path, ulong hash, long now, out Protocol.Reply reply)
    {
        reply = default;
        if (!Near.IsOn || !Near.TryGet(path, hash, now, out reply)) return false;
        _counters.Count(RouterCounter.NearHits);
        return true;
    }

    /// <summary>Offers a flight's answer to the near-cache.</summary>
    public void Keep(Flight flight, in Protocol.Reply reply)
    {
        if (!Near.IsOn || flight.Opcode != Protocol.Opcode.Get || !Paths.IsHot(flight.Hash)) return;
        if (Near.Keep(EntryReads.PathOf(flight.Body.Span), flight.Hash, reply, flight.SentAt, flight.Stamp))
            _counters.Count(RouterCounter.NearKept);
    }

    /// <summary>A write of a path begins, or has ended.</summary>
    public void Written(ulong hash)
    {
        if (IsOn) Stamps.Change(hash);
    }
}
