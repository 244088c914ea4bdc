using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>The same shops in one index and in seven, worn by updates, deletes, flushes and merges.</summary>
internal sealed class ShopIndexes : IDisposable
{
    public const long NowMs = 86_400_000L * 3;

    private const int Shards = 7;

    private readonly CollectionIndex[] _indexes = new CollectionIndex[1 + Shards];
    private readonly Dictionary<string, Shop> _live = [];
    private ulong _version;

    public ShopIndexes(Random random, int steps)
    {
        for (var i = 0; i < _indexes.Length; i++)
        {
            _indexes[i] = CollectionIndex.Open(
                IndexDirectory.InMemory(), Shop.Schema, _ => WordAnalyzer.Instance,
                new CollectionIndexOptions { SegmentsPerTier = 3, SegmentFloorBytes = 4096 },
                new FakeTimeProvider(DateTimeOffset.UnixEpoch));
        }

        for (var step = 0; step < steps; step++) Step(random, random.Next(steps / 2), step);
        foreach (var index in _indexes) index.Refresh();
    }

    public IReadOnlyDictionary<string, Shop> Live => _live;

    /// <summary>What the one index answers, after the seven were held against it to the last bit.</summary>
    public SearchReply Search(SearchRequest request)
    {
        request = request with { Collection = "shops", WithSource = false, NowMs = NowMs };
        var whole = Search(_indexes[0], request, out var error);
        Assert.True(whole is not null, error);
        var seven = _indexes[1..];
        var counts = seven.Select(index => StatisticsOf(index, request)).ToArray();
        var summed = request with { Statistics = StatisticsSum.Of(counts) };
        var parts = seven.Select(index => Search(index, summed, out _)!).ToArray();
        if (request.ExactTotal) Assert.Equal(whole.Total, parts.Sum(part => part.Total));
        var hits = parts.SelectMany(part => part.Hits).ToDictionary(hit => hit.Path);
        Assert.All(whole.Hits, hit => Assert.Equal(
            (hit.Score, string.Join('|', hit.SortValues)),
            (hits[hit.Path].Score, string.Join('|', hits[hit.Path].SortValues))));
        return whole;
    }

    public SearchReply Search(QueryNode query, int size = 1_000) =>
        Search(new SearchRequest { Collection = "shops", Query = query, Size = size });

    public string ErrorOf(SearchRequest request)
    {
        Assert.Null(Search(_indexes[0], request with { Collection = "shops" }, out var error));
        return error!;
    }

    public string ErrorOf(QueryNode query) => ErrorOf(new SearchRequest { Collection = "shops", Query = query });

    public void Dispose()
    {
        foreach (var index in _indexes) index.Dispose();
    }

    private static SearchReply? Search(CollectionIndex index, SearchRequest request, out string? error) =>
        index.Search(request, SearchBudget.Unlimited(), out var reply, out error) == StatusCode.Ok ? reply : null;

    private static TermStatistics StatisticsOf(CollectionIndex index, SearchRequest request)
    {
        var status = index.Statistics(request, SearchBudget.Unlimited(), out var statistics, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return statistics!;
    }

    private void Step(Random random, int number, int step)
    {
        var path = $"/shops/{number}";
        CollectionIndex[] both = [_indexes[0], _indexes[1 + (number % Shards)]];
        var shop = random.Next(5) == 0 ? null : Shop.Any(random, path);
        _version++;
        foreach (var index in both)
        {
            if (shop is null)
            {
                index.Delete(System.Text.Encoding.UTF8.GetBytes(path), _version, out _, out _);
                continue;
            }

            var status = index.Put(shop.Utf8Path(), _version, shop.Json(), out _, out var error);
            Assert.True(status == StatusCode.Ok, error);
        }

        if (shop is null) _live.Remove(path);
        else _live[path] = shop;
        foreach (var index in both)
        {
            if (random.Next(20) == 0) index.Refresh();
            if (random.Next(60) == 0) index.Flush(step);
            if (random.Next(30) == 0) index.MergeOnce(long.MaxValue, CancellationToken.None);
        }
    }
}
