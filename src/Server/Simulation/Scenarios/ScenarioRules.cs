using System.Globalization;
using System.Text.Json.Nodes;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Simulation.Reports;

namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>The bounds of a scenario's members.</summary>
internal static class ScenarioRules
{
    /// <summary>Most leaves that are simulated.</summary>
    public const int LeavesMax = 10_000;

    private const int RoutersMax = 1_000;
    private const int KeysMax = 1_000_000;
    private const double RateMax = 10_000_000;
    private static readonly TimeSpan DurationMax = TimeSpan.FromHours(24);

    /// <summary>Throws on the first rule broken.</summary>
    public static void Check(string source, Scenario scenario)
    {
        var rules = new Rules(source);
        rules.Within("duration", scenario.Duration, TimeSpan.FromMilliseconds(1), DurationMax);
        rules.Within("warmUp", scenario.WarmUp, TimeSpan.Zero, scenario.Duration);
        CheckCluster(rules, scenario.Cluster);
        CheckLeaves(rules, scenario.Leaves);
        rules.Within("network.loss", scenario.Network.Loss, 0, 1);
        rules.Within("network.retransmit", scenario.Network.Retransmit, TimeSpan.Zero, DurationMax);
        for (var i = 0; i < scenario.Stalls.Count; i++)
            rules.Within($"stalls[{i}].factor", scenario.Stalls[i].Factor, 0, 1_000_000);
        for (var i = 0; i < scenario.Faults.Count; i++)
            CheckFault(rules, $"faults[{i}]", scenario.Faults[i], scenario.Cluster);
        rules.Within("load", scenario.Load.Count, 1, 100);
        for (var i = 0; i < scenario.Load.Count; i++) CheckLoad(rules, $"load[{i}]", scenario.Load[i]);
        RouterOptionsOf(source, scenario);
    }

    /// <summary>Throws when a claim names what is not there.</summary>
    public static void CheckClaims(string source, Scenario scenario, IReadOnlyList<string> runs)
    {
        var rules = new Rules(source);
        for (var i = 0; i < scenario.Claims.Count; i++)
        {
            var claim = scenario.Claims[i];
            if (claim.Run.Length > 0 || runs.Count > 1) rules.OneOf($"claims[{i}].run", claim.Run, runs);
            if (claim.Beside is { } beside) rules.OneOf($"claims[{i}].beside", beside, runs);
            if (claim.Stream.Length > 0)
                rules.OneOf($"claims[{i}].stream", claim.Stream, [.. scenario.Load.Select(load => load.Name)]);
            rules.OneOf($"claims[{i}].measure", claim.Measure, Measures.Names);
        }
    }

    /// <summary>What the members of <c>router</c> say, as a configuration file's would.</summary>
    public static RouterOptions RouterOptionsOf(string source, Scenario scenario)
    {
        var settings = SettingsTable.Defaults(NodeRole.Router);
        foreach (var (name, value) in Flatten("router", scenario.Router))
        {
            var row = SettingsTable.Find(name, NodeRole.Router);
            if (row is null)
            {
                var nearest = NearestWord.Find(name, SettingsTable.Rows.Select(r => r.Name));
                throw new ScenarioException(
                    $"{source}: {name} is no setting." + (nearest is null ? "" : $" Did you mean {nearest}?"));
            }

            if (!row.TryApply(value, ref settings))
                throw new ScenarioException($"{source}: {name} is '{value}'; allowed: {row.Allowed}.");
        }

        return NodeOptions.Client(settings);
    }

    private static void CheckCluster(Rules rules, ClusterShape cluster)
    {
        rules.Within("cluster.shards", cluster.Shards, 1, Topology.ShardsMax);
        rules.Within("cluster.replicas", cluster.Replicas, 1, Topology.ReplicasMax);
        rules.Within("cluster.leaves", ClusterLayout.LeavesOf(cluster), cluster.Replicas, LeavesMax);
        rules.Within("cluster.zones", cluster.Zones, 1, ClusterLayout.LeavesOf(cluster));
        rules.Within("cluster.routers", cluster.Routers, 1, RoutersMax);
    }

    private static void CheckLeaves(Rules rules, LeafModel leaves)
    {
        rules.Within("leaves.cores", leaves.Cores, 1, 1_024);
        rules.Within("leaves.queueMax", leaves.QueueMax, 0, 10_000_000);
        rules.Within("leaves.shed.share", leaves.Shed?.Share ?? 0, 0, 1);
        if (leaves.Background is { } background)
            rules.Within("leaves.background.rate", background.Rate, 0, RateMax);
    }

    private static void CheckFault(Rules rules, string place, ScheduledFault fault, ClusterShape cluster)
    {
        var leaves = ClusterLayout.LeavesOf(cluster);
        var given = (fault.Leaves.Count > 0 ? 1 : 0) + (fault.Zone is null ? 0 : 1) + (fault.Replica is null ? 0 : 1)
            + (fault.Share is null ? 0 : 1);
        rules.Within($"{place}: members among leaves, zone, replica and share", given, 0, 1);
        rules.Within($"{place}.at", fault.At, TimeSpan.Zero, DurationMax);
        rules.Within($"{place}.for", fault.For, TimeSpan.Zero, DurationMax);
        foreach (var leaf in fault.Leaves) rules.Within($"{place}.leaves", leaf, 0, leaves - 1);
        rules.Within($"{place}.zone", fault.Zone ?? 0, 0, cluster.Zones - 1);
        rules.Within($"{place}.replica", fault.Replica ?? 0, 0, cluster.Replicas - 1);
        rules.Within($"{place}.share", fault.Share ?? 0, 0, 1);
        rules.Within($"{place}.factor", fault.Factor, 0.001, 1_000_000);
    }

    private static void CheckLoad(Rules rules, string place, LoadStream load)
    {
        rules.Within($"{place}.rate", load.Rate, 0, RateMax);
        foreach (var phase in load.Phases) rules.Within($"{place}.phases.rate", phase.Rate, 0, RateMax);
        rules.Within($"{place}.paths", load.Paths, 1, ProtocolLimits.GetManyPathsMax);
        rules.Within($"{place}.keys", load.Keys, 1, KeysMax);
        rules.Within($"{place}.skew", load.Skew, 0, 10);
        rules.Within($"{place}.retries", load.Retries, 0, 100);
        rules.Within($"{place}.deadline", load.Deadline, TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    private static IEnumerable<(string Name, string Value)> Flatten(string place, JsonObject json)
    {
        foreach (var (name, value) in json)
        {
            if (value is JsonObject inner)
            {
                foreach (var row in Flatten($"{place}.{name}", inner)) yield return row;
            }
            else
            {
                yield return ($"{place}.{name}", value?.ToString() ?? "");
            }
        }
    }

    /// <summary>Bounds, with the place of what breaks them.</summary>
    private readonly struct Rules(string source)
    {
        public void Within(string place, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) throw Broken(place, Text(value), $"{Text(least)} to {Text(most)}");
        }

        public void Within(string place, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value >= least && value <= most) return;
            throw Broken(
                place, Quantities.FormatDuration(value),
                $"{Quantities.FormatDuration(least)} to {Quantities.FormatDuration(most)}");
        }

        public void OneOf(string place, string value, IReadOnlyList<string> allowed)
        {
            if (!allowed.Contains(value, StringComparer.Ordinal))
                throw Broken(place, $"'{value}'", string.Join(", ", allowed));
        }

        private ScenarioException Broken(string place, string value, string allowed) =>
            new($"{source}: {place} is {value}; allowed: {allowed}.");

        private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
