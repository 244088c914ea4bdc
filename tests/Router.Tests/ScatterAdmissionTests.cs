using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Searches whose parts are refused are refused as a whole, before they cost anything.</summary>
public sealed class ScatterAdmissionTests
{
    private static SearchRequest Query => GatherTests.Query("fish") with { Size = 0 };

    private static SearchRequest Whole => Query with { AllowPartial = false };

    [Fact]
    public async Task While_leaves_refuse_parts_most_searches_are_not_begun_and_all_are_when_they_serve_again()
    {
        var cluster = await ClusterAsync();
        Refuse(cluster, 2);
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

    [Theory]
    [InlineData(1, 0.0)]
    [InlineData(2, 0.0)]
    [InlineData(3, 0.9)]
    public async Task Where_a_part_of_an_answer_will_do_most_shards_have_to_refuse(int shards, double least)
    {
        var cluster = await ClusterAsync();
        Refuse(cluster, [.. Enumerable.Range(1, shards)]);
        await AskAsync(cluster, 300, Query);
        var refused = Refused(cluster);
        await AskAsync(cluster, 300, Query);
        refused = Refused(cluster) - refused;
        Assert.InRange(refused, least * 300, least == 0 ? 0 : 300);
        if (least > 0) return;
        var answer = await cluster.Finish(cluster.Client.SearchAsync(Query));
        Assert.Equal(4 - shards, answer.Coverage.ShardsAnswered);
    }

    [Fact]
    public void However_much_was_refused_all_is_sent_again_soon()
    {
        var cluster = new Cluster();
        var time = cluster.Time;
        var admission = new ScatterAdmission(
            new CallServices(cluster.Transport, cluster.Options, time, new CounterSet()));
        using var served = RouterReply.Error(StatusCode.Ok, "");
        using var refused = RouterReply.Error(StatusCode.Overloaded, "");
        // Ten thousand a second.
        Assert.InRange(Ask(seconds: 5, refused), 0.9, 1);
        Assert.InRange(Ask(seconds: 5, refused), 0.94, 0.96);
        Ask(seconds: 13, served);
        Assert.Equal(0, Ask(seconds: 5, served));

        double Ask(int seconds, Reply reply)
        {
            var notBegun = 0;
            for (var i = 0; i < seconds * 10_000; i++)
            {
                time.Advance(TimeSpan.FromMicroseconds(100));
                var now = time.GetTimestamp();
                if (!admission.TryAdmit(now, out var refusal))
                {
                    refusal.Dispose();
                    notBegun++;
                }
                else
                {
                    admission.Ended(now, [reply], allowsPartial: false);
                }
            }

            return notBegun / (seconds * 10_000.0);
        }
    }

    [Fact]
    public async Task A_search_of_several_is_refused_as_a_whole_or_not_at_all()
    {
        var cluster = await ClusterAsync();
        Refuse(cluster, 2);
        await AskAsync(cluster, 300);
        var fused = Whole with { Size = 3, Rank = new RankFusion([Whole.Query, Whole.Query, Whole.Query]) };
        var begun = 0;
        for (var i = 0; i < 200; i++)
        {
            cluster.Transport.Calls.Clear();
            var refused = Refused(cluster);
            await AskAsync(cluster, 1, fused);
            refused = Refused(cluster) - refused;
            // Four lists, each of which asks every shard.
            var asked = cluster.Transport.Calls.Count(c => c.Header is { Shard: 0, Opcode: Opcode.Search });
            Assert.Equal(refused == 1 ? 0 : 4, asked);
            begun += asked / 4;
        }

        Assert.InRange(begun, 1, 40);
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
        Refuse(cluster, 2);
        await AskAsync(cluster, 300);
        Assert.Equal(0, Refused(cluster));
    }

    private static void Refuse(Cluster cluster, params int[] shards)
    {
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(
                leaf, call => shards.Contains(call.Header.Shard) ? Behaviour.Fails(StatusCode.Overloaded) : null);
        }
    }

    private static async Task AskAsync(Cluster cluster, int searches, SearchRequest? request = null)
    {
        for (var i = 0; i < searches; i++)
        {
            cluster.Advance(10);
            try
            {
                await cluster.Finish(cluster.Client.SearchAsync(request ?? Whole));
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
