using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What every call under way needs, made once per router.</summary>
internal sealed class CallServices
{
    public CallServices(ILeafTransport transport, RouterOptions options, TimeProvider time, CounterSet counters)
    {
        Transport = transport;
        Options = options;
        Clock = new RouterClock(time);
        Wheel = new TimerWheel(Clock);
        Versions = new HybridClock(time);
        Counters = counters;
        Policy = new HedgePolicy(options, Clock);
        Sharing = new ReadSharing(options, Clock, counters);
        Tallies = options.SearchSlowLog > TimeSpan.Zero ? new AsyncLocal<SearchTally?>() : null;
        var seed = options.Seed != 0 ? options.Seed : (ulong)time.GetTimestamp() ^ (ulong)Environment.ProcessId << 32;
        var random = Random = new SplitMix(seed);
        Selector = new ReplicaSelector(SelectionPolicy.Of(options, Clock, random), options, random, counters);
        Ties = new Ties(options.Hedge, Clock, random, Policy, counters);
        if (options.Hedge.Tied) transport.Begun += Ties.OnBegun;
        Reads = new CallPool<HedgedRead>(() => new HedgedRead(this));
        Writes = new CallPool<ReplicatedWrite>(() => new ReplicatedWrite(this));
    }

    public ILeafTransport Transport { get; }

    public RouterOptions Options { get; }

    public RouterClock Clock { get; }

    public TimerWheel Wheel { get; }

    public HybridClock Versions { get; }

    public CounterSet Counters { get; }

    public HedgePolicy Policy { get; }

    /// <summary>The tally of the search whose flow this is; null where slow searches are not logged.</summary>
    public AsyncLocal<SearchTally?>? Tallies { get; }

    /// <summary>Of the router's seed.</summary>
    public SplitMix Random { get; }

    public ReplicaSelector Selector { get; }

    public ReadSharing Sharing { get; }

    public Ties Ties { get; }

    public CallPool<HedgedRead> Reads { get; }

    public CallPool<ReplicatedWrite> Writes { get; }

    /// <summary>The router is disposed of. Requests under way are finished.</summary>
    public void Close()
    {
        Counters.Dispose();
        Reads.Close();
        Writes.Close();
    }

    /// <summary>When a request has to be done: by its header, or by the default for its operation.</summary>
    public long DeadlineOf(in RequestHeader header) => Clock.Now + (header.DeadlineMicros != 0
        ? Clock.TicksOfMicros(header.DeadlineMicros)
        : Clock.Ticks(Options.TimeoutOf(header.Opcode)));
}
