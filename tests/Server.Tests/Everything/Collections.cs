using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>The same documents, written in the same order, on one shard and on seven, and in the model.</summary>
internal sealed class Collections : IAsyncDisposable
{
    private readonly Dictionary<string, AnyDocument> _live = [];
    private bool _isLate;

    private Collections(LocalCluster one, LocalCluster seven)
    {
        One = one;
        Seven = seven;
    }

    public LocalCluster One { get; }

    public LocalCluster Seven { get; }

    /// <summary>The documents that searches see.</summary>
    public IReadOnlyList<AnyDocument> Live => [.. _live.Values];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Collections> StartAsync()
    {
        var one = await StartAsync(shards: 1, replicas: 1);
        var collections = new Collections(one, await StartAsync(shards: 7, replicas: 2));
        await collections.PutSchemaAsync(AnyDocument.Schema);
        return collections;
    }

    /// <summary>Writes and deletes at random, and refreshes. Behind the first time a field is added.</summary>
    public async Task WriteAsync(Random random, int numbers, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var number = random.Next(numbers);
            if (random.Next(5) == 0) await DeleteAsync(AnyDocument.PathOf(number));
            else await PutAsync(random, AnyDocument.Random(random, number, _isLate));
            if (random.Next(90) == 0) await RefreshAsync();
        }

        if (!_isLate)
        {
            await PutSchemaAsync(AnyDocument.LaterSchema);
            _isLate = true;
        }

        await RefreshAsync();
    }

    /// <summary>Writes every number anew.</summary>
    public async Task FillAsync(Random random, int numbers)
    {
        AnyDocument[] documents =
            [.. Enumerable.Range(0, numbers).Select(number => AnyDocument.Random(random, number, _isLate))];
        byte[][] texts = [.. documents.Select(document => document.Json(random))];
        foreach (var cluster in new[] { One, Seven })
        {
            await using var bulk = cluster.Client.OpenBulk("docs");
            for (var i = 0; i < numbers; i++) await bulk.AddAsync(documents[i].Path, texts[i], Cancel);
            await bulk.CompleteAsync(Cancel);
            Assert.Empty(bulk.Failures);
        }

        foreach (var document in documents) _live[document.Path] = document;
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Seven.DisposeAsync();
    }

    private async Task PutAsync(Random random, AnyDocument document)
    {
        var json = document.Json(random);
        _live[document.Path] = document;
        await One.Client.SetAsync(document.Path, json, cancel: Cancel);
        await Seven.Client.SetAsync(document.Path, json, cancel: Cancel);
    }

    private async Task DeleteAsync(string path)
    {
        _live.Remove(path);
        await One.Client.DeleteAsync(path, cancel: Cancel);
        await Seven.Client.DeleteAsync(path, cancel: Cancel);
    }

    private async Task RefreshAsync()
    {
        await One.Client.RefreshAsync("docs", Cancel);
        await Seven.Client.RefreshAsync("docs", Cancel);
    }

    private async Task PutSchemaAsync(CollectionSchema schema)
    {
        await One.Client.PutCollectionAsync(schema, Cancel);
        await Seven.Client.PutCollectionAsync(schema, Cancel);
    }

    private static async Task<LocalCluster> StartAsync(int shards, int replicas)
    {
        // A machine that is busy answers late; tests are of answers.
        var options = new LocalClusterOptions
        {
            Shards = shards,
            Replicas = replicas,
            Client = new HedgerowClientOptions
            {
                Timeout = TimeSpan.FromMinutes(5),
                SearchTimeout = TimeSpan.FromMinutes(5),
                BulkTimeout = TimeSpan.FromMinutes(5),
            },
        };
        return await LocalCluster.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
    }
}
