using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Eviction against known answers, in a store that pays for its overhead out of the same bytes.</summary>
public sealed class StoreHitRatioTests
{
    private const long MemoryBytes = 2 << 20;
    private const int EntryBytes = 1_000;

    /// <summary>Of the floors: a store of pages, where segments are filled whole.</summary>
    private const long PagesMemoryBytes = 16 << 20;
    private const int PageBytes = 4_096;

    private static readonly string Traces = Find();

    private static readonly (string Name, int Entries)[] Sample =
    [
        ("lirs/2_pools", 400), ("lirs/cpp", 100), ("lirs/gli", 750), ("lirs/multi1", 1_200), ("lirs/multi2", 600),
        ("lirs/multi3", 1_800), ("lirs/ps", 500), ("lirs/sprite", 200), ("corda/vaultservice", 1_024),
    ];

    [Fact]
    public void On_the_mean_of_the_traces_more_requests_hit_than_with_LRU()
    {
        SkipWithoutTraces();
        var (store, lru) = (0.0, 0.0);
        foreach (var (name, entries) in Sample)
        {
            store += HitPercent(Read(name), entries);
            lru += Known(name, entries, "LRU");
        }

        Assert.True(store > lru + (8 * Sample.Length), $"{store / Sample.Length:f2} against {lru / Sample.Length:f2}");
    }

    /// <summary>
    /// Floors for the whole set are in bench/results/hit-ratios.md; these run in seconds and each has broken a policy
    /// that was tried: a fixed window, admission whenever ahead, segments too coarse for few entries.
    /// </summary>
    [Theory]
    [InlineData("lirs/cpp", 20, 17)]
    [InlineData("lirs/cpp", 50, 51)]
    [InlineData("lirs/cs", 700, 38.2)]
    [InlineData("lirs/gli", 1_000, 47.5)]
    [InlineData("lirs/gli", 2_000, 56)]
    [InlineData("lirs/multi1", 1_600, 78)]
    [InlineData("lirs/multi2", 2_400, 71)]
    [InlineData("lirs/ps", 2_000, 68)]
    [InlineData("lirs/sprite", 600, 80)]
    public void Hit_ratio_keeps_its_floor(string trace, int entries, double floor)
    {
        SkipWithoutTraces();
        Assert.InRange(HitPercent(Read(trace), entries, PageBytes, PagesMemoryBytes), floor, 100);
    }

    /// <summary>
    /// In 2 MiB, where what the store needs for itself decides: each of these fell by 3 to 36 points while segments
    /// were claimed whole.
    /// </summary>
    [Theory]
    [InlineData("lirs/cs", 700, 38)]
    [InlineData("lirs/gli", 750, 40.7)]
    [InlineData("lirs/gli", 1_000, 48)]
    [InlineData("lirs/multi1", 1_200, 71)]
    [InlineData("lirs/multi2", 2_400, 72.5)]
    [InlineData("lirs/multi3", 1_800, 58)]
    [InlineData("lirs/ps", 1_000, 65)]
    [InlineData("lirs/sprite", 600, 80.5)]
    public void Hit_ratio_keeps_its_floor_in_a_small_store(string trace, int entries, double floor)
    {
        SkipWithoutTraces();
        Assert.InRange(HitPercent(Read(trace), entries), floor, 100);
    }

    /// <summary>Each entry is used a few times in a burst and never again: SIEVE's hand finds 0.75 % here.</summary>
    [Fact]
    public void Pure_recency_does_not_make_the_policy_collapse()
    {
        SkipWithoutTraces();
        var known = Known("corda/vaultservice", 1_024, "LRU");
        Assert.InRange(HitPercent(Read("corda/vaultservice"), 1_024), known - 0.5, known + 0.5);
    }

    [Fact]
    public void A_loop_over_more_than_fits_still_hits()
    {
        SkipWithoutTraces();
        var requests = Read("lirs/loop").Take(50_000).ToList();
        Assert.True(HitPercent(requests, 750) > 20);
    }

    private static double HitPercent(
        List<long> requests, int entries, int entryBytesMin = EntryBytes, long memoryBytesMin = MemoryBytes)
    {
        var entryBytes = Math.Max(entryBytesMin, (int)(memoryBytesMin / entries));
        using var store = new StoreUnderTest((long)entryBytes * entries, partitions: 1);
        var value = new byte[entryBytes - 16];
        var hits = 0;
        foreach (var request in requests)
        {
            var path = $"/{request:x15}";
            if (store.Get(path) == StatusCode.Ok) hits++;
            else store.Set(path, value);
        }

        return 100.0 * hits / requests.Count;
    }

    private static double Known(string name, int entries, string policy)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Traces, "reference-hit-ratios.json")));
        return json.RootElement.GetProperty("traces").GetProperty(name).GetProperty("hit_pct")
            .GetProperty(entries.ToString(CultureInfo.InvariantCulture)).GetProperty(policy).GetDouble();
    }

    private static List<long> Read(string name)
    {
        var isCorda = name.StartsWith("corda/", StringComparison.Ordinal);
        var file = isCorda ? "caffeine-misc/corda.trace_vaultservice.gz" : $"caffeine-{name}.trace.gz";
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(Traces, file)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        var all = bytes.ToArray();
        if (!isCorda)
        {
            return System.Text.Encoding.ASCII.GetString(all).Split('\n', StringSplitOptions.TrimEntries)
                .Where(line => line.Length != 0 && line != "*")
                .Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToList();
        }

        return Enumerable.Range(0, all.Length / 8)
            .Select(i => BinaryPrimitives.ReadInt64BigEndian(all.AsSpan(i * 8))).ToList();
    }

    private static void SkipWithoutTraces()
    {
        if (!Directory.Exists(Traces)) Assert.Skip("needs ../shared/data/traces");
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cache.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.Parent?.FullName ?? "", "shared", "data", "traces");
    }
}
