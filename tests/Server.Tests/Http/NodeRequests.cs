using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Requests to a running node, whose answers are JSON whatever they say.</summary>
internal static class NodeRequests
{
    public static async Task<JsonElement> SendAsync(
        this RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new StringContent(body) };
        using var response = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Declares a collection, writes documents and makes them searchable.</summary>
    public static async Task FillAsync(
        this RunningNode node, string collection, string schema, IEnumerable<string> documents)
    {
        var declared = await node.SendAsync(HttpMethod.Put, $"/v1/collections/{collection}", schema);
        Assert.False(declared.TryGetProperty("error", out var error), error.ToString());
        var lines = string.Join('\n', documents);
        var stored = await node.SendAsync(HttpMethod.Post, $"/v1/collections/{collection}/bulk", lines);
        Assert.Equal(0, stored.GetProperty("failed").GetInt64());
        await node.SendAsync(HttpMethod.Post, $"/v1/collections/{collection}/refresh", "");
    }
}
