using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Hits that were found and could not be fetched: the answer says so, or there is none.</summary>
public sealed class LateHitsTests
{
    private const string Best = "leaf-4";

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.Overloaded)]
    public async Task A_shard_that_does_not_give_the_rest_of_its_hits_is_not_whole_in_the_answer(StatusCode status)
    {
        var cluster = await FilledAsync();
        cluster.Rule(Best, call => IsRefill(call) ? Behaviour.Fails(status) : null);
        var found = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal((7, 6), (found.Coverage.ShardsTotal, found.Coverage.ShardsAnswered));
        Assert.Equal(found.Coverage.DocumentsTotal, found.Coverage.DocumentsCovered);
        Assert.True(found.TotalIsExact);
        Assert.Equal(90, found.Total);
        Assert.Equal(10, found.Hits.Count);

        var demanded = GatherTests.Query("fish") with { AllowPartial = false };
        var error = await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SearchAsync(demanded));
        Assert.Equal(status, error.Status);
        Assert.Equal(
            $"1 of 7 shards did not answer: 3. Shard 3: {status}, {Best} says {status}.", error.Message);
        cluster.Heal();
        Assert.True((await cluster.Client.SearchAsync(demanded)).Coverage.IsWhole);
    }

    [Fact]
    public async Task One_that_is_silent_is_given_up_at_the_soft_deadline()
    {
        var cluster = await FilledAsync();
        cluster.Rule(Best, call => IsRefill(call) ? Behaviour.Never : null);
        var found = await cluster.Finish(cluster.Client.SearchAsync(GatherTests.Query("fish")), stepMs: 10);
        Assert.Equal(6, found.Coverage.ShardsAnswered);
        var demanded = GatherTests.Query("fish") with { AllowPartial = false };
        var error = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Finish(cluster.Client.SearchAsync(demanded), stepMs: 10));
        Assert.Equal(StatusCode.DeadlineExceeded, error.Status);
    }

    [Fact]
    public async Task One_that_stops_on_the_way_has_given_its_first_hits()
    {
        var cluster = await FilledAsync();
        var whole = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        cluster.Rule(Best, call =>
        {
            cluster[Best].Documents.Covered = IsRefill(call) ? 3 : null;
            return null;
        });
        var found = await cluster.Client.SearchAsync(GatherTests.Query("fish"));
        Assert.Equal(6, found.Coverage.ShardsAnswered);
        Assert.Equal(whole.Hits.Take(6).Select(hit => hit.Path), found.Hits.Take(6).Select(hit => hit.Path));
    }

    [Fact]
    public async Task An_index_that_is_gone_before_all_its_hits_were_given_is_no_answer_and_all_begins_anew()
    {
        var cluster = await FilledAsync();
        var isGone = false;
        cluster.Rule(Best, call =>
        {
            if (isGone || !IsRefill(call)) return null;
            isGone = true;
            return Behaviour.Fails(StatusCode.NoSuchCollection);
        });
        var found = await cluster.Client.SearchAsync(GatherTests.Query("fish") with { AllowPartial = false });
        Assert.True(isGone && found.Coverage.IsWhole);
        Assert.Equal(10, found.Hits.Count);
        Assert.All(found.Hits, hit => Assert.Equal(3, cluster.Client.Locate(hit.Path).Shard));
    }

    [Fact]
    public async Task Inner_hits_without_a_shard_leave_the_answer_without_it()
    {
        var cluster = await FilledAsync();
        cluster.Rule(Best, call => IsOf(call, request => request.Query is BooleanQuery)
            ? Behaviour.Fails(StatusCode.Unavailable)
            : null);
        var request = GatherTests.Query("fish") with
        {
            Collapse = new Collapse("kind") { InnerHits = [new InnerHits("more", 2, [])] },
        };
        var found = await cluster.Client.SearchAsync(request);
        Assert.Equal((7, 6), (found.Coverage.ShardsTotal, found.Coverage.ShardsAnswered));
        Assert.NotEmpty(Assert.Single(Assert.Single(found.Hits).InnerHits).Hits);
        await Assert.ThrowsAsync<HedgerowException>(
            async () => await cluster.Client.SearchAsync(request with { AllowPartial = false }));
    }

    /// <summary>Of a shard more is asked than its part of ten.</summary>
    private static bool IsRefill(SeenCall call) => IsOf(call, request => request.Size == 10);

    private static bool IsOf(SeenCall call, Func<SearchRequest, bool> which) =>
        call.Header.Opcode == Opcode.Search && SearchCodec.TryRead(call.Body, out SearchRequest? request, out _)
        && which(request);

    /// <summary>Seven shards, each on a leaf of its own; the best documents are all in the fourth.</summary>
    private static async Task<Cluster> FilledAsync()
    {
        var cluster = new Cluster(shards: 7, replicas: 1, leaves: 7);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 70; i++) await PutAsync(cluster, i, "fish");
        var best = Enumerable.Range(100, 900).Where(i => cluster.Client.Locate($"/wiki/{i}").Shard == 3).Take(20);
        foreach (var i in best) await PutAsync(cluster, i, "fish fish");
        return cluster;
    }

    private static async Task PutAsync(Cluster cluster, int number, string text)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"text": "{{text}}"}""");
        Assert.True((await cluster.Client.SetAsync($"/wiki/{number:00}", json)).Succeeded);
    }
}
