using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Simulation.Tests;

/// <summary>How bad it gets. Shares are of messages, faults of seconds.</summary>
internal sealed record Weather(double LossShare, double TailShare, double FaultsPerSecond, bool Wipes)
{
    public static Weather Calm { get; } = new(0, 0, 0, Wipes: false);

    public static Weather Slow { get; } = new(0, 0.01, 0, Wipes: false);

    public static Weather Rough { get; } = new(0.002, 0.01, 4, Wipes: false);

    public static Weather Storm { get; } = new(0.02, 0.05, 12, Wipes: true);

    /// <summary>Leaves slow down and stand still for moments, and nothing else befalls them.</summary>
    public static Weather Uneven { get; } = new(0, 0.01, 12, Wipes: false) { IsUnevenAlone = true };

    /// <summary>Whether leaves are never cut off, down or restarted.</summary>
    public bool IsUnevenAlone { get; init; }

    /// <summary>Whether every message arrives, and what was stored stays.</summary>
    public bool LosesNothing => LossShare == 0 && (FaultsPerSecond == 0 || IsUnevenAlone);
}

/// <summary>
/// Leaves, two routers with clocks that disagree, the networks between, and the faults: everything from one seed.
/// </summary>
internal sealed class World : IDisposable
{
    public const int Leaves = 3;
    public const int Shards = 4;
    public const int Replicas = 2;

    private readonly Dictionary<string, IStoredLeaf> _leaves = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _incarnations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _down = new(StringComparer.Ordinal);
    private readonly HashSet<string> _slow = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _standsUntil = new(StringComparer.Ordinal);
    private readonly Random _faults;
    private readonly SimNetwork[] _networks;
    private ulong _trace = 14_695_981_039_346_656_037;

    public World(
        int seed, Weather weather, Func<World, string, IStoredLeaf> make, Action<RouterOptions>? configure = null)
    {
        configure?.Invoke(Options);
        Weather = weather;
        IsCalmFromTheStart = weather == Weather.Calm;
        LosesNothing = weather.LosesNothing;
        _faults = new Random(seed ^ 0x5EED);
        Topology = TopologyOf();
        foreach (var leaf in Topology.Leaves)
        {
            _leaves.Add(leaf.Id, make(this, leaf.Id));
            _incarnations.Add(leaf.Id, 0);
        }

        ISimLeaf[] ends = [.. Topology.Leaves.Select(leaf => new WorldLeaf(this, leaf.Id))];
        Links = [new WeatherLinks(this, seed * 2), new WeatherLinks(this, (seed * 2) + 1)];
        _networks = [.. Links.Select(links => new SimNetwork(Time, Topology, ends, links, Trace))];
        Routers = [RouterOf(0, TimeSpan.Zero, seed), RouterOf(1, TimeSpan.FromSeconds(-3), seed)];
    }

    public VirtualTime Time { get; } = new();

    public Weather Weather { get; private set; }

    public bool IsCalmFromTheStart { get; }

    public bool LosesNothing { get; }

    public Topology Topology { get; }

    public WeatherLinks[] Links { get; }

    public RequestRouter[] Routers { get; }

    public RouterOptions Options { get; } = new() { Timeout = TimeSpan.FromMilliseconds(300) };

    /// <summary>Every version of every path that any leaf took, with the leaves and their incarnations.</summary>
    public Dictionary<(string Path, ulong Version), List<(string Leaf, int Incarnation)>> Taken { get; } = [];

    /// <summary>A hash of all that happened, in its order: equal for equal seeds.</summary>
    public ulong TraceHash => _trace;

    public bool IsDown(string leaf) => _down.Contains(leaf);

    public bool IsSlow(string leaf) => _slow.Contains(leaf);

    /// <summary>Nanoseconds until it goes on; 0 for one that does not stand still.</summary>
    public long StandsFor(string leaf) => Math.Max(0, _standsUntil.GetValueOrDefault(leaf) - Time.Now);

    public int IncarnationOf(string leaf) => _incarnations[leaf];

