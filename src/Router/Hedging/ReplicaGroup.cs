namespace Hedgerow.Router;

/// <summary>
/// The leaves that share shards, and the latencies of each class of reads on them: what a hedge's delay is taken from.
/// Outlives topologies, as the latencies do.
/// </summary>
internal sealed class ReplicaGroup
{
    private readonly RouterClock _clock;
    private readonly HedgePolicy _policy;
    private readonly ClassDelay?[] _classes = new ClassDelay?[HedgePolicy.HedgedClasses];

    public ReplicaGroup(RouterClock clock, HedgePolicy policy, RouterOptions options)
    {
        Slow = new SlowLeaves(options, clock);
        _clock = clock;
        _policy = policy;
    }

    /// <summary>Who of them is far slower than the others.</summary>
    public SlowLeaves Slow { get; }

    /// <summary>A first try's latency; of one that was given up, the time it was waited for.</summary>
    /// <param name="kind">Those of no hedged class are not kept.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="elapsedTicks">How long it took.</param>
    /// <param name="weight">Requests that it stands for.</param>
    public void Record(OperationClass kind, long now, long elapsedTicks, int weight = 1)
    {
        if ((int)kind < HedgePolicy.HedgedClasses) Of(kind).Window.Record(now, _clock.Micros(elapsedTicks), weight);
    }

    /// <summary>How long to wait for a first answer before a second copy is sent, in ticks.</summary>
    public long DelayTicks(OperationClass kind, long now) => Of(kind).DelayTicks(now);

    private ClassDelay Of(OperationClass kind)
    {
        ref var slot = ref _classes[(int)kind];
        return Volatile.Read(ref slot) ?? Create(ref slot);
    }

    private ClassDelay Create(ref ClassDelay? slot)
    {
        var made = new ClassDelay(_clock, _policy);
        return Interlocked.CompareExchange(ref slot, made, null) ?? made;
    }

    private sealed class ClassDelay
    {
        private readonly Reused _delayTicks;

        public ClassDelay(RouterClock clock, HedgePolicy policy)
        {
            Window = new LatencyWindow(clock);
            _delayTicks = new Reused(clock, now => policy.DelayTicks(Window, now));
        }

        public LatencyWindow Window { get; }

        public long DelayTicks(long now) => _delayTicks.At(now);
    }
}
