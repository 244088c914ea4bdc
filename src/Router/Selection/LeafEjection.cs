namespace Hedgerow.Router;

/// <summary>
/// Whether one leaf is avoided: after failures in a row, until a probe goes well; then it gets its share little by
/// little. Thread-safe: one word says whether it is out, until when, and for what, so that nobody sees it between two
/// of these; a compare-and-swap of that decides who probes and who takes it back. Who ejects it does so under a lock,
/// for that is rare and sets other words before.
/// </summary>
/// <remarks>
/// As mcrouter does it: n failures in a row, then one live request as a probe after a delay that doubles. A probe costs
/// its client nothing but a retry. A leaf that can't be reached is out for hard; one that answers with errors, or not
/// in time, or not at all while those who asked it gave up, is out for soft, and <see cref="ReplicaSelector"/> bounds
/// how many replicas of a shard may be: what looks like a bad leaf may be a bad request, or load that the others would
/// then have to bear.
/// One that is far slower than its peers (<see cref="SlowLeaves"/>) is out for soft as well, and not every answer
/// brings it back: a few probes in a row have to be as quick as the others were. They are of the class that it was slow
/// at, whose time is known; but where there are none of that for long, any class may probe, and what is answered counts
/// as quick: if it is slow at that too, its peers will show it.
/// <code>
///    n failures, or silence           delay over: TryTakeProbe
///   up ------------------> ejected ------------------------------> ejected, one probe out
///    ^                        ^  twice the delay                      |            |
///    |  share 1               +--------------------- it fails --------+            |
///   slow start &lt;--------------------------- it, or any other, is answered --------+
/// </code>
/// </remarks>
internal sealed class LeafEjection
{
    private const double FirstShare = 0.1;
    private const int DoublingsMax = 20;

    /// <summary>Probes in a row that have to be quick of a leaf that was slow: it may be so now and then.</summary>
    private const int QuickProbesMin = 3;

    // Of the state of one that is out: it is only slow, or only says nothing. The rest is the time of the next probe.
    private const long OnlySlow = 1;
    private const long OnlySilent = 2;
    private const long Reasons = OnlySlow | OnlySilent;

    private readonly Lock _ejecting = new();
    private readonly RouterOptions _options;
    private readonly RouterClock _clock;
    private readonly CounterSet _counters;
    private readonly long _slowStartTicks;
    private readonly long _silenceTicks;
    private readonly long _overlookedTicks;
    private int _failuresInRow;
    private int _abandonedInRow;
    private long _silentSince;
    private int _probesFailed;
    private long _state; // 0: up
    private long _backAt;
    private bool _isSoft;
    private bool _isSilent;
    private OperationClass _slowKind;
    private long _slowBoundMicros;
    private long _slowSince;
    private long _slowKindAt;
    private int _quickProbes;

    public LeafEjection(RouterOptions options, RouterClock clock, CounterSet counters)
    {
        _options = options;
        _clock = clock;
        _counters = counters;
        _slowStartTicks = clock.Ticks(options.SlowStart);
        _silenceTicks = clock.Ticks(options.EjectSilence);
        // Probes of its class come at least once in half of that, where there is any traffic of it.
        _overlookedTicks = 2 * clock.Ticks(options.ProbeDelayMax);
    }

    public bool IsUp => Volatile.Read(ref _state) == 0;

    /// <summary>Whether nothing is wrong with it but, perhaps, that its peers are quicker.</summary>
    public bool IsUpOrSlow => Volatile.Read(ref _state) is var state && (state == 0 || IsSlow(state));

    /// <summary>Whether it has failed nothing so far, however long it takes.</summary>
    public bool TakesWrites => Volatile.Read(ref _state) is var state && (state == 0 || (state & Reasons) != 0);

    public bool IsSoftlyOut => !IsUp && Volatile.Read(ref _isSoft);

    /// <summary>A tenth when it has just come back, growing to 1 over <see cref="RouterOptions.SlowStart"/>.</summary>
    public double ShareAt(long now)
    {
        var back = Volatile.Read(ref _backAt);
        if (back == 0) return 1;
        var share = FirstShare + ((1 - FirstShare) * (now - back) / Math.Max(1, _slowStartTicks));
        if (share < 1) return share;
        Interlocked.CompareExchange(ref _backAt, 0, back);
        return 1;
    }

    public bool TryTakeProbe(OperationClass kind, long now)
    {
        var state = Volatile.Read(ref _state);
        if (state == 0 || now < (state & ~Reasons)) return false;
        var isSlow = IsSlow(state);
        if (isSlow && kind != _slowKind && !IsOverlooked(now)) return false;
        var next = StateOf(now + ProbeDelay(Volatile.Read(ref _probesFailed) + 1), state & Reasons);
        if (Interlocked.CompareExchange(ref _state, next, state) != state) return false;
        if (isSlow && kind == _slowKind) Volatile.Write(ref _slowKindAt, now);
        Interlocked.Increment(ref _probesFailed);
        _counters.Count(RouterCounter.Probes);
        return true;
    }

    /// <summary>It answered, were it with an error.</summary>
    public void OnHeard()
    {
        if (Volatile.Read(ref _abandonedInRow) != 0) Volatile.Write(ref _abandonedInRow, 0);
    }

    /// <summary>
    /// It was not waited for any longer, mostly because another replica was asked too and was quicker. Hedges hide a
    /// leaf that stands still from its deadline, so that many in a row without a word from it are a failure.
    /// </summary>
    public void OnAbandoned(long now)
    {
        if (Interlocked.Increment(ref _abandonedInRow) == 1) Volatile.Write(ref _silentSince, now);
        else if (IsUp && now - Volatile.Read(ref _silentSince) >= _silenceTicks) OnSilent(now);
    }

