using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

/// <summary>docs/SEARCH.md says what each of its examples finds; here they are run.</summary>
public sealed class SearchPageTests : IClassFixture<ApiFixture>
{
    private readonly ApiFixture _api;

    public SearchPageTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task Every_example_of_the_page_finds_what_the_page_says()
    {
        var blocks = Blocks();
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/books", Single(blocks, "json schema"));
        var stored = await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/books/bulk", Single(blocks, "json documents"));
        Assert.Equal(0, stored.GetProperty("failed").GetInt64());
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/books/refresh");
        var examples = blocks.Where(block => block.Kind == "json").ToArray();
        Assert.True(examples.Length > 20, $"The page has {examples.Length} examples.");
        var wrong = new List<string>();
        foreach (var (_, text, expected) in examples)
        {
            var found = await FoundAsync(text);
            if (found != expected) wrong.Add($"{text}\nfinds {found}, not {expected}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>The hits' names, or the error's code.</summary>
    private async Task<string> FoundAsync(string text)
    {
        using var response = await _api.SendAsync(HttpMethod.Post, "/v1/collections/books/search", text);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var answer = JsonDocument.Parse(body).RootElement;
        if (answer.TryGetProperty("error", out var error)) return "error " + error.GetProperty("code").GetString();
        var hits = answer.GetProperty("hits").EnumerateArray().ToArray();
        if (JsonDocument.Parse(text).RootElement.TryGetProperty("sort", out _))
            Assert.All(hits, hit => Assert.Equal(JsonValueKind.Array, hit.GetProperty("sort").ValueKind));
        return string.Join(' ', hits.Select(hit => hit.GetProperty("path").GetString()!["/books/".Length..]));
    }

    private static string Single((string Kind, string Text, string Expected)[] blocks, string kind) =>
        blocks.Single(block => block.Kind == kind).Text;

    /// <summary>The fenced blocks, each with what stands behind the arrow that follows it.</summary>
    private static (string Kind, string Text, string Expected)[] Blocks()
    {
        var lines = File.ReadAllLines(Path.Combine(Checkout.Root, "docs", "SEARCH.md"));
        var blocks = new List<(string Kind, string Text, string Expected)>();
        for (var at = 0; at < lines.Length; at++)
        {
            if (!lines[at].StartsWith("```", StringComparison.Ordinal)) continue;
            var end = Array.IndexOf(lines, "```", at + 1);
            var behind = end + 1 < lines.Length && lines[end + 1].StartsWith("→ ", StringComparison.Ordinal)
                ? lines[end + 1][2..]
                : "";
            blocks.Add((lines[at][3..], string.Join('\n', lines[(at + 1)..end]), behind));
            at = end;
        }

        return [.. blocks];
    }
}
