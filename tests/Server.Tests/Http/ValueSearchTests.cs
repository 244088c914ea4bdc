using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Places, lists of values and functions of scores: one shard and seven with replicas answer alike.</summary>
public sealed class ValueSearchTests
{
    private const string Schema = """
        {"fields":[{"name":"text","type":"text"},{"name":"tags","type":"keyword"},{"name":"prices","type":"number"},
                   {"name":"counts","type":"integer"},{"name":"day","type":"date"},{"name":"place","type":"geo_point"}]}
        """;

    private static readonly string[] Bodies =
    [
        """{"query":{"geo_distance":{"distance":"900km","place":[179.9,-17]}}}""",
        """{"query":{"geo_bounding_box":{"place":{"top":10,"left":170,"bottom":-60,"right":-170}}}}""",
        """{"query":{"geo_polygon":{"place":{"points":["60,0","60,40","40,40","40,0"]}}}}""",
        """{"query":{"terms":{"tags":["t1","t3","t5","t7"]}}}""",
        """{"query":{"terms":{"counts":[1,2,3,5,8,13,21,34]}}}""",
        """{"query":{"range":{"day":{"gte":"2024-02||/M","lte":"2024-03||/M","time_zone":"-05:00"}}}}""",
        """{"query":{"function_score":{"query":{"match":{"text":"bird nest"}},"random_score":{"seed":7}}}}""",
        """
        {"query":{"function_score":{"query":{"match":{"text":"bird oak rose"}},"score_mode":"avg","boost_mode":"sum",
          "functions":[{"gauss":{"place":{"origin":"52,13","scale":"500km"}},"weight":2},
                       {"filter":{"term":{"tags":"t2"}},"field_value_factor":{"field":"counts","modifier":"log1p"}},
                       {"exp":{"day":{"origin":"2024-03-01","scale":"20d","offset":"2d"}}}],"max_boost":2.5}}}
        """,
        """{"query":{"function_score":{"query":{"match":{"text":"bird"}},"min_score":0.3}},"size":0}""",
        """{"query":{"match":{"text":"bird nest oak"}},"min_score":0.6}""",
        """{"query":{"match":{"text":"bird nest oak"}},"min_score":0.6,"size":0}""",
        """{"query":{"bool":{"filter":{"function_score":{"query":{"match":{"text":"oak nest"}},"min_score":0.5}}}}}""",
        """{"query":{"distance_feature":{"field":"place","origin":[13.4,52.5],"pivot":"100km"}}}""",
        """{"query":{"rank_feature":{"field":"counts","sigmoid":{"pivot":7,"exponent":0.6}}}}""",
        """{"sort":[{"_geo_distance":{"place":["52.5,13.4",[0,0]],"unit":"km","mode":"avg"}}]}""",
        """{"sort":[{"_geo_distance":{"place":"-17,180","order":"desc","missing":"_first"}}]}""",
        """{"sort":[{"prices":{"mode":"median","missing":3}},{"counts":{"mode":"sum","order":"desc"}}]}""",
        """{"sort":[{"counts":{"numeric_type":"double","mode":"avg"}},{"tags":{"mode":"max","missing":"t4x"}}]}""",
    ];

    [Fact]
    public async Task One_shard_and_seven_with_replicas_give_the_same_answers()
    {
        await using var one = await FilledAsync("--shards=1", "--replicas=1");
        await using var seven = await FilledAsync("--shards=7", "--replicas=2");
        foreach (var body in Bodies)
        {
            var (expected, actual) = (await AnswerAsync(one, body), await AnswerAsync(seven, body));
            Assert.Equal(expected, actual);
            Assert.DoesNotContain("\"total\":0,", expected, StringComparison.Ordinal);
        }
    }

    private static async Task<RunningNode> FilledAsync(params string[] flags)
    {
        var node = await RunningNode.ServeAsync(flags);
        await SendAsync(node, HttpMethod.Put, "/v1/collections/v", Schema);
        await SendAsync(node, HttpMethod.Post, "/v1/collections/v/bulk", Documents());
        await SendAsync(node, HttpMethod.Post, "/v1/collections/v/refresh", "");
        return node;
    }

    private static string Documents()
    {
        var random = new Random(17);
        var lines = new StringBuilder();
        string[] words = ["bird", "nest", "oak", "rose", "thorn"];
        for (var i = 0; i < 300; i++)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(7)).Select(_ => words[random.Next(5)]));
            var tags = Enumerable.Range(0, random.Next(3)).Select(_ => $"t{random.Next(9)}");
            var counts = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(-3, 40));
            var prices = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(40) / 4.0);
            var places = Enumerable.Range(0, random.Next(3)).Select(_ => Place(random));
            var day = DateTime.UnixEpoch.AddDays(19_700 + random.Next(150));
            var id = i.ToString(CultureInfo.InvariantCulture);
            lines.AppendLine(JsonSerializer.Serialize(new { id, text, tags, counts, prices, place = places, day }));
        }

        return lines.ToString();
    }

    private static double[] Place(Random random) => random.Next(3) switch
    {
        0 => [13 + random.NextDouble(), 52 + random.NextDouble()],
        1 => [random.Next(2) == 0 ? 179.5 + (random.NextDouble() / 2) : -179.5 - (random.NextDouble() / 2), -17],
        _ => [(random.NextDouble() * 360) - 180, (random.NextDouble() * 180) - 90],
    };

    /// <summary>The total, and each hit without its version and its source.</summary>
    private static async Task<string> AnswerAsync(RunningNode node, string body)
    {
        var text = await SendAsync(node, HttpMethod.Post, "/v1/collections/v/search", body);
        var answer = JsonDocument.Parse(text).RootElement;
        var hits = answer.GetProperty("hits").EnumerateArray().Select(hit =>
            $"{hit.GetProperty("path")} {hit.GetProperty("score").GetRawText()} "
            + (hit.TryGetProperty("sort", out var sort) ? sort.GetRawText() : ""));
        return $"{body}\n\"total\":{answer.GetProperty("total")},\n{string.Join('\n', hits)}";
    }

    private static async Task<string> SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new StringContent(body) };
        using var response = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}
