using System.Net;
using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Damaged replicas, looked at and filled over HTTP.</summary>
public sealed class RepairEndpointsTests : IDisposable
{
    private const string Collection = "/v1/collections/pond";
    private const string Repair = Collection + "/repair";
    private const int Documents = 300;

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-http-repair-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_damaged_replica_is_told_filled_and_well_again_and_its_collection_answers_throughout()
    {
        await using (var first = await StartAsync())
        {
            await JsonAsync(first, HttpMethod.Put, Collection, """{"fields":[{"name":"t","type":"text"}]}""");
            var lines = Enumerable.Range(0, Documents).Select(i => $$"""{"id":"{{i}}","t":"otter {{i}}"}""");
            await JsonAsync(first, HttpMethod.Post, Collection + "/bulk?refresh=true", string.Join('\n', lines));
            var whole = await JsonAsync(first, HttpMethod.Get, Repair);
            Assert.All(Replicas(whole), row => Assert.Equal("well", row.State));
            await first.Lifecycle.DrainAsync();
        }

        var file = Directory.GetFiles(Path.Combine(_root, "leaf-2", "shard-1", "pond"), "segment-*")[0];
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[bytes.Length / 3] ^= 16;
        await File.WriteAllBytesAsync(file, bytes, Cancel);

        await using var node = await StartAsync();
        var looked = await JsonAsync(node, HttpMethod.Get, Repair);
        Assert.False(looked.GetProperty("running").GetBoolean());
        Assert.False(looked.TryGetProperty("copied", out _));
        var damaged = Assert.Single(Replicas(looked), row => row.State != "well");
        Assert.Equal((1, "leaf-2", "needs repair"), (damaged.Shard, damaged.Leaf, damaged.State));
        Assert.Contains("segment-", damaged.Problem, StringComparison.Ordinal);
        Assert.Equal(Documents, await TotalAsync(node));

        var begun = await JsonAsync(node, HttpMethod.Post, Repair, "", HttpStatusCode.Accepted);
        Assert.Equal(4, begun.GetProperty("replicas").GetArrayLength());
        var ended = await EndAsync(node);
        Assert.False(ended.TryGetProperty("problem", out var problem), $"{problem}");
        Assert.Equal(1, ended.GetProperty("filled").GetInt32());
        Assert.True(ended.GetProperty("copied").GetInt64() > 0);
        Assert.All(Replicas(ended), row => Assert.Equal(("well", ""), (row.State, row.Problem)));
        Assert.Equal(Documents, await TotalAsync(node));
        foreach (var shard in Replicas(ended).GroupBy(row => row.Shard))
            Assert.Single(shard.Select(row => row.Documents).Distinct());

        // One leaf by its name, damaged or not.
        await JsonAsync(node, HttpMethod.Post, Repair + "?leaf=leaf-1", "", HttpStatusCode.Accepted);
        Assert.Equal(2, (await EndAsync(node)).GetProperty("filled").GetInt32());
    }

    [Fact]
    public async Task What_can_not_be_repaired_so_is_refused_with_the_reason()
    {
        await using var node = await StartAsync();
        await JsonAsync(node, HttpMethod.Put, Collection, """{"fields":[{"name":"t","type":"text"}]}""");
        Assert.Contains("leaf-1, leaf-2 have", await ErrorAsync(node, 400, HttpMethod.Post, Repair + "?leaf=leaf-9"));
        Assert.Contains("leaf", await ErrorAsync(node, 400, HttpMethod.Post, Repair + "?leave=leaf-1"));
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
            Assert.Contains("none", await ErrorAsync(node, 404, method, "/v1/collections/none/repair"));
        using var response = await node.Http.DeleteAsync(Repair, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task Without_the_token_nobody_looks_repairs_or_stops()
    {
        await using var node = await RunningNode.ServeAsync("--auth.token=secret");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
            await ErrorAsync(node, 401, method, Repair);
    }

    private Task<RunningNode> StartAsync() => RunningNode.ServeAsync(
        $"--data={_root}", "--shards=2", "--replicas=2", "--router.bulkTimeout=2m", "--router.searchTimeout=2m");

    /// <summary>Asks until it is over.</summary>
    private static async Task<JsonElement> EndAsync(RunningNode node)
    {
        while (true)
        {
            var answer = await JsonAsync(node, HttpMethod.Get, Repair);
            if (!answer.GetProperty("running").GetBoolean()) return answer;
        }
    }

    private static async Task<long> TotalAsync(RunningNode node)
    {
        var answer = await JsonAsync(node, HttpMethod.Get, Collection + "/search?q=otter&size=0&allowPartial=false");
        return answer.GetProperty("total").GetInt64();
    }

    private static (int Shard, string Leaf, string State, long Documents, string Problem)[] Replicas(
        JsonElement answer) =>
    [
        .. answer.GetProperty("replicas").EnumerateArray().Select(row => (
            row.GetProperty("shard").GetInt32(), row.GetProperty("leaf").GetString()!,
            row.GetProperty("state").GetString()!, row.GetProperty("documents").GetInt64(),
            row.GetProperty("problem").GetString()!)),
    ];

    private static async Task<JsonElement> JsonAsync(
        RunningNode node, HttpMethod method, string target, string? body = null,
        HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, target);
        if (body is not null) request.Content = new StringContent(body);
        using var response = await node.Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == response.StatusCode, $"{method} {target}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<string> ErrorAsync(RunningNode node, int status, HttpMethod method, string target)
    {
        var answer = await JsonAsync(node, method, target, expected: (HttpStatusCode)status);
        return answer.GetProperty("error").GetProperty("message").GetString()!;
    }
}
