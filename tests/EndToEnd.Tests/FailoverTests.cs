using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

public sealed class FailoverTests
{
    private const int Documents = 3_000;
    private const string Victim = "leaf-2";
    private const int PhaseReads = 400;
    private const int PhaseSearches = 40;

    [Fact]
    public async Task Leaf_killed_under_load_fails_no_read_and_comes_back_with_every_acknowledged_document()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        var (file, schema) = await Words.WriteAsync(cluster.FilePath, Documents);
        (await CommandRun.Of("import", file, "--collection", "words", "--schema", schema, "--server", cluster.Router))
            .MustSucceed();

        await using var client = await cluster.RoutingClientAsync();
        var paths = await PathsAsync(client);
        Assert.Equal(Documents, paths.Count);
        var heldBefore = await HeldAsync(client, Victim);

        await using var traffic = Traffic.Start(client, paths);
        await traffic.AdvanceAsync(PhaseReads, PhaseSearches);
        await cluster.KillAsync(Victim);
        await traffic.AdvanceAsync(PhaseReads, PhaseSearches);
        await cluster.StartLeafAsync(Victim);
        await traffic.AdvanceAsync(PhaseReads, PhaseSearches);
        await traffic.StopAsync();

        Assert.Empty(traffic.Failures);
        Assert.Equal(heldBefore, await HeldAsync(client, Victim));
        await AssertHoldsAsync(cluster, Victim, paths, client);
    }

    private static async Task<List<string>> PathsAsync(HedgerowClient client)
    {
        var paths = new List<string>();
        await foreach (var document in client.ScanAsync("words", TestContext.Current.CancellationToken))
            paths.Add(document.Path);
        return paths;
    }

    /// <summary>What a leaf holds. One that was away is tried again after a pause of some seconds only.</summary>
    private static async Task<string> HeldAsync(HedgerowClient client, string leafId)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            var leaves = await client.StatusAsync(patience.Token);
            if (leaves.Single(leaf => leaf.Leaf.Id == leafId).Stats is { } stats)
                return string.Join(' ', stats.Shards.Select(shard => $"{shard.Shard}:{shard.Documents}"));
        }
    }

    // A topology of that leaf alone: whatever this client reads, that leaf has.
    private static async Task AssertHoldsAsync(
        ProcessCluster cluster, string leafId, List<string> paths, HedgerowClient routing)
    {
        var file = cluster.FilePath("alone.json");
        var address = cluster.LeafAddress(leafId);
        var shards = string.Join(',', Enumerable.Repeat($$"""{"replicas":["{{leafId}}"]}""", ProcessCluster.Shards));
        await File.WriteAllTextAsync(
            file, $$"""{"epoch":1,"leaves":[{"id":"{{leafId}}","address":"{{address}}"}],"shards":[{{shards}}]}""");
        await using var alone = await Patience.ConnectAsync(file);
        var held = paths.Where(path => routing.Locate(path).Replicas.Any(leaf => leaf.Id == leafId)).ToList();
        Assert.NotEmpty(held);
        foreach (var path in held)
        {
            using var document = await alone.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(document.Found, $"{path} was acknowledged and is not on {leafId}.");
        }
    }
}
