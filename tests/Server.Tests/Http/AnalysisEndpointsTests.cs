using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

public sealed class AnalysisEndpointsTests : IClassFixture<ApiFixture>
{
    private readonly ApiFixture _api;

    public AnalysisEndpointsTests(ApiFixture api)
    {
        _api = api;
    }

    [Theory]
    [InlineData("""{"text":"The Foxes"}""", "the/0 foxes/1")]
    [InlineData("""{"text":"The Foxes","analyzer":"english"}""", "the/0 fox/1")]
    [InlineData("""{"text":"New York","tokenizer":"keyword","filter":["lowercase"]}""", "new york/0")]
    [InlineData("""{"text":"Ab","filter":[{"type":"edge_ngram","min_gram":1,"max_gram":2}]}""", "A/0 Ab/0")]
    [InlineData("""{"text":"<b>x</b>","tokenizer":"standard","char_filter":"html_strip"}""", "x/0")]
    public async Task Text_is_analysed_by_a_name_or_by_parts(string body, string expected)
    {
        var answer = await _api.JsonAsync(HttpMethod.Post, "/v1/analyze", body);
        Assert.Equal(expected, Terms(answer.GetProperty("tokens")));
    }

    [Fact]
    public async Task Explanation_shows_what_each_part_made()
    {
        var answer = await _api.JsonAsync(
            HttpMethod.Post, "/v1/analyze", """{"text":"Foxes","analyzer":"english","explain":true}""");
        var stages = answer.GetProperty("stages").EnumerateArray().ToArray();
        Assert.Equal("standard", stages[0].GetProperty("part").GetString());
        Assert.Equal("Foxes/0", Terms(stages[0].GetProperty("tokens")));
        Assert.Equal("stemmer (language: english)", stages[^2].GetProperty("part").GetString());
        Assert.Equal("fox/0", Terms(stages[^2].GetProperty("tokens")));
    }

    [Fact]
    public async Task Schema_with_chains_and_other_ways_of_a_field_comes_back_as_it_was_put()
    {
        const string Schema = """
            {"fields":[{"name":"title","type":"text","analyzer":"grams","search_analyzer":"standard","copy_to":"all",
                        "fields":{"raw":{"type":"keyword"}}},
                       {"name":"all","type":"text"}],
             "analysis":{"analyzer":{"grams":{"tokenizer":"standard","filter":["lowercase","front"]}},
                         "filter":{"front":{"type":"edge_ngram","max_gram":10}},
                         "synonyms":{"towns":["ny, new york"]}}}
            """;
        var first = await _api.JsonAsync(HttpMethod.Put, "/v1/collections/chains", Schema);
        Assert.Equal("standard", first.GetProperty("fields")[0].GetProperty("searchAnalyzer").GetString());
        Assert.Equal(
            "keyword",
            first.GetProperty("fields")[0].GetProperty("fields").GetProperty("raw").GetProperty("type").GetString());
        Assert.Equal(
            ["all", "title"],
            first.GetProperty("fields")[1].GetProperty("sources").EnumerateArray().Select(name => name.GetString()));
        var again = JsonSerializer.Serialize(new
        {
            fields = first.GetProperty("fields"), analysis = first.GetProperty("analysis"),
        });
        var second = await _api.JsonAsync(HttpMethod.Put, "/v1/collections/chains", again);
        Assert.Equal(first.GetRawText(), second.GetRawText());
        var answer = await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/chains/analyze", """{"text":"Ab","field":"title"}""");
        Assert.Equal("a/0 ab/0", Terms(answer.GetProperty("tokens")));
    }

    [Fact]
    public async Task Chain_that_a_field_is_indexed_by_cannot_become_another_and_one_that_none_is_can()
    {
        const string Fields = """ "fields":[{"name":"t","type":"text","analyzer":"mine"}] """;
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/fixed", "{" + Fields + """
            ,"analysis":{"analyzer":{"mine":{"tokenizer":"standard"},"free":{"tokenizer":"standard"}}}}
            """);
        var error = await _api.ErrorAsync(
            409, "schema_conflict", HttpMethod.Put, "/v1/collections/fixed", "{" + Fields + """
            ,"analysis":{"analyzer":{"mine":{"tokenizer":"whitespace"}}}}
            """);
        Assert.Contains("field 't' is indexed by analyzer 'mine'", error, StringComparison.Ordinal);
        Assert.Contains("reindex into another collection under an alias", error, StringComparison.Ordinal);
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/fixed", "{" + Fields + """
            ,"analysis":{"analyzer":{"free":{"tokenizer":"whitespace"}}}}
            """);
    }

    [Fact]
    public async Task Synonyms_are_put_in_the_place_of_those_before()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/towns", """
            {"fields":[{"name":"t","type":"text","analyzer":"towns"}],
             "analysis":{"analyzer":{"towns":{"tokenizer":"standard","filter":["lowercase",
                           {"type":"synonym_graph","synonyms_set":"towns"}]}},
                         "synonyms":{"towns":["ny, new york"]}}}
            """);
        Assert.Equal("ny/0 new/0 york/1", await AnalysedAsync("NY", asQuery: true));
        Assert.Equal("ny/0", await AnalysedAsync("NY", asQuery: false));
        var put = await _api.JsonAsync(
            HttpMethod.Put, "/v1/collections/towns/synonyms/towns", """{"rules":["la => los angeles"]}""");
        Assert.Equal("""["la => los angeles"]""", put.GetProperty("rules").GetRawText());
        Assert.Equal("ny/0", await AnalysedAsync("NY", asQuery: true));
        Assert.Equal("los/0 angeles/1", await AnalysedAsync("LA", asQuery: true));
        var wrong = await _api.ErrorAsync(
            400, "bad_request", HttpMethod.Put, "/v1/collections/towns/synonyms/towns",
            """{"rules":["a => b => c"]}""");
        Assert.Contains("rule 1 of synonyms 'towns' is 'a => b => c'", wrong, StringComparison.Ordinal);
        await _api.ErrorAsync(404, "not_found", HttpMethod.Get, "/v1/collections/towns/synonyms/none");

        async Task<string> AnalysedAsync(string text, bool asQuery)
        {
            var body = JsonSerializer.Serialize(new { text, field = "t", asQuery });
            var answer = await _api.JsonAsync(HttpMethod.Post, "/v1/collections/towns/analyze", body);
            return Terms(answer.GetProperty("tokens"));
        }
    }

    [Theory]
    [InlineData("""{"text":"x","analyzer":"klingon"}""", "unknown analyzer 'klingon'; known are cjk")]
    [InlineData("""{"text":"x","field":"t"}""", "field 't' needs the collection that has it")]
    [InlineData("""{"text":"x","analyzer":"english","tokenizer":"standard"}""", "exclude each other")]
    [InlineData("""{"text":"x","filter":[7]}""", "a part is a name, or an object with a 'type'")]
    public async Task What_makes_no_sense_is_told(string body, string expected)
    {
        var error = await _api.ErrorAsync(400, "bad_request", HttpMethod.Post, "/v1/analyze", body);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static string Terms(JsonElement tokens) => string.Join(' ', tokens.EnumerateArray().Select(token =>
        $"{token.GetProperty("token").GetString()}/{token.GetProperty("position").GetInt32()}"));
}
