using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Http.Hostile;

/// <summary>Whatever the body: an answer, or an error of the client's that says what is wrong; never one of the
/// server's.</summary>
public sealed class HostileBodyTests : IClassFixture<ExampleBodies>
{
    private const int Seed = 20_261_123;

    private readonly ExampleBodies _examples;

    public HostileBodyTests(ExampleBodies examples)
    {
        _examples = examples;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_body_cut_anywhere_is_refused_as_no_JSON()
    {
        foreach (var example in _examples.All)
        {
            var whole = example.Body.AsSpan().TrimEnd(" \r\n\t"u8).Length;
            for (var length = 0; length < whole; length++)
            {
                var cut = example.Body[..length];
                var error = Assert.Throws<ApiException>(() => example.Read(cut));
                Assert.Equal(StatusCode.BadRequest, error.Status);
            }

            example.Read(example.Body);
        }
    }

    [Fact]
    public void A_spoiled_body_is_read_or_refused_by_the_reader()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 30_000; i++)
        {
            var example = _examples.All[random.Next(_examples.All.Count)];
            var body = JsonMutation.Spoiled(random, example.Body);
            try
            {
                example.Read(body);
            }
            catch (ApiException refusal)
            {
                Assert.InRange(ErrorTable.Of(refusal.Status).HttpStatus, 400, 499);
                Assert.NotEmpty(refusal.Message);
            }
            catch (Exception defect) when (defect is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"{example.Target} with {Encoding.UTF8.GetString(body)}: {defect}");
            }
        }
    }

    [Fact]
    public async Task A_spoiled_body_is_never_the_server_s_fault()
    {
        var random = new Random(Seed + 1);
        for (var i = 0; i < 1_500; i++)
        {
            var example = _examples.All[random.Next(_examples.All.Count)];
            await AnswersAsync(example, JsonMutation.Spoiled(random, example.Body));
        }
    }

    [Fact]
    public async Task A_spoiled_document_is_never_the_server_s_fault()
    {
        var random = new Random(Seed + 2);
        for (var i = 0; i < 400; i++)
        {
            var (collection, document) = _examples.Documents[random.Next(_examples.Documents.Count)];
            var spoiled = JsonMutation.Spoiled(random, document);
            var line = new Example(HttpMethod.Post, $"/v1/collections/{collection}/bulk", document, static _ => { });
            await AnswersAsync(line, spoiled);
            await AnswersAsync(line with { Method = HttpMethod.Put, Target = $"/v1/entries/{collection}/x" }, spoiled);
        }
    }

    [Theory]
    [InlineData("search", "{\"query\":{\"match\":{\"title\":\"\\ud800\"}}}", "$.query.match.title has \\ud800")]
    [InlineData("search", "{\"query\":{\"match\":{\"\\udc00\":\"a\"}}}", "a name in $.query.match has \\udc00")]
    [InlineData("search", "{\"size\":1,\"size\":2}", "$.size is there twice")]
    [InlineData("search", "{\"aggs\":{},\"aggregations\":{}}", "$.aggregations and 'aggs' are one")]
    [InlineData("search", "{\"sise\":1}", "'sise' is not known here; known are q, query, knn")]
    [InlineData("search", "{\"size\":\"many\"}", "$.size is of another type; it must be a whole number")]
    [InlineData("search?size=3", "{\"q\":\"a\"}", "no parameter 'size'; there is none")]
    [InlineData("instant", "{\"q\":\"a\",\"colour\":1}", "known are q, fields, size")]
    [InlineData("pit?keepalive=1m&colour=1", "", "no parameter 'colour'; there are keepAlive, keep_alive")]
    [InlineData(
        "suggest", "{\"a\":{\"text\":\"x\",\"term\":{\"field\":\"title\"},\"phrase\":{\"field\":\"title\"}}}",
        "suggest.a has term and phrase of completion, term and phrase; it takes one")]
    [InlineData("suggest", "{\"a\":{\"prefix\":\"x\",\"term\":{\"field\":\"title\"}}}", "which term does not take")]
    [InlineData(
        "search",
        "{\"aggs\":{\"c\":{\"composite\":{\"sources\":[{\"a\":{\"terms\":{\"field\":\"id\",\"size\":3}}}]}}}}",
        "known there are field, order, missing, include, exclude")]
    [InlineData(
        "search",
        """
        {"aggs":{"c":{"composite":{"sources":[{"a":{"terms":{"field":"id","order":{"_count":"asc"}}}}]}}}}
        """,
        "a source is ordered by its keys")]
    [InlineData(
        "search",
        "{\"aggs\":{\"c\":{\"composite\":{\"after\":{\"a\":7},\"sources\":[{\"a\":{\"terms\":{\"field\":\"id\"}}}]}}}}",
        "of which it is no key")]
    [InlineData(
        "search", "{\"aggs\":{\"a\":{\"filter\":{\"match_all\":{}},\"aggs\":{},\"aggregations\":{}}}}",
        "both aggs and aggregations")]
    public async Task What_is_not_known_is_refused_with_what_is(string target, string body, string reason)
    {
        using var response = await _examples.SendAsync(
            HttpMethod.Post, "/v1/collections/books/" + target, Encoding.UTF8.GetBytes(body));
        Assert.Equal(400, (int)response.StatusCode);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
        var message = error.GetProperty("error").GetProperty("message").GetString();
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/v1/entries/words/half", "{\"title\":\"a\",\"other\":\"\\ud800\"}", 422)]
    [InlineData("PUT", "/v1/entries/words/half", "{\"title\":\"a\",\"other\":{\"\\udc00\":1}}", 422)]
    [InlineData("PUT", "/v1/entries/words/half", "{\"title\":\"\\ud83d\\u0041\"}", 422)]
    [InlineData("GET", "/v1/collections/books/search?q=%ED%A0%80", "", 400)]
    [InlineData("GET", "/v1/collections/books/search?q=fast&%ED%A0%80=1", "", 400)]
    [InlineData("GET", "/v1/collections/books/instant?q=%ff", "", 400)]
    [InlineData("GET", "/v1/collections/books/suggest?words=%ED%A0%80&field=title", "", 400)]
    [InlineData("GET", "/v1/collections/books/search?q=100%25", "", 200)]
    [InlineData("GET", "/v1/collections/books/search?q=100%", "", 200)]
    [InlineData("GET", "/v1/collections/books/search?q=%F0%9F%98%80+caf%C3%A9", "", 200)]
    [InlineData("PUT", "/v1/entries/words/whole", "{\"title\":\"\\ud83d\\ude00 \\\\ud800\"}", 200)]
    public async Task Half_of_a_surrogate_pair_is_refused_wherever_it_stands(
        string method, string target, string body, int status)
    {
        using var response = await _examples.SendAsync(new HttpMethod(method), target, Encoding.UTF8.GetBytes(body));
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        if (status >= 400) Assert.Contains("surrogate", text, StringComparison.OrdinalIgnoreCase);
        using var stored = await _examples.SendAsync(HttpMethod.Get, "/v1/entries/words/half", []);
        Assert.Equal(404, (int)stored.StatusCode);
    }

    [Fact]
    public async Task Terms_of_an_entry_that_has_half_of_a_pair_are_refused()
    {
        const string Path = "/v1/entries/lists/half";
        var list = Encoding.UTF8.GetBytes("{\"ids\":[\"a\",\"\\ud800\"]}");
        using (var stored = await _examples.SendAsync(HttpMethod.Put, Path, list))
            Assert.Equal(200, (int)stored.StatusCode);
        var query = Encoding.UTF8.GetBytes(
            """{"query":{"terms":{"id":{"index":"lists","id":"half","path":"ids"}}}}""");
        using var response = await _examples.SendAsync(HttpMethod.Post, "/v1/collections/books/search", query);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(400 == (int)response.StatusCode, text);
        Assert.Contains("/lists/half", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31, 200)]
    [InlineData(32, 400)]
    [InlineData(33, 400)]
    public async Task A_query_is_as_deep_as_what_is_put_around_it_allows(int depth, int status)
    {
        const string Knn = "\"knn\":{\"field\":\"rgb\",\"query_vector\":[1,0,0],\"k\":2}";
        var query = JsonMutation.Nested(depth);
        string[] bodies =
        [
            $"{{\"query\":{query},{Knn}}}",
            $"{{\"query\":{query},{Knn},\"rank\":{{\"rrf\":{{}}}},\"highlight\":[\"name\"]}}",
            $"{{\"query\":{query},\"collapse\":{{\"field\":\"kind\",\"inner_hits\":{{\"name\":\"x\"}}}}}}",
        ];
        foreach (var body in bodies)
        {
            using var response = await _examples.SendAsync(
                HttpMethod.Post, "/v1/collections/vectors/search", Encoding.UTF8.GetBytes(body));
            var text = await response.Content.ReadAsStringAsync(Cancel);
            Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text} to {body}");
        }
    }

    private async Task AnswersAsync(Example example, byte[] body)
    {
        using var response = await SendAsync(example, body);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        var isFine = (int)response.StatusCode is < 500 or 503 or 504;
        Assert.True(
            isFine,
            $"{(int)response.StatusCode} {text} to {example.Method} {example.Target} {Encoding.UTF8.GetString(body)}");
        if ((int)response.StatusCode < 400) return;
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.NotEmpty(error.GetProperty("code").GetString()!);
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    private async Task<HttpResponseMessage> SendAsync(Example example, byte[] body)
    {
        try
        {
            return await _examples.SendAsync(example.Method, example.Target, body);
        }
        catch (HttpRequestException broken)
        {
            Assert.Fail(
                $"{broken.InnerException} to {example.Method} {example.Target} {Encoding.UTF8.GetString(body)}");
            throw;
        }
    }
}
