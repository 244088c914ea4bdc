using BenchmarkDotNet.Attributes;
using Hedgerow.Router;

namespace Hedgerow.Bench;

/// <summary>Measures path to shard, hash included: what every request costs before it is sent anywhere.</summary>
[MemoryDiagnoser]
public class PlacementBenchmarks
{
    private readonly byte[] _path = "/products/{user-1729}/basket/000012345"u8.ToArray();
    private JumpPlacement _jump = null!;
    private RingPlacement _ring = null!;

    /// <summary>Shards of the topology.</summary>
    [Params(4, 100, 4096)]
    public int Shards { get; set; }

    /// <summary>Builds both placements.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _jump = new JumpPlacement(Shards);
        _ring = new RingPlacement([.. Enumerable.Range(0, Shards).Select(_ => new ShardAssignment(["leaf-1"]))]);
    }

    /// <summary>XXH3 of the shard key and a jump hash.</summary>
    [Benchmark(Baseline = true)]
    public int Jump() => _jump.ShardOf(_path);

    /// <summary>MD5 of the shard key and a binary search in the ketama ring.</summary>
    [Benchmark]
    public int Ring() => _ring.ShardOf(_path);
}
