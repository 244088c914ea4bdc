using BenchmarkDotNet.Attributes;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Bench;

/// <summary>Measures the gather half of a search: each shard's sorted hits to the best k of all.</summary>
[MemoryDiagnoser]
public class MergeBenchmarks
{
    private IReadOnlyList<SearchHit>[] _lists = [];

    /// <summary>Shards that answered.</summary>
    [Params(4, 32)]
    public int Shards { get; set; }

    /// <summary>Hits asked for, and sent by each shard.</summary>
    [Params(10, 1000)]
    public int Size { get; set; }

    /// <summary>Makes the lists, with ties of score among them.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _lists = [.. Enumerable.Range(0, Shards).Select(shard => (IReadOnlyList<SearchHit>)
            [.. Enumerable.Range(0, Size)
                .Select(i => new SearchHit
                {
                    Path = $"/wiki/{shard:D3}-{i:D6}",
                    Score = random.Next(1_000) / 8f,
                    Version = 1,
                })
                .OrderByDescending(h => h.Score).ThenBy(h => h.Path, StringComparer.Ordinal)])];
    }

    /// <summary>The merge.</summary>
    [Benchmark]
    public int TopK() => HitMerge.Merge(_lists, [], 0, Size).Count;
}
