using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Cli.Import;
using Hedgerow.Server.Cli.Verbs;

namespace Hedgerow.Server.Tests.Cli;

public sealed class ReportTests : IDisposable
{
    private readonly TestTerminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Search_shows_rank_score_path_and_snippets_with_their_matches()
    {
        SearchReport.Write(_terminal.Console.Screen, Reply(4), 10, TimeSpan.FromMilliseconds(3.21), explain: true);
        Assert.Contains("11", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("1.500", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("/words/haw[1]", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("definition: a *thorny* shrub", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains(
            "2 found in 40 of 40 documents, 4 of 4 shards (coverage whole), 3.2 ms",
            _terminal.Output,
            StringComparison.Ordinal);
        Assert.Contains("Every shard answered", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_shows_text_that_was_escaped_for_web_pages_as_it_was_written()
    {
        var reply = Reply(4);
        var snippet = new Highlight("t", "&quot;a&quot; [b] &lt;em&gt; <em>c</em> &amp;");
        reply = reply with { Hits = [reply.Hits[0] with { Highlights = [snippet] }] };
        SearchReport.Write(_terminal.Console.Screen, reply, 0, TimeSpan.Zero, explain: false);
        Assert.Contains("t: \"a\" [b] <em> *c* &", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_says_when_a_shard_is_missing()
    {
        SearchReport.Write(_terminal.Console.Screen, Reply(3), 0, TimeSpan.FromSeconds(1), explain: true);
        Assert.Contains("3 of 4 shards (coverage PARTIAL)", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("up to 10 documents were not looked at", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_for_machines_is_one_line_of_json_with_the_document_as_it_is()
    {
        SearchReport.WriteJson(_terminal.Console, Request, Reply(4), TimeSpan.FromMilliseconds(3.21));
        using var json = System.Text.Json.JsonDocument.Parse(_terminal.Output);
        var hit = json.RootElement.GetProperty("hits")[0];
        Assert.Equal("haw", hit.GetProperty("source").GetProperty("words").GetString());
        var highlight = Assert.Single(hit.GetProperty("highlights").EnumerateArray());
        Assert.Equal("definition", highlight.GetProperty("field").GetString());
        Assert.Equal("a <em>thorny</em> shrub", highlight.GetProperty("snippet").GetString());
        Assert.Equal(4, json.RootElement.GetProperty("coverage").GetProperty("shardsAnswered").GetInt32());
    }

    [Fact]
    public async Task Exported_document_is_one_line_even_if_it_was_stored_on_several()
    {
        var lines = new ExportLines(withMeta: false);
        lines.Add(new BulkDocument("/c/1", 5, "{\n \"a\": 1\r\n}"u8.ToArray()));
        lines.Add(new BulkDocument("/c/2", 6, """{"b": "x y"}"""u8.ToArray()));
        Assert.Equal("{\"a\":1}\n{\"b\": \"x y\"}\n", await TextAsync(lines));
    }

    [Fact]
    public async Task Exported_line_with_meta_names_path_and_version()
    {
        var lines = new ExportLines(withMeta: true);
        lines.Add(new BulkDocument("/c/1", 5, """{"a":1}"""u8.ToArray()));
        Assert.Equal("""{"path":"/c/1","version":5,"document":{"a":1}}""" + "\n", await TextAsync(lines));
    }

    [Theory]
    [InlineData("[]", "must be an object with an array 'fields'")]
    [InlineData("""{"fields":[1]}""", "every field is an object with a 'name'")]
    [InlineData("""{"fields":[{"name":"a","type":"txt"}]}""", "field 'a' has type 'txt'; allowed are text, keyword")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"fields":[{"name":"a","type":"text","dims":3}]}""", "only dense_vector has dims")]
    [InlineData("""{"fields":[{"name":"a","type":"text","colour":3}]}""", "colour")]
    public void Schema_file_that_makes_no_sense_is_told(string text, string expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var refused = Assert.Throws<CliException>(() => SchemaFile.Read(stream, "s.json", "c"));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains("s.json", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_file_takes_every_type_and_option_that_the_api_takes()
    {
        using var stream = new MemoryStream("""
            {"fields":[{"name":"a","type":"text","norms":false},
                       {"name":"v","type":"dense_vector","dims":3,"similarity":"l2_norm","quantization":"int8"}]}
            """u8.ToArray());
        var schema = SchemaFile.Read(stream, "s.json", "c");
        Assert.False(schema.Fields[0].Norms);
        Assert.Equal(
            new VectorOptions
            {
                Dims = 3, Similarity = VectorSimilarity.L2Norm, Quantization = VectorQuantization.Int8,
            },
            schema.Fields[1].Vector);
    }

    private static async Task<string> TextAsync(ExportLines lines)
    {
        using var output = new MemoryStream();
        await lines.FlushAsync(output, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static SearchRequest Request { get; } = new() { Collection = "words", Query = new MatchAllQuery() };

    private static SearchReply Reply(int shardsAnswered) => new()
    {
        Total = 2,
        Coverage = new Coverage(4, shardsAnswered, 40, shardsAnswered * 10),
        Hits =
        [
            new SearchHit
            {
                Path = "/words/haw[1]",
                Score = 1.5f,
                Version = 9,
                Source = """{"words":"haw"}"""u8.ToArray(),
                Highlights = [new Highlight("definition", "a <em>thorny</em> shrub")],
            },
        ],
    };
}
