using Hedgerow.Bench.Words;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Bench.Pages;

/// <summary>The articles in a cluster of four shards in this process, where points in time are held.</summary>
internal sealed class HeldPages : IAsyncDisposable
{
    private readonly LocalCluster _cluster;

    private HeldPages(LocalCluster cluster) => _cluster = cluster;

    /// <summary>Stores the articles.</summary>
    public static async Task<HeldPages> FillAsync(Article[] articles)
    {
        var options = new LocalClusterOptions
        {
            Shards = 4, Replicas = 1, Leaf = new LeafOptions { MemoryBytes = 64 << 20 },
        };
        var cluster = await LocalCluster.StartAsync(
            options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await cluster.Client.PutCollectionAsync(HedgerowPages.Schema);
        for (var i = 0; i < articles.Length; i++)
            await cluster.Client.SetAsync(HedgerowPages.PathOf(i), HedgerowPages.Json(articles[i]));
        await cluster.Client.RefreshAsync("pages");
        return new HeldPages(cluster);
    }

    /// <summary>Pages by score, of what is there now or of a point in time that is opened and closed.</summary>
    public async Task<int> PageAsync(string text, int pages, int size, bool isHeld)
    {
        var request = HedgerowPages.Request(text) with { Size = size };
        var point = isHeld ? await _cluster.Client.OpenPointInTimeAsync("pages", TimeSpan.FromMinutes(1)) : null;
        if (point is not null) request = request with { PointInTime = point.Id };
        var found = 0;
        for (var page = 0; page < pages; page++)
        {
            var reply = await _cluster.Client.SearchAsync(request);
            found += reply.Hits.Count;
            if (reply.Hits.Count < size) break;
            request = request with { After = SearchAfter.Of(reply.Hits[^1]) };
        }

        if (point is not null) await _cluster.Client.ClosePointInTimeAsync(point);
        return found;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
