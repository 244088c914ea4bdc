using System.Diagnostics;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Leaves;
using Hedgerow.Server.Simulation.Load;
using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Reports;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Simulation;

/// <summary>
/// One run of a scenario: the router of this product, its transport and its clock replaced, before modelled leaves.
/// Everything happens in the thread that calls <see cref="Run"/>, in virtual time, out of one seed.
/// </summary>
internal sealed class SimulationRun
{
    /// <summary>Events between two looks at whether to stop.</summary>
    private const int EventsPerLook = 8_192;

    /// <summary>How long requests may take to end after the load has, in virtual time.</summary>
    private static readonly long DrainNanos = VirtualTime.Nanos(TimeSpan.FromMinutes(2));

    private readonly ScenarioRun _run;
    private readonly Scenario _scenario;
    private readonly Random _seeds;
    private VirtualTime? _time;

    public SimulationRun(ScenarioRun run, int? seed)
    {
        _run = run;
        _scenario = run.Scenario;
        Seed = seed ?? _scenario.Seed;
        // A seed of each part, drawn in a fixed order: runs that differ in one part keep the others' numbers.
        _seeds = new Random(Seed);
    }

    public int Seed { get; }

    /// <summary>How much of the load's time has passed, 0 to 1. Any thread may ask.</summary>
    public double Progress =>
        _time is { } time ? Math.Min(1, time.Now / (double)VirtualTime.Nanos(_scenario.Duration)) : 0;

    /// <summary>Events so far. Any thread may ask.</summary>
    public long Events => _time?.Happened ?? 0;

    /// <summary>Runs it to the end.</summary>
    public RunResult Run(CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var time = new VirtualTime();
        _time = time;
        var layout = new ClusterLayout(_scenario.Cluster);
        var answers = new CannedAnswers();
        var leafSeeds = new Random(_seeds.Next());
        ModelledLeaf[] leaves =
        [
            .. Enumerable.Range(0, layout.Leaves).Select(_ =>
                new ModelledLeaf(time, _scenario.Leaves, answers, new Random(leafSeeds.Next()))),
        ];
        var linkSeeds = new Random(_seeds.Next());
        ModelledLinks[] links =
        [
            .. Enumerable.Range(0, _scenario.Cluster.Routers).Select(_ =>
                new ModelledLinks(_scenario.Network, layout.Leaves, new Random(linkSeeds.Next()))),
        ];
        var routers = RoutersOf(time, layout, leaves, links);
        new Troubles(time, leaves, layout, links, new Random(_seeds.Next())).Begin(_scenario);
        var loads = LoadsOf(time, layout, routers);
        var before = Count(routers, leaves, time);
        RunToTheEnd(time, loads, cancel);
        var wall = Stopwatch.GetElapsedTime(began);
        return new RunResult(_run.Name, Seed, time.Now, time.Happened, wall)
        {
            Loads = [.. loads.Select(load => load.Record)],
            Routers = Since(before(), routers),
            Leaves = [.. leaves.Select(leaf => leaf.Counts)],
            CountedNanos = VirtualTime.Nanos(_scenario.Duration - _scenario.WarmUp),
            Cores = _scenario.Leaves.Cores,
            Unfinished = loads.Sum(load => (long)load.Open),
        };
    }

    private RequestRouter[] RoutersOf(
        VirtualTime time, ClusterLayout layout, ModelledLeaf[] leaves, ModelledLinks[] links)
    {
        var options = ScenarioRules.RouterOptionsOf(_run.Name, _scenario);
        var seeds = new Random(_seeds.Next());
        var topology = new StaticTopology(layout.Topology);
        try
        {
            return
            [
                .. links.Select(link => new RequestRouter(
                    topology, new SimNetwork(time, layout.Topology, leaves, link),
                    options with { Seed = (ulong)seeds.NextInt64(1, long.MaxValue) }, time,
                    NullLoggerFactory.Instance)),
            ];
        }
        catch (ArgumentOutOfRangeException e)
        {
            // Settings that are right each for itself and not together.
            throw new ScenarioException($"{_run.Name}: router: {e.Message}", e);
        }
    }

    private LoadRun[] LoadsOf(VirtualTime time, ClusterLayout layout, RequestRouter[] routers)
    {
        var endAt = VirtualTime.Nanos(_scenario.Duration);
        var from = VirtualTime.Nanos(_scenario.WarmUp);
        return
        [
            .. _scenario.Load.Select((stream, i) =>
            {
                var named = stream.Name.Length > 0 ? stream : stream with { Name = $"load-{i}" };
                var paths = new PathPool(
                    named, path => routers[0].ShardOf(path), layout.Topology.Shards.Count, new Random(_seeds.Next()));
                var record = new LoadRecord(named.Name, from, endAt, VirtualTime.Nanos(stream.Slow));
                return new LoadRun(named, time, routers, paths, record, _seeds.Next(), endAt);
            }),
        ];
    }

    private void RunToTheEnd(VirtualTime time, LoadRun[] loads, CancellationToken cancel)
    {
        foreach (var load in loads) load.Begin();
        var endAt = VirtualTime.Nanos(_scenario.Duration);
        for (var i = 0L; time.NextAt <= endAt; i++)
        {
            time.Step();
            if (i % EventsPerLook == 0) cancel.ThrowIfCancellationRequested();
        }

        for (var i = 0L; time.NextAt <= endAt + DrainNanos && loads.Any(load => load.Open > 0); i++)
        {
            time.Step();
            if (i % EventsPerLook == 0) cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Notes the counters when the warm-up ends; what it returns gives the note.</summary>
    private Func<RouterCounters> Count(RequestRouter[] routers, ModelledLeaf[] leaves, VirtualTime time)
    {
        RouterCounters noted = default;
        time.After(VirtualTime.Nanos(_scenario.WarmUp), () =>
        {
            noted = Since(default, routers);
            foreach (var leaf in leaves) leaf.BeginCounting();
        });
        time.After(VirtualTime.Nanos(_scenario.Duration) - 1, () =>
        {
            foreach (var leaf in leaves) leaf.EndCounting();
        });
        return () => noted;
    }

    private static RouterCounters Since(RouterCounters before, RequestRouter[] routers)
    {
        var all = routers.Select(router => router.Counters).ToArray();
        return new RouterCounters(
            all.Sum(c => c.Requests) - before.Requests,
            all.Sum(c => c.HedgesSent) - before.HedgesSent,
            all.Sum(c => c.HedgesWon) - before.HedgesWon,
            all.Sum(c => c.HedgesCancelled) - before.HedgesCancelled,
            all.Sum(c => c.HedgesDenied) - before.HedgesDenied,
            all.Sum(c => c.Retries) - before.Retries);
    }
}
