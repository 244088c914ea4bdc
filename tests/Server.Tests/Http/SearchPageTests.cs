using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

/// <summary>docs/SEARCH.md and docs/search say what each of their examples finds; here they are run.</summary>
public sealed class SearchPageTests : IClassFixture<ApiFixture>
{
    private const string FirstPage = SearchPages.First;
    private const string FirstHit = "json first";
    private const string Aggregated = "json aggregations";

    /// <summary>Kinds of blocks that are sent.</summary>
    private static readonly string[] Requests = ["json", "json instant", "json suggest"];

    private readonly ApiFixture _api;

    public SearchPageTests(ApiFixture api)
    {
        _api = api;
    }

    public static TheoryData<string> Pages() =>
    [
        .. SearchPages.All,
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_example_of_a_page_finds_what_the_page_says(string page)
    {
        var blocks = SearchPages.Blocks(page);
        var collection = await FillAsync(page, blocks);
        var examples = blocks.Index().Where(block => Requests.Contains(block.Item.Kind)).ToArray();
        Assert.True(examples.Length >= (page == FirstPage ? 20 : 1), $"The page has {examples.Length} examples.");
        var wrong = new List<string>();
        foreach (var (at, (kind, text, expected)) in examples)
        {
            var answer = await AnswerAsync(collection, kind == "json" ? "search" : kind["json ".Length..], text);
            var found = Found(answer, text, collection);
            if (found != expected) wrong.Add($"{text}\nfinds {found}, not {expected}");
            if (blocks.ElementAtOrDefault(at + 1) is not (FirstHit or Aggregated, { } part, _) next) continue;
            var told = next.Kind == FirstHit ? answer.GetProperty("hits")[0] : answer.GetProperty("aggregations");
            if (!Has(told, JsonDocument.Parse(part).RootElement)) wrong.Add($"{text}\nhas {told}, not {part}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Replicas_are_told_as_the_first_page_says()
    {
        var blocks = SearchPages.Blocks(FirstPage);
        var collection = await FillAsync(FirstPage, blocks);
        var answer = await _api.JsonAsync(HttpMethod.Get, $"/v1/collections/{collection}/repair");
        var told = JsonDocument.Parse(Single(blocks, "json repair")).RootElement;
        Assert.Equal(
            told.EnumerateObject().Select(member => member.Name),
            answer.EnumerateObject().Select(member => member.Name));
        Assert.True(JsonElement.DeepEquals(told.GetProperty("running"), answer.GetProperty("running")));
        var replicas = answer.GetProperty("replicas").EnumerateArray().ToArray();
        Assert.All(
            told.GetProperty("replicas").EnumerateArray(),
            row => Assert.True(Array.Exists(replicas, real => JsonElement.DeepEquals(row, real)), $"{answer}"));
    }

    /// <summary>Fills the page's own collection; a page that declares none is about that of the first.</summary>
    private async Task<string> FillAsync(string page, (string Kind, string Text, string Expected)[] blocks)
    {
        if (blocks.All(block => block.Kind != "json schema"))
            (page, blocks) = (FirstPage, SearchPages.Blocks(FirstPage));
        var name = SearchPages.CollectionOf(page);
        await _api.JsonAsync(HttpMethod.Put, $"/v1/collections/{name}", Single(blocks, "json schema"));
        var stored = await _api.JsonAsync(
            HttpMethod.Post, $"/v1/collections/{name}/bulk", Single(blocks, "json documents"));
        Assert.Equal(0, stored.GetProperty("failed").GetInt64());
        await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{name}/refresh");
        return name;
    }

    private async Task<JsonElement> AnswerAsync(string collection, string request, string text)
    {
        using var response = await _api.SendAsync(HttpMethod.Post, $"/v1/collections/{collection}/{request}", text);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>The hits' names, or the error's code.</summary>
    private static string Found(JsonElement answer, string text, string collection)
    {
        if (answer.TryGetProperty("error", out var error)) return "error " + error.GetProperty("code").GetString();
        if (answer.TryGetProperty("suggest", out var suggested) && !answer.TryGetProperty("hits", out _))
            return string.Join("; ", suggested.EnumerateObject().Select(Suggested));
        if (answer.TryGetProperty("didYouMean", out var meant)) return "didYouMean: " + Texts(meant);
        var hits = answer.GetProperty("hits").EnumerateArray().ToArray();
        if (JsonDocument.Parse(text).RootElement.TryGetProperty("sort", out _))
            Assert.All(hits, hit => Assert.Equal(JsonValueKind.Array, hit.GetProperty("sort").ValueKind));
        return string.Join(
            ' ', hits.Select(hit => hit.GetProperty("path").GetString()![(collection.Length + 2)..]));
    }

    private static string Suggested(JsonProperty answer) =>
        $"{answer.Name}: "
        + string.Join(", ", answer.Value.EnumerateArray().Select(one => Texts(one.GetProperty("options"))));

    private static string Texts(JsonElement options) =>
        string.Join(", ", options.EnumerateArray().Select(option => option.GetProperty("text").GetString()));

    /// <summary>Whether a value has all the members of a part, at any depth.</summary>
    private static bool Has(JsonElement whole, JsonElement part)
    {
        if (part.ValueKind != JsonValueKind.Object || whole.ValueKind != JsonValueKind.Object)
            return JsonElement.DeepEquals(whole, part);
        return part.EnumerateObject().All(
            member => whole.TryGetProperty(member.Name, out var value) && Has(value, member.Value));
    }

    private static string Single((string Kind, string Text, string Expected)[] blocks, string kind) =>
        blocks.Single(block => block.Kind == kind).Text;
}
