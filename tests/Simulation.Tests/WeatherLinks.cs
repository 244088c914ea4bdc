using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Simulation.Tests;

/// <summary>The wires of one router in the weather of its world: uneven, with a long tail, and lossy.</summary>
internal sealed class WeatherLinks : ILinkConditions
{
    private readonly World _world;
    private readonly Random _random;

    public WeatherLinks(World world, int seed)
    {
        _world = world;
        _random = new Random(seed);
    }

    /// <summary>Leaves that this router can't reach.</summary>
    public HashSet<string> Partitioned { get; } = new(StringComparer.Ordinal);

    public long DelayNanos(int leaf)
    {
        var micros = 50 + (long)(-200 * Math.Log(1 - _random.NextDouble()));
        if (_random.NextDouble() < _world.Weather.TailShare) micros += _random.Next(5_000, 60_000);
        if (_world.IsSlow(IdOf(leaf))) micros += 30_000;
        return (micros * VirtualTime.NanosPerMicro) + _world.StandsFor(IdOf(leaf));
    }

    public bool IsLost(int leaf) => _random.NextDouble() < _world.Weather.LossShare;

    public bool IsCut(int leaf) => Partitioned.Contains(IdOf(leaf));

    private string IdOf(int leaf) => _world.Topology.Leaves[leaf].Id;
}

/// <summary>A leaf of a world at its end of the wires.</summary>
internal sealed class WorldLeaf : ISimLeaf
{
    private readonly World _world;
    private readonly string _id;

    public WorldLeaf(World world, string id)
    {
        _world = world;
        _id = id;
    }

    public bool IsDown => _world.IsDown(_id);

    public int Incarnation => _world.IncarnationOf(_id);

    public void Receive(SimCall call) => call.Answer(_world.Handle(_id, call.Header, call.Body));

    public void Cancel(SimCall call)
    {
        // It answered when it received.
    }
}
