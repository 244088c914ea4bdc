using System.Text.Json;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Cli;

/// <summary><c>hedgerow search --body</c>: what the HTTP API takes and what it answers.</summary>
public sealed class SearchBodyTests
{
    private const string Body = """
        {"query":{"match":{"title":"shoes"}},"sort":{"price":"desc"},"_source":["title"],"track_total_hits":true,
         "size":2,"highlight":["title"]}
        """;

    [Fact]
    public async Task A_body_is_answered_as_over_http()
    {
        await using var node = await FilledAsync();
        using var terminal = new TestTerminal(Body);
        Assert.Equal(ExitCodes.Ok, await terminal.RunAsync(
            "search", "shoes", "--body", "-", "--json", "--server", node.Native));
        using var content = new StringContent(Body);
        using var response = await node.Http.PostAsync(
            new Uri("/v1/collections/shoes/search", UriKind.Relative), content, Cancel);
        var overHttp = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("<em>Shoes</em>", overHttp, StringComparison.Ordinal);
        Assert.Equal(WithoutTime(overHttp), WithoutTime(terminal.Output));
    }

    [Theory]
    [InlineData("""{"sise":3}""", "sise", "-")]
    [InlineData("""{"query":{"mach":{"title":"x"}}}""", "mach", "-")]
    [InlineData("""{"track_total_hits":"many"}""", "many", "-")]
    [InlineData("""{"size":-1}""", "-1", "-")]
    [InlineData("{", "not what is expected", "-")]
    [InlineData("{}", "QUERY or --body", "-", "words")]
    [InlineData("{}", "--size or --body", "-", "--size", "3")]
    public async Task What_is_wrong_with_a_body_is_said_before_anything_is_sent(
        string body, string said, params string[] more)
    {
        using var terminal = new TestTerminal(body);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["search", "shoes", .. more[1..], "--body", more[0]]));
        Assert.Contains(said, terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_a_query_nor_a_body_is_a_mistake()
    {
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("search", "shoes"));
        Assert.Contains("--body FILE", terminal.Error, StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<RunningNode> FilledAsync()
    {
        var node = await RunningNode.ServeAsync();
        await SendAsync(node, HttpMethod.Put, "/v1/collections/shoes", """
            {"fields":[{"name":"title","type":"text"},{"name":"price","type":"number"}]}
            """);
        for (var i = 1; i <= 3; i++)
        {
            var shoe = $$"""{"title":"Shoes {{i}}","price":{{i}}}""";
            await SendAsync(node, HttpMethod.Put, $"/v1/entries/shoes/{i}", shoe);
        }

        await SendAsync(node, HttpMethod.Post, "/v1/collections/shoes/refresh", "");
        return node;
    }

    private static async Task SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, new Uri(target, UriKind.Relative));
        request.Content = new StringContent(body);
        using var response = await node.Http.SendAsync(request, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private static string WithoutTime(string json)
    {
        using var answer = JsonDocument.Parse(json);
        return string.Join('\n', answer.RootElement.EnumerateObject().Where(m => m.Name != "took"));
    }
}
