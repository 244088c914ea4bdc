using System.Text;
using System.Text.Json.Nodes;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Seven shards with 3,000 documents, a few words of which are in many and many in a few.</summary>
public sealed class SkewedWords : IAsyncLifetime
{
    private RunningNode? _node;

    internal RunningNode Node => _node!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.ServeAsync("--shards=7", "--replicas=1", "--router.searchTimeout=5m");
        await SendAsync(HttpMethod.Put, "/v1/collections/words", """
            {"fields": [{"name": "id", "type": "keyword"}, {"name": "word", "type": "keyword"},
                        {"name": "text", "type": "text"}, {"name": "n", "type": "integer"},
                        {"name": "x", "type": "number"}, {"name": "day", "type": "date"}]}
            """);
        var lines = new StringBuilder();
        var random = new Random(7);
        for (var i = 0; i < 3_000; i++)
        {
            var word = $"w{(int)Math.Pow(random.NextDouble() * 25, 2)}";
            lines.AppendLine(new JsonObject
            {
                ["id"] = $"{i}", ["word"] = word, ["n"] = i, ["x"] = i / 8.0, ["day"] = i * 3_600_000L,
            }.ToJsonString());
        }

        await SendAsync(HttpMethod.Post, "/v1/collections/words/bulk", lines.ToString());
        await SendAsync(HttpMethod.Post, "/v1/collections/words/refresh", "");
    }

    public ValueTask DisposeAsync() => _node!.DisposeAsync();

    public async Task<string> SendAsync(HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new StringContent(body) };
        using var response = await Node.Http.SendAsync(request, Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }
}
