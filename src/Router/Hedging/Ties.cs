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
    private readonly ConcurrentDictionary<ulong, HedgedRead> _reads = new();
    private readonly bool _isOn;
    private readonly SplitMix _ids;

    public Ties(HedgeOptions options, RouterClock clock, SplitMix random)
    {
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

    public void Remove(ulong id) => _reads.TryRemove(id, out _);

    /// <summary>A leaf began to work on a copy.</summary>
    public void OnBegun(ulong idOfCopy)
    {
        if (_reads.TryGetValue(idOfCopy & ~1UL, out var read)) read.Tell(idOfCopy);
    }
}
