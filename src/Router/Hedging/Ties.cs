using System.Collections.Concurrent;

namespace Hedgerow.Router;

/// <summary>
/// The reads under way whose copies are tied, by the tie's id: the leaves' news that one began finds its call here.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Dean and Barroso, "The Tail at Scale" (CACM 2013), let the servers tell each other. Here the router is told and
/// cancels the twin: one hop more, and no connections, addresses or trust among leaves.
/// <code>
///   id | copy: an id of 63 random bits, unique among routers; 0 is the first copy, 1 its twin
/// </code>
/// </remarks>
internal sealed class Ties
{
    /// <summary>Copies that were cancelled and whose news may still come: those of the last moments.</summary>
    private const int ReturnedMax = 1_024;

    private readonly ConcurrentDictionary<ulong, HedgedRead> _reads = new();
    private readonly Lock _returning = new();
    private readonly Dictionary<ulong, OperationClass> _returned = [];
    private readonly Queue<ulong> _returnedInOrder = new();
    private readonly HedgePolicy _policy;
    private readonly CounterSet _counters;
    private readonly bool _isOn;
    private readonly SplitMix _ids;

    public Ties(HedgeOptions options, RouterClock clock, SplitMix random, HedgePolicy policy, CounterSet counters)
    {
        _policy = policy;
        _counters = counters;
        _isOn = options.Enabled && options.Tied;
        _ids = random;
        DelayTicks = clock.Ticks(options.TiedDelay);
    }

    /// <summary>How long the first copy may wait before its twin is sent.</summary>
    public long DelayTicks { get; }

    /// <summary>Whether reads of this class wait in the leaves' queues, and are tied.</summary>
    public bool Bind(OperationClass kind) => _isOn && kind is OperationClass.Statistics or OperationClass.Search;

    /// <summary>A new id, that of its first copy.</summary>
    public ulong Add(HedgedRead read)
    {
        while (true)
        {
            var id = _ids.NextUInt64() & ~1UL;
            if (id != 0 && _reads.TryAdd(id, read)) return id;
        }
    }

    /// <summary>The read is over.</summary>
    public void Remove(ulong id) => _reads.TryRemove(id, out _);

    /// <summary>A copy was cancelled before its leaf began, for all that is known: its token is given back.</summary>
    public void Return(ulong idOfCopy, OperationClass kind)
    {
        lock (_returning)
        {
            _returned[idOfCopy] = kind;
            _returnedInOrder.Enqueue(idOfCopy);
            if (_returnedInOrder.Count > ReturnedMax) _returned.Remove(_returnedInOrder.Dequeue());
        }

        // News that it began after all may be on the way.
        _counters.Count(RouterCounter.TiesCancelled);
        _policy.ReturnHedge(kind);
    }

    /// <summary>Both copies began. Had one's token been given back, it is owed.</summary>
    public void Waste(ulong idOfCopy, bool isReturned, OperationClass kind)
    {
        if (isReturned) lock (_returning) _returned.Remove(idOfCopy);
        _counters.Count(RouterCounter.TiesWasted);
        if (isReturned) _policy.OweHedge(kind);
    }

    /// <summary>A leaf began to work on a copy.</summary>
    public void OnBegun(ulong idOfCopy)
    {
        // The object found may be another read by now, which these news are none of.
        if (_reads.TryGetValue(idOfCopy & ~1UL, out var read) && read.TryTell(idOfCopy)) return;
        bool isReturned;
        OperationClass kind;
        lock (_returning) isReturned = _returned.Remove(idOfCopy, out kind);
        // The cancel came too late, and the answer sooner than this.
        if (isReturned) Waste(idOfCopy, isReturned, kind);
    }
}
