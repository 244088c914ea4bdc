using System.Globalization;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Results;

/// <summary>A cluster in this process with a collection of made-up goods, the same whatever its shards.</summary>
internal static class ResultCluster
{
    public const string Collection = "goods";

    private static readonly string[] Words =
        ["oak", "ash", "elm", "birch", "hazel", "hedge", "thorn", "rose", "apple", "plum"];

    private static readonly string[] Colours = ["red", "green", "blue", "grey", "gold"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<LocalCluster> StartAsync(int shards, int replicas = 2, LeafOptions? leaf = null)
    {
        var options = new LocalClusterOptions
        {
            Shards = shards,
            Replicas = replicas,
            Leaf = (leaf ?? new LeafOptions()) with { MemoryBytes = 64 << 20 },
            Client = new HedgerowClientOptions
            {
                Timeout = TimeSpan.FromMinutes(2),
                SearchTimeout = TimeSpan.FromMinutes(2),
                BulkTimeout = TimeSpan.FromMinutes(2),
            },
        };
        var cluster = await LocalCluster.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        await cluster.Client.PutCollectionAsync(
            new CollectionSchema
            {
                Name = Collection,
                Fields =
                [
                    new FieldSchema { Name = "title", Type = FieldType.Text },
                    new FieldSchema { Name = "colour", Type = FieldType.Keyword },
                    new FieldSchema { Name = "price", Type = FieldType.Number },
                    new FieldSchema { Name = "stock", Type = FieldType.Integer },
                    new FieldSchema { Name = "sold", Type = FieldType.Boolean },
                    new FieldSchema { Name = "made", Type = FieldType.Date },
                ],
            },
            Cancel);
        return cluster;
    }

    /// <summary>Writes goods of these numbers, each a function of its number and the seed, and refreshes.</summary>
    public static async Task FillAsync(LocalCluster cluster, IEnumerable<int> numbers, int seed = 0)
    {
        await using (var bulk = cluster.Client.OpenBulk(Collection))
        {
            foreach (var number in numbers) await bulk.AddAsync(PathOf(number), Json(number, seed), Cancel);
            await bulk.CompleteAsync(Cancel);
            Assert.Empty(bulk.Failures);
        }

        await cluster.Client.RefreshAsync(Collection, Cancel);
    }

    public static string PathOf(int number) => $"/{Collection}/{number:D6}";

    /// <summary>Hits with all that has to be the same on every number of shards.</summary>
    public static string Show(IEnumerable<SearchHit> hits) => string.Join('\n', hits.Select(hit =>
        $"{hit.Path} {hit.Score.ToString("R", CultureInfo.InvariantCulture)} {string.Join(',', hit.SortValues)} "
        + $"{string.Join('|', hit.Highlights.Select(h => $"{h.Field}={h.Snippet}"))}"));

    private static byte[] Json(int number, int seed)
    {
        var random = new Random((number * 7_919) + seed);
        var title = string.Join(' ', Enumerable.Range(0, random.Next(1, 8)).Select(_ => Words[random.Next(10)]));
        var json = new StringBuilder($$"""{"title":"{{title}}","stock":{{random.Next(5)}}""");
        if (random.Next(5) > 0) json.Append(CultureInfo.InvariantCulture, $",\"colour\":\"{Colours[random.Next(5)]}\"");
        if (random.Next(5) > 0) json.Append(CultureInfo.InvariantCulture, $",\"price\":{random.Next(8) / 4.0}");
        if (random.Next(5) > 0) json.Append(random.Next(2) == 0 ? ",\"sold\":true" : ",\"sold\":false");
        if (random.Next(5) > 0)
            json.Append(CultureInfo.InvariantCulture, $",\"made\":\"2024-0{random.Next(1, 4)}-01T00:00:00Z\"");
        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }
}
