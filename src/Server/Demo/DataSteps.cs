using System.Globalization;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Spectre.Console;

namespace Hedgerow.Server.Demo;

/// <summary>The steps that put data in and get it out again: import, set and get, search.</summary>
internal static class DataSteps
{
    private const string GreetingPath = "/greeting";
    private const string Greeting = "hello, hedgerow";
    private const string WordPath = "/words/hedge.n.01";

    /// <summary>Imports the bundled corpus through the import verb.</summary>
    public static async Task ImportAsync(DemoStage stage, DemoCluster demo, CancellationToken cancel)
    {
        stage.Step("put real data in");
        stage.Say(
            $"[grey]{BundledCorpus.Documents:N0} nouns with their definitions, from Open English WordNet " +
            "(CC BY 4.0), written to both replicas of their shard and to disk before they are acknowledged.[/]");
        await stage.RunAsync(
            "import",
            [demo.CorpusFile, "--collection", BundledCorpus.Collection, "--schema", demo.SchemaFile],
            cancel);
        foreach (var leaf in await demo.Cluster.Client.StatusAsync(cancel))
        {
            var documents = leaf.Stats?.Shards.Sum(shard => shard.Documents) ?? 0;
            stage.Check(
                documents == BundledCorpus.Documents,
                $"{leaf.Leaf.Id} holds {documents:N0} documents");
        }
    }

    /// <summary>Sets and gets by path, and shows where a path landed.</summary>
    public static async Task SetAndGetAsync(DemoStage stage, DemoCluster demo, CancellationToken cancel)
    {
        stage.Step("write and read by path");
        var client = demo.Cluster.Client;
        var place = client.Locate(GreetingPath);
        var before = await EntriesAsync(client, place, cancel);
        await stage.RunAsync("set", [GreetingPath, Greeting, "--ttl", "1h"], cancel);
        await stage.RunAsync("get", [GreetingPath], cancel);
        var after = await EntriesAsync(client, place, cancel);
        using var entry = await client.GetAsync(GreetingPath, cancel);
        stage.Check(
            entry.Found && entry.Value.Span.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(Greeting)),
            $"{GreetingPath} reads back as it was written");

        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("path", "shard", "replica", "entries in that shard before", "after");
        foreach (var (index, leaf) in place.Replicas.Index())
        {
            table.AddRow(
                GreetingPath,
                place.Shard.ToString(CultureInfo.InvariantCulture),
                leaf.Id + (index == 0 ? " (owner)" : ""),
                before[leaf.Id].ToString(CultureInfo.InvariantCulture),
                after[leaf.Id].ToString(CultureInfo.InvariantCulture));
        }

        stage.Screen.Write(table);
        stage.Check(
            place.Replicas.Count == 2 && place.Replicas.All(leaf => after[leaf.Id] == before[leaf.Id] + 1),
            $"{GreetingPath} is on every replica of shard {place.Shard} when set returns");
        stage.Say("[grey]A document is read the same way:[/]");
        await stage.RunAsync("get", [WordPath], cancel);
    }

    /// <summary>Searches across all shards.</summary>
    public static async Task SearchAsync(DemoStage stage, DemoCluster demo, CancellationToken cancel)
    {
        stage.Step("search, across all shards");
        await stage.RunAsync("search", [BundledCorpus.Collection, "hedge", "--size", "5"], cancel);
        await stage.RunAsync(
            "search",
            [BundledCorpus.Collection, "\"small tree\" AND kind:plant", "--size", "3", "--explain-coverage"],
            cancel);
        var reply = await demo.Cluster.Client.SearchAsync(Hedges(5), cancel);
        stage.Check(
            reply.Hits.Any(hit => hit.Path == WordPath && hit.Highlights.Any(h => h.Snippet.Contains("<em>"))),
            $"{WordPath} is among the best five for 'hedge', with its matches marked");
        stage.Check(
            reply.Coverage is { ShardsTotal: DemoCluster.Shards, IsWhole: true },
            $"the answer stands for {reply.Coverage.ShardsAnswered} of {DemoCluster.Shards} shards");
    }

    /// <summary>The search that later steps repeat.</summary>
    public static SearchRequest Hedges(int size) => new()
    {
        Collection = BundledCorpus.Collection,
        Query = new QueryStringQuery("hedge", [], AllWords: false),
        Size = size,
        HighlightFields = ["words", "definition"],
        AllowPartial = true,
    };

    private static async Task<Dictionary<string, long>> EntriesAsync(
        HedgerowClient client, PathPlacement place, CancellationToken cancel)
    {
        var leaves = await client.StatusAsync(cancel);
        return leaves.ToDictionary(
            leaf => leaf.Leaf.Id,
            leaf => leaf.Stats?.Shards.FirstOrDefault(shard => shard.Shard == place.Shard)?.Entries ?? 0);
    }
}
