using System.Globalization;
using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>
/// Three leaves and a router, each a process, over a topology file: 6 shards on two of the three leaves each.
/// </summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    public const int Shards = 6;
    private const int LeafCount = 3;
    private readonly TempDirectory _directory = new();
    private readonly int[] _ports = FreePorts.Take(LeafCount + 2);
    private readonly Dictionary<string, HedgerowProcess> _processes = [];

    /// <summary>HOST:PORT of the router's native listener.</summary>
    public string Router => Address(LeafCount);

    /// <summary>HOST:PORT of the router's HTTP listener.</summary>
    public string Http => Address(LeafCount + 1);

    /// <summary>The topology file.</summary>
    public string TopologyFile => _directory["topology.json"];

    /// <summary>A file in the cluster's own directory.</summary>
    public string FilePath(string name) => _directory[name];

    public static async Task<ProcessCluster> StartAsync()
    {
        var cluster = new ProcessCluster();
        try
        {
            await cluster.PublishTopologyAsync(epoch: 1);
            await Task.WhenAll(Enumerable.Range(1, LeafCount).Select(n => cluster.StartLeafAsync($"leaf-{n}")));
            var router = await HedgerowProcess.ServeAsync(
                "router", "--topology", cluster.TopologyFile, "--listen", cluster.Router, "--http", cluster.Http);
            lock (cluster._processes) cluster._processes["router"] = router;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Puts a topology in place of the one before, whole or not at all. Each epoch moves every shard on by one leaf.
    /// </summary>
    public async Task PublishTopologyAsync(int epoch)
    {
        var draft = TopologyFile + ".new";
        await File.WriteAllTextAsync(draft, TopologyText(epoch));
        File.Move(draft, TopologyFile, overwrite: true);
    }

    /// <summary>HOST:PORT of one leaf.</summary>
    public string LeafAddress(string leafId) => Address(Number(leafId) - 1);

    /// <summary>The shards that one leaf holds.</summary>
    public static IEnumerable<int> ShardsOf(string leafId) =>
        Enumerable.Range(0, Shards).Where(shard => Replicas(shard).Contains(leafId));

    /// <summary>Starts a leaf over the data it left, if any.</summary>
    public async Task StartLeafAsync(string leafId)
    {
        var leaf = await HedgerowProcess.ServeAsync(
            "leaf", "--name", leafId, "--topology", TopologyFile, "--listen", LeafAddress(leafId), "--http", "off",
            "--data", _directory[leafId], "--leaf.faults");
        lock (_processes) _processes[leafId] = leaf;
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync(string leafId) => _processes[leafId].KillAsync();

    /// <summary>A client that routes by itself.</summary>
    public ValueTask<HedgerowClient> RoutingClientAsync() =>
        Patience.ConnectAsync(TopologyFile);

    /// <summary>A client of the router process.</summary>
    public ValueTask<HedgerowClient> RouterClientAsync() =>
        Patience.ConnectAsync(Router);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values) await process.DisposeAsync();
        _directory.Dispose();
    }

    private static string[] Replicas(int shard, int epoch = 1) =>
        [$"leaf-{((shard + epoch - 1) % LeafCount) + 1}", $"leaf-{((shard + epoch) % LeafCount) + 1}"];

    private static int Number(string leafId) => int.Parse(leafId.AsSpan("leaf-".Length), CultureInfo.InvariantCulture);

    private string Address(int index) => $"127.0.0.1:{_ports[index]}";

    private string TopologyText(int epoch)
    {
        var leaves = Enumerable.Range(1, LeafCount)
            .Select(n => $$"""{"id":"leaf-{{n}}","address":"{{LeafAddress($"leaf-{n}")}}"}""");
        var shards = Enumerable.Range(0, Shards)
            .Select(shard => string.Join(',', Replicas(shard, epoch).Select(id => $"\"{id}\"")))
            .Select(replicas => $$"""{"replicas":[{{replicas}}]}""");
        return $$"""
            {"epoch":{{epoch}},"placement":"jump",
            "leaves":[{{string.Join(',', leaves)}}],
            "shards":[{{string.Join(',', shards)}}]}
            """;
    }
}