    /// <summary>Another leaf that was asked later answered sooner: of probes in a row this one was not quick.</summary>
    public void OnLost()
    {
        if (Volatile.Read(ref _quickProbes) != 0) Volatile.Write(ref _quickProbes, 0);
    }

    /// <summary>It answered what it was asked.</summary>
    /// <param name="kind">Of the request.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="sentAt">When the request was sent.</param>
    /// <param name="micros">What it took; the largest number when that is not known.</param>
    public void OnAlive(OperationClass kind, long now, long sentAt, long micros)
    {
        OnHeard();
        if (Volatile.Read(ref _failuresInRow) != 0) Volatile.Write(ref _failuresInRow, 0);
        var state = Volatile.Read(ref _state);
        var isSlow = IsSlow(state);
        if (state == 0 || (isSlow && !IsQuickAgain(kind, now, sentAt, micros))) return;
        Volatile.Write(ref _probesFailed, 0);
        // 0 means long ago, and a clock may begin at 0.
        if (_slowStartTicks > 0 && !Volatile.Read(ref _isSilent)) Volatile.Write(ref _backAt, Math.Max(1, now));
        // Another probe may have been taken meanwhile, which changes nothing. That it has failed does.
        while (state != 0 && IsSlow(state) == isSlow)
        {
            var seen = Interlocked.CompareExchange(ref _state, 0, state);
            if (seen == state) _counters.Count(RouterCounter.Readmissions);
            state = seen == state ? 0 : seen;
        }
    }

    public void OnFailed(long now, bool isReached)
    {
        if (!_options.EjectEnabled) return;
        if (Interlocked.Increment(ref _failuresInRow) < _options.FailuresToEject) return;
        lock (_ejecting)
        {
            // One that was slow, or said nothing, is now worse than that.
            for (var state = Volatile.Read(ref _state); (state & Reasons) != 0; state = Volatile.Read(ref _state))
                Interlocked.CompareExchange(ref _state, state & ~Reasons, state);
            Eject(now, isReached, reason: 0);
        }
    }

    /// <summary>It is far slower than its peers.</summary>
    /// <param name="kind">At what.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="boundMicros">Within which a probe has to be answered.</param>
    public void OnSlow(OperationClass kind, long now, long boundMicros)
    {
        if (!_options.EjectEnabled || !IsUp) return;
        lock (_ejecting)
        {
            // It may have failed meanwhile, which is worse. Nobody reads what is set until it is out.
            if (!IsUp) return;
            _slowKind = kind;
            _slowBoundMicros = boundMicros;
            Volatile.Write(ref _slowSince, now);
            Volatile.Write(ref _slowKindAt, now);
            Volatile.Write(ref _quickProbes, 0);
            _counters.Count(RouterCounter.EjectionsSlow);
            Eject(now, isReached: true, OnlySlow);
        }
    }

    /// <summary>Whether there was nothing for long of the class that it was slow at.</summary>
    private bool IsOverlooked(long now) => now - Volatile.Read(ref _slowKindAt) >= _overlookedTicks;

    /// <summary>Whether this answer is the last that was wanted of a leaf that was slow.</summary>
    private bool IsQuickAgain(OperationClass kind, long now, long sentAt, long micros)
    {
        // What was on its way before, and other work, says nothing.
        if (sentAt < Volatile.Read(ref _slowSince) || (kind != _slowKind && !IsOverlooked(now))) return false;
        if (kind == _slowKind && micros > _slowBoundMicros)
        {
            Volatile.Write(ref _quickProbes, 0);
            return false;
        }

        if (Interlocked.Increment(ref _quickProbes) < QuickProbesMin)
        {
            // The next one soon.
            Volatile.Write(ref _probesFailed, 0);
            var state = Volatile.Read(ref _state);
            if (IsSlow(state))
                Interlocked.CompareExchange(ref _state, StateOf(now + _silenceTicks, OnlySlow), state);
            return false;
        }

        return true;
    }

    private static bool IsSlow(long state) => (state & OnlySlow) != 0;

    /// <summary>Out until then. 0 means up, and a clock may begin at 0.</summary>
    private static long StateOf(long until, long reason) => (Math.Max(Reasons + 1, until) & ~Reasons) | reason;

    private void OnSilent(long now)
    {
        if (!_options.EjectEnabled || Volatile.Read(ref _abandonedInRow) < _options.FailuresToEject) return;
        lock (_ejecting) Eject(now, isReached: true, OnlySilent);
    }

    /// <summary>Under the lock.</summary>
    private void Eject(long now, bool isReached, long reason)
    {
        if (IsUp) Volatile.Write(ref _isSilent, reason == OnlySilent);
        Volatile.Write(ref _isSoft, isReached);
        var until = StateOf(now + ProbeDelay(Volatile.Read(ref _probesFailed)), reason);
        if (Interlocked.CompareExchange(ref _state, until, 0) == 0) _counters.Count(RouterCounter.Ejections);
    }

    private long ProbeDelay(int failed)
    {
        // A leaf that stands still mostly goes on soon, and as warm as it was.
        var first = Volatile.Read(ref _isSilent) ? _options.EjectSilence : _options.ProbeDelay;
        var delay = first * Math.Pow(2, Math.Min(failed, DoublingsMax));
        return _clock.Ticks(delay < _options.ProbeDelayMax ? delay : _options.ProbeDelayMax);
    }
}
