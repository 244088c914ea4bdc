using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Searches whose parts are refused are refused as a whole, before they cost anything.</summary>
public sealed class ScatterAdmissionTests
{
    private static SearchRequest Query => GatherTests.Query("fish") with { Size = 0 };

    [Fact]
    public async Task While_leaves_refuse_parts_most_searches_are_not_begun_and_all_are_when_they_serve_again()
    {
        var cluster = await ClusterAsync();
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, call => call.Header.Shard == 2 ? Behaviour.Fails(StatusCode.Overloaded) : null);
        await AskAsync(cluster, 300);
        cluster.Transport.Calls.Clear();
        var (refused, asked) = (Refused(cluster), 300);
        await AskAsync(cluster, asked);
        Assert.InRange(Refused(cluster) - refused, asked * 0.9, asked);
        Assert.InRange(cluster.Transport.Calls.Count(c => c.Header.Shard == 0), 0, asked * 0.1);
        cluster.Heal();
        await AskAsync(cluster, 2_000);
        refused = Refused(cluster);
        await AskAsync(cluster, 1_000);
        Assert.Equal(refused, Refused(cluster));
    }

    [Fact]
    public async Task A_shard_that_is_dead_is_no_reason_to_refuse()
    {
        var cluster = await ClusterAsync();
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, call => call.Header.Shard == 2 ? Behaviour.Fails(StatusCode.Unavailable) : null);
        await AskAsync(cluster, 300);
        Assert.Equal(0, Refused(cluster));
    }

    [Fact]
    public async Task Off_means_off()
    {
        var cluster = await ClusterAsync(o => o.SearchAdmission = false);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, call => call.Header.Shard == 2 ? Behaviour.Fails(StatusCode.Overloaded) : null);
        await AskAsync(cluster, 300);
        Assert.Equal(0, Refused(cluster));
    }

    private static async Task AskAsync(Cluster cluster, int searches)
    {
        for (var i = 0; i < searches; i++)
        {
            cluster.Advance(10);
            try
            {
                await cluster.Finish(cluster.Client.SearchAsync(Query));
            }
            catch (HedgerowException e) when (e.Status is StatusCode.Overloaded or StatusCode.Unavailable)
            {
                // Refused, here or there.
            }
        }
    }

    private static async Task<Cluster> ClusterAsync(Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(4, 2, o =>
        {
            // Leaves that refuse are to be asked all the same here.
            o.EjectEnabled = false;
            configure?.Invoke(o);
        });
        await WriteTests.Declare(cluster);
        return cluster;
    }

    private static long Refused(Cluster cluster) =>
        cluster.Router.CountersByName["hedgerow_router_searches_refused_total"];
}
