using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

public sealed class TopologyReloadTests
{
    [Fact]
    public async Task A_new_topology_is_taken_up_by_leaves_router_and_clients_while_they_run()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await using var routing = await cluster.RoutingClientAsync();
        await using var hop = await cluster.RouterClientAsync();
        await WriteAndReadAsync(routing, hop, "first");

        await cluster.PublishTopologyAsync(epoch: 2);

        await EpochReachesAsync(routing, 2);
        await EpochReachesAsync(hop, 2);
        await WriteAndReadAsync(routing, hop, "second");
        await WriteAndReadAsync(hop, routing, "third");
    }

    private static async Task WriteAndReadAsync(HedgerowClient writer, HedgerowClient reader, string value)
    {
        foreach (var n in Enumerable.Range(0, 50))
        {
            var written = await writer.SetAsync($"/moved/{n}", System.Text.Encoding.UTF8.GetBytes(value));
            Assert.True(written.Succeeded, $"/moved/{n}: {written.Status}");
            using var read = await reader.GetAsync($"/moved/{n}");
            Assert.Equal(value, System.Text.Encoding.UTF8.GetString(read.Value.Span));
        }
    }

    /// <summary>Every leaf answers with the epoch; asks again until then, for half a minute at the most.</summary>
    private static async Task EpochReachesAsync(HedgerowClient client, uint epoch)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            var leaves = await client.StatusAsync(patience.Token);
            if (leaves.All(leaf => leaf.Stats?.Epoch == epoch)) return;
        }
    }
}