    public void Trace(string text)
    {
        _trace = (_trace ^ (ulong)Time.Now) * 1_099_511_628_211;
        foreach (var c in text) _trace = (_trace ^ c) * 1_099_511_628_211;
    }

    public Reply Handle(string leaf, in RequestHeader header, byte[] body)
    {
        var reply = _leaves[leaf].Handle(header, body);
        var isWrite = CacheCommand.Carries(header.Opcode) && header.Opcode != Opcode.Get;
        if (isWrite && reply.Status is StatusCode.Ok or StatusCode.NotFound && reply.Header.Version != 0)
        {
            CacheCommand.TryRead(header.Opcode, body, out var command, out _);
            var key = (Encoding.UTF8.GetString(command.Path), reply.Header.Version);
            if (!Taken.TryGetValue(key, out var takers)) Taken.Add(key, takers = []);
            takers.Add((leaf, _incarnations[leaf]));
        }

        return reply;
    }

    /// <summary>What a leaf has stored now, asked past network and routers.</summary>
    public Reply Stored(string leaf, string path)
    {
        var command = new CacheCommand { Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes(path) };
        var body = new byte[command.Length];
        command.WriteTo(body);
        var shard = (ushort)Routers[0].Table.ShardOf(command.Path);
        return _leaves[leaf].Handle(
            new RequestHeader { Opcode = Opcode.Get, Shard = shard, PathHash = PathHash.OfPath(command.Path) }, body);
    }

    public void Dispose()
    {
        foreach (var leaf in _leaves.Values) leaf.Dispose();
    }

    /// <summary>Lets faults come and go until the weather is calmed.</summary>
    public async Task BreakThingsAsync()
    {
        while (Weather.FaultsPerSecond > 0)
        {
            await Time.Wait((long)(1_000_000 / Weather.FaultsPerSecond * 2 * _faults.NextDouble()));
            if (Weather.FaultsPerSecond > 0) BreakOne();
        }
    }

    /// <summary>Everything is well from here on.</summary>
    public void Calm()
    {
        Weather = Weather.Calm;
        _down.Clear();
        _slow.Clear();
        foreach (var links in Links) links.Partitioned.Clear();
    }

    private static Topology TopologyOf() => new()
    {
        Epoch = 1,
        Leaves = [.. Enumerable.Range(1, Leaves).Select(i => new LeafEndpoint($"leaf-{i}", $"10.0.0.{i}:1"))],
        Shards = [.. Enumerable.Range(0, Shards).Select(s => new ShardAssignment(
            [.. Enumerable.Range(0, Replicas).Select(r => $"leaf-{((s + r) % Leaves) + 1}")]))],
    };

    private RequestRouter RouterOf(int index, TimeSpan skew, int seed) => new(
        new StaticTopology(Topology), _networks[index], Options with { Seed = (ulong)((seed * 2) + index + 1) },
        Time.Skewed(skew), NullLoggerFactory.Instance);

    private void BreakOne()
    {
        var leaf = $"leaf-{_faults.Next(Leaves) + 1}";
        if (Weather.IsUnevenAlone)
        {
            if (_faults.Next(2) == 0) Toggle(_slow, leaf, "slow");
            else StandStill(leaf, 20_000 + _faults.Next(180_000));
            return;
        }

        switch (_faults.Next(4))
        {
            case 0: Toggle(_slow, leaf, "slow"); break;
            case 1: Toggle(Links[_faults.Next(2)].Partitioned, leaf, "cut"); break;
            case 2: Toggle(_down, leaf, "down"); break;
            default: Restart(leaf); break;
        }
    }

    private void StandStill(string leaf, long micros)
    {
        _standsUntil[leaf] = Time.Now + (micros * VirtualTime.NanosPerMicro);
        Trace($"! still {leaf}");
    }

    private void Toggle(HashSet<string> set, string leaf, string what)
    {
        if (!set.Remove(leaf)) set.Add(leaf);
        Trace($"! {what} {leaf}");
    }

    private void Restart(string leaf)
    {
        Trace($"! restart {leaf}");
        if (!Weather.Wipes) return;
        _incarnations[leaf]++;
        _leaves[leaf].Wipe();
    }
}
