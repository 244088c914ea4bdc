using System.Text;
using System.Text.Json;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Cli.Import;
using Hedgerow.Server.Tests.Http;

namespace Hedgerow.Server.Tests.Cli;

/// <summary><c>hedgerow collection synonyms</c>, against a node of several shards.</summary>
public sealed class SynonymsVerbTests : IClassFixture<ApiFixture>
{
    private const string Schema = """
        {"fields":[{"name":"title","type":"text","analyzer":"words"}],
         "analysis":{"filter":{"same":{"type":"synonym_graph","synonyms_set":"places"}},
                     "analyzer":{"words":{"tokenizer":"standard","filter":["lowercase","same"]}},
                     "synonyms":{"places":["ny, new york"]}}}
        """;

    private readonly ApiFixture _api;

    public SynonymsVerbTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task Rules_are_shown_and_put_as_a_file_has_them()
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/towns", Schema);
        await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/towns/bulk?refresh=true",
            """{"id":"1","title":"a city on a canal"}""" + "\n" + """{"id":"2","title":"new york"}""");
        Assert.Equal("ny, new york\n", await RunAsync("", "towns", "places"));
        Assert.Contains("│ places │ solr   │ 1     │", await RunAsync("", "towns"), StringComparison.Ordinal);
        Assert.Equal(0, await TotalAsync("venice"));

        const string Rules = "# cities of water\n\nny, new york\r\nvenice => city on a canal, bruges\n";
        Assert.Equal(
            "towns has 4 lines of synonyms as 'places'.\n", await RunAsync(Rules, "towns", "places", "--from", "-"));
        Assert.Equal(Rules.Replace("\r", "", StringComparison.Ordinal), await RunAsync("", "towns", "places"));
        Assert.Equal(1, await TotalAsync("venice"));
        Assert.Equal(1, await TotalAsync("ny"));
        using var all = JsonDocument.Parse(await RunAsync("", "towns", "--json"));
        Assert.Equal(4, all.RootElement.GetProperty("sets")[0].GetProperty("rules").GetInt32());
        using var one = JsonDocument.Parse(await RunAsync("", "towns", "places", "--json"));
        Assert.Equal("venice => city on a canal, bruges", one.RootElement.GetProperty("rules")[3].GetString());

        const string Lines = "s(100,1,'quick',a,1,0).\ns(100,2,'fast',a,1,0).\n";
        await RunAsync(Lines, "towns", "speed", "--from", "-", "--format", "wordnet");
        Assert.Contains("│ speed  │ wordnet │ 2     │", await RunAsync("", "towns"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a, b\n\nc => d => e\n", "places", "standard input:3: ", "a rule is 'a, b, c' or 'a, b => c, d'")]
    [InlineData("a, b\nc => d => e\n", "unused", "standard input:2: ", "a rule is 'a, b, c' or 'a, b => c, d'")]
    [InlineData("a, b\nc, !!!\n", "places", "standard input:2: ", "nothing is left of '!!!'")]
    [InlineData("\n  \n", "places", "standard input has no rule", "such as 'ny, new york'")]
    [InlineData("", "places", "standard input has no rule", "")]
    public async Task A_rule_that_is_none_is_told_by_its_line_and_nothing_changes(
        string rules, string set, string place, string told)
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/ways", Schema);
        using var terminal = new TestTerminal(rules);
        var code = await terminal.RunAsync(
            "collection", "synonyms", "ways", set, "--from", "-", "--server", _api.Node.Native);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(place, terminal.Error, StringComparison.Ordinal);
        Assert.Contains(told, terminal.Error, StringComparison.Ordinal);
        Assert.Equal("ny, new york\n", await RunAsync("", "ways", "places"));
    }

    [Theory]
    [InlineData("none places", "No collection 'none' is declared")]
    [InlineData("here nope", "Collection 'here' has no set of synonyms 'nope'; it has places.")]
    public async Task What_is_not_there_is_said_with_what_is(string line, string told)
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/here", Schema);
        using var terminal = new TestTerminal();
        var code = await terminal.RunAsync(
            ["collection", "synonyms", .. line.Split(' '), "--server", _api.Node.Native]);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains(told, terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b --from nofile.txt", "There is no file nofile.txt.")]
    [InlineData("a --from -", "--from wants a SET")]
    [InlineData("a b --format xml", "allowed are solr and wordnet. See 'hedgerow collection synonyms --help'.")]
    [InlineData("a b --frm x", "collection synonyms has no option '--frm'. Did you mean '--from'?")]
    [InlineData("", "'COLLECTION' missing")]
    public async Task Wrong_usage_says_what_and_what_is_allowed(string line, string told)
    {
        using var terminal = new TestTerminal();
        string[] words = line.Length == 0 ? [] : line.Split(' ');
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["collection", "synonyms", .. words]));
        Assert.Contains(told, terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_a_file_are_read_whatever_they_end_in()
    {
        Assert.Equal(["a, b", "", "é => e"], Read("\uFEFFa, b\r\n\né => e"));
        Assert.Equal(["a"], Read("a\n"));
        Assert.Contains(
            "f:2: the line has 4097 bytes; at most 4096",
            Assert.Throws<CliException>(() => Read("a\n" + new string('x', 4_097))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "f has more than 100,000 lines",
            Assert.Throws<CliException>(() => Read(string.Concat(Enumerable.Repeat("a\n", 100_001)))).Message,
            StringComparison.Ordinal);
        byte[] broken = [.. "a\nb"u8, 0xFF];
        Assert.Contains(
            "f:2:2: the bytes there are no UTF-8",
            Assert.Throws<CliException>(() => RuleLines.Read(broken, "f")).Message, StringComparison.Ordinal);

        static IReadOnlyList<string> Read(string text) => RuleLines.Read(Encoding.UTF8.GetBytes(text), "f");
    }

    private async Task<string> RunAsync(string input, params string[] words)
    {
        using var terminal = new TestTerminal(input);
        var code = await terminal.RunAsync(["collection", "synonyms", .. words, "--server", _api.Node.Native]);
        Assert.True(code == ExitCodes.Ok, terminal.Error);
        return terminal.Output;
    }

    private async Task<int> TotalAsync(string query) =>
        (await _api.JsonAsync(HttpMethod.Get, $"/v1/collections/towns/search?q={query}"))
            .GetProperty("total").GetInt32();
}
