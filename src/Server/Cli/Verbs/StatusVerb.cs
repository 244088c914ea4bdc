using System.CommandLine;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow status</c>: leaves, shards, collections and hedging at a glance; or one bit for a health check.
/// </summary>
internal static class StatusVerb
{
    private const string ReadyState = "ready";

    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "status",
            "Show leaves, shards, documents, memory and hedges. Exits 1 when a leaf does not answer or is not ready.",
            new Example("at a glance", "hedgerow status"),
            new Example("as a health check", "hedgerow status --ready --server 127.0.0.1:7600"));
        var ready = new Option<bool>("--ready")
        {
            Description = "Print one line; exit 0 when every leaf is ready, 1 when not.",
        };
        var client = new ClientOptions(console);
        verb.Add(ready);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var leaves = await cluster.StatusAsync(cancel);
            var isReady = leaves.Count > 0 && leaves.All(IsReady);
            if (result.GetValue(ready))
            {
                var unready = leaves.Where(leaf => !IsReady(leaf)).Select(leaf => $"{leaf.Leaf.Id} {StateOf(leaf)}");
                console.Out.WriteLine(isReady ? "ready" : $"not ready: {string.Join(", ", unready)}");
                return isReady ? ExitCodes.Ok : ExitCodes.Failed;
            }

            var collections = await CollectionsAsync(cluster, leaves, cancel);
            var router = await cluster.RouterStatusAsync(cancel);
            if (result.GetValue(client.Json)) StatusReport.WriteJson(console, router, leaves, collections);
            else StatusReport.Write(console.Screen, router, leaves, collections);
            return isReady ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return verb;
    }

    /// <summary>How a leaf is, in a word, or why that is not known.</summary>
    public static string StateOf(LeafStatus leaf) => leaf.Stats?.State ?? "down";

    private static bool IsReady(LeafStatus leaf) => StateOf(leaf) == ReadyState;

    private static async Task<IReadOnlyList<CollectionStatus>> CollectionsAsync(
        HedgerowClient cluster, IReadOnlyList<LeafStatus> leaves, CancellationToken cancel) =>
        leaves.Any(IsReady) ? await cluster.ListCollectionsAsync(cancel) : [];
}
