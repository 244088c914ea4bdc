using System.Net;
using Hedgerow.Server.Config;
using Hedgerow.Server.Tests.Hosting;
using Hedgerow.Server.Tests.Sockets;

namespace Hedgerow.Server.Tests.Http;

/// <summary>The log of slow searches of a node, as an operator turns it on.</summary>
public sealed class SlowSearchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--router.search.slowLog=1us", true)]
    [InlineData("--router.search.slowLog=0s", false)]
    public async Task Searches_of_every_kind_are_logged_where_that_is_asked_for(string flag, bool isOn)
    {
        using var log = new LoopUnderTest.CollectedLog();
        await using var node = await RunningNode.StartAsync(
            log, NodeRole.Serve, "--memory=64MiB", "--shards=2", "--replicas=1", flag);
        await SendAsync(
            node, HttpMethod.Put, "", """{"fields":[{"name":"t","type":"text"},{"name":"c","type":"completion"}]}""");
        await SendAsync(node, HttpMethod.Post, "/bulk?refresh=true", """{"id":"1","t":"otters","c":"otter"}""");
        await SendAsync(node, HttpMethod.Post, "/search", """{"query":{"match":{"t":"otters"}},"size":3}""");
        await SendAsync(node, HttpMethod.Post, "/instant", """{"q":"ott","size":3}""");
        await SendAsync(node, HttpMethod.Post, "/suggest", """{"did":{"text":"otetrs","term":{"field":"t"}}}""");
        string[] told = ["match: size 3 match t:\"otters\"", "instant: size 3 \"ott\"", "suggest: word t:\"otetrs\""];
        Assert.All(told, text => Assert.Equal(isOn, log.Text.Contains(text, StringComparison.Ordinal)));
        Assert.Equal(isOn, log.Text.Contains("Slow search of pond: ", StringComparison.Ordinal));
        const string Whole = " ms, Ok, 2 of 2 shards with 1 of 1 documents, ";
        Assert.Equal(isOn, log.Text.Contains(Whole, StringComparison.Ordinal));
    }

    private static async Task SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, "/v1/collections/pond" + target)
        {
            Content = new StringContent(body),
        };
        using var response = await node.Http.SendAsync(request, Cancel);
        Assert.True(
            response.StatusCode == HttpStatusCode.OK,
            $"{target}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancel)}");
    }
}
