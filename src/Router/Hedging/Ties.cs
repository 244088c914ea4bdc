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
    /// <summary>Reads that are over and whose news may still come: those of the last moments.</summary>
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
    /// <param name="id">Of its tie.</param>
    /// <param name="returnedFor">The copy that a token was given back for, as it had not begun; 0 for none.</param>
    /// <param name="kind">Whose token it was.</param>
    public void Remove(ulong id, ulong returnedFor, OperationClass kind)
    {
        if (returnedFor != 0)
        {
            lock (_returning)
            {
                _returned[returnedFor] = kind;
                _returnedInOrder.Enqueue(returnedFor);
                if (_returnedInOrder.Count > ReturnedMax) _returned.Remove(_returnedInOrder.Dequeue());
            }
        }

        _reads.TryRemove(id, out _);
    }

    /// <summary>A leaf began to work on a copy.</summary>
    public void OnBegun(ulong idOfCopy)
    {
        if (_reads.TryGetValue(idOfCopy & ~1UL, out var read) && read.TryTell(idOfCopy)) return;
        OperationClass kind;
        lock (_returning)
            if (!_returned.Remove(idOfCopy, out kind)) return;
        // The cancel came too late, and the answer sooner than this.
        _counters.Count(RouterCounter.TiesWasted);
        _policy.OweHedge(kind);
    }
}
