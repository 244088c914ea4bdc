using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>The example of README.md, compiled and run; a test holds the two texts together.</summary>
internal static class ReadmeExample
{
    public static async Task<string> RunAsync(string address)
    {
        var printed = new StringBuilder();
        await using var cluster = await HedgerowClient.ConnectAsync(new HedgerowClientOptions { Cluster = address });

        await cluster.SetAsync("/greeting", "hello"u8.ToArray(), new WriteOptions(TimeToLive: TimeSpan.FromMinutes(5)));
        using var greeting = await cluster.GetAsync("/greeting");
        printed.AppendLine(Encoding.UTF8.GetString(greeting.Value.Span));

        var reply = await cluster.SearchAsync(new SearchRequest
        {
            Collection = "words",
            Query = new QueryStringQuery("plant", Fields: [], AllWords: false),
            HighlightFields = ["definition"],
        });
        foreach (var hit in reply.Hits) printed.AppendLine($"{hit.Score:0.00} {hit.Path}");
        return printed.ToString();
    }
}
