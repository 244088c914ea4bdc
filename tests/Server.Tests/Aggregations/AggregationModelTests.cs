using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Http;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Aggregations against a model that reads every document, on one shard and on seven with two
/// replicas.</summary>
public sealed partial class AggregationModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Aggregations_give_what_the_model_gives_and_the_same_on_seven_shards() =>
        Gen.Int[0, int.MaxValue].SampleAsync(
            async seed =>
            {
                var random = new Random(seed);
                await using var one = await StartAsync(shards: 1, replicas: 1);
                await using var seven = await StartAsync(shards: 7, replicas: 2);
                var live = await FillAsync(random, one.Client, seven.Client);
                for (var i = 0; i < 40; i++)
                {
                    var aggregations = RandomAggregations.Level(random, 3);
                    await CompareAsync(aggregations, RandomAggregations.Query(random), live, one, seven);
                }
            },
            iter: 4, threads: 1);

    [Fact]
    public async Task Pages_of_a_composite_join_to_all_buckets()
    {
        var random = new Random(3);
        await using var one = await StartAsync(shards: 1, replicas: 1);
        await using var seven = await StartAsync(shards: 7, replicas: 2);
        var live = await FillAsync(random, one.Client, seven.Client);
        CompositeSource[] sources =
        [
            new("tag", new TermsAggregation { Name = "tag", Field = "tags" }, Descending: true),
            new("count", new TermsAggregation { Name = "count", Field = "counts" }, Descending: false),
        ];
        var page = new CompositeAggregation
        {
            Name = "c", Sources = sources, Size = 5,
            Within = [new MetricAggregation { Name = "m", Kind = MetricKind.Sum, Field = "price" }],
        };
        for (var pages = 0; ; pages++)
        {
            await CompareAsync([page], new MatchAllQuery(), live, one, seven);
            var reply = await seven.Client.SearchAsync(Request([page], new MatchAllQuery()), Cancel);
            var result = Assert.IsType<BucketsResult>(Assert.Single(reply.Aggregations));
            if (result.Buckets.Count < page.Size)
            {
                Assert.True(pages > 5);
                break;
            }

            page = page with { After = result.After };
        }
    }

    [Fact]
    public async Task What_is_made_of_buckets_is_what_a_model_makes_of_the_same_buckets()
    {
        var random = new Random(5);
        await using var one = await StartAsync(shards: 1, replicas: 1);
        await using var seven = await StartAsync(shards: 7, replicas: 2);
        await FillAsync(random, one.Client, seven.Client);
        for (var i = 0; i < 60; i++)
        {
            var request = Request(PipelineModel.Random(random), RandomAggregations.Query(random));
            var whole = await one.Client.SearchAsync(request, Cancel);
            Assert.Equal(Text(whole), Text(await seven.Client.SearchAsync(request, Cancel)));
            PipelineModel.Check(request.Aggregations, whole.Aggregations);
        }
    }

    private static async Task CompareAsync(
        Aggregation[] aggregations, QueryNode query, List<AggregatedDocument> live, LocalCluster one,
        LocalCluster seven)
    {
        var request = Request(aggregations, query);
        var whole = await one.Client.SearchAsync(request, Cancel);
        var parts = await seven.Client.SearchAsync(request, Cancel);
        List<AggregatedDocument> matching = [.. live.Where(document => AggregationModel.Matches(query, document))];
        Assert.Equal(matching.Count, whole.Total);
        Assert.Equal(matching.Count, parts.Total);
        AggregationAsserts.Equal(AggregationModel.Of(aggregations, matching, live), whole.Aggregations);
        Assert.Equal(Text(whole), Text(parts));
    }

    /// <summary>The answer, less the versions, which each cluster stamps by itself.</summary>
    private static string Text(SearchReply reply) => Versions().Replace(
        Encoding.UTF8.GetString(ResultJson.Write(reply.Aggregations)!.Value.Utf8.Span), "");

    [GeneratedRegex("\"version\":\"[0-9]+\"")]
    private static partial Regex Versions();

    private static SearchRequest Request(Aggregation[] aggregations, QueryNode query) =>
        new() { Collection = "docs", Query = query, Size = 0, Aggregations = aggregations };

    private static async Task<List<AggregatedDocument>> FillAsync(
        Random random, params HedgerowClient[] clients)
    {
        var live = new Dictionary<string, AggregatedDocument>();
        foreach (var client in clients) await client.PutCollectionAsync(AggregatedDocument.Schema, Cancel);
        for (var step = 0; step < 400; step++)
        {
            var document = AggregatedDocument.Random(random, random.Next(250));
            var isDeleted = random.Next(6) == 0;
            if (isDeleted) live.Remove(document.Path);
            else live[document.Path] = document;
            foreach (var client in clients)
            {
                if (isDeleted) await client.DeleteAsync(document.Path, cancel: Cancel);
                else await client.SetAsync(document.Path, document.Json(), cancel: Cancel);
                if (step % 70 == 0) await client.RefreshAsync("docs", Cancel);
            }
        }

        foreach (var client in clients) await client.RefreshAsync("docs", Cancel);
        return [.. live.Values];
    }

    private static async Task<LocalCluster> StartAsync(int shards, int replicas)
    {
        // A machine that is busy answers late; tests are of answers.
        var options = new LocalClusterOptions
        {
            Shards = shards,
            Replicas = replicas,
            Client = new HedgerowClientOptions
            {
                Timeout = TimeSpan.FromMinutes(5), SearchTimeout = TimeSpan.FromMinutes(5),
            },
        };
        return await LocalCluster.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
    }
}
