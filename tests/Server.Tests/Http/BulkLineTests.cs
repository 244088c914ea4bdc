using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Http;

public sealed class BulkLineTests
{
    [Fact]
    public void A_line_names_a_path_and_its_document()
    {
        Assert.Null(Read("""{"path":"/wiki/1","document":{"title":"One"}}""", out var line));
        Assert.Equal("/wiki/1", line.Path);
        Assert.Equal("""{"title":"One"}""", Encoding.UTF8.GetString(line.Json.Span));
    }

    [Fact]
    public void A_line_deletes_a_path()
    {
        Assert.Null(Read("""{"path":"/wiki/1","delete":true}""", out var line));
        Assert.Equal("/wiki/1", line.Path);
        Assert.True(line.Json.IsEmpty);
    }

    [Theory]
    [InlineData("""{"id":"a","title":"x"}""", "/wiki/a")]
    [InlineData("""{"title":"x","id":17}""", "/wiki/17")]
    [InlineData("""{"id":"a","path":"some field"}""", "/wiki/a")]
    public void A_plain_document_is_named_by_its_id(string text, string path)
    {
        Assert.Null(Read(text, out var line));
        Assert.Equal(path, line.Path);
        Assert.Equal(text, Encoding.UTF8.GetString(line.Json.Span));
    }

    [Theory]
    [InlineData("[1]", "no JSON object")]
    [InlineData("{", "not JSON")]
    [InlineData("""{"title":"x"}""", "a member 'id'")]
    [InlineData("""{"id":null}""", "a member 'id'")]
    [InlineData("""{"id":""}""", "'id' is empty")]
    [InlineData("""{"path":5,"document":{}}""", "path is not text")]
    public void A_broken_line_is_told_why(string text, string told) =>
        Assert.Contains(told, Read(text, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"ifMatch\":115694853120000", WriteConditionKind.Version, 115_694_853_120_000UL)]
    [InlineData("\"ifMatch\":\"115694853120001\"", WriteConditionKind.Version, 115_694_853_120_001UL)]
    [InlineData("\"ifMatch\":\"\\\"7\\\"\"", WriteConditionKind.Version, 7UL)]
    [InlineData("\"ifMatch\":18446744073709551615", WriteConditionKind.Version, ulong.MaxValue)]
    [InlineData("\"ifMatch\":\"*\"", WriteConditionKind.Present, 0UL)]
    [InlineData("\"ifNoneMatch\":\"*\"", WriteConditionKind.Absent, 0UL)]
    [InlineData("\"version\":5", WriteConditionKind.None, 0UL)]
    public void A_line_has_a_condition(string member, WriteConditionKind kind, ulong version)
    {
        Assert.Null(Read($$$"""{"path":"/wiki/1",{{{member}}},"document":{"title":"One"}}""", out var line));
        Assert.Equal(new WriteCondition(kind, version), line.Condition);
        if (kind == WriteConditionKind.Absent) return;
        Assert.Null(Read($$"""{"path":"/wiki/1","delete":true,{{member}}}""", out line));
        Assert.Equal(new WriteCondition(kind, version), line.Condition);
    }

    [Theory]
    [InlineData("\"ifMatch\":0", "ifMatch is 0; it must be \"*\" or a version")]
    [InlineData("\"ifMatch\":-5", "ifMatch is -5;")]
    [InlineData("\"ifMatch\":1.5", "ifMatch is 1.5;")]
    [InlineData("\"ifMatch\":18446744073709551616", "ifMatch is 18446744073709551616;")]
    [InlineData("\"ifMatch\":\"\"", "ifMatch is \"\";")]
    [InlineData("\"ifMatch\":\"\\\"\\\"\"", "ifMatch is ")]
    [InlineData("\"ifMatch\":null", "ifMatch is null;")]
    [InlineData("\"ifMatch\":[7]", "ifMatch is [7];")]
    [InlineData("\"ifNoneMatch\":7", "a write takes \"*\" only")]
    [InlineData("\"ifNoneMatch\":\"*\",\"ifMatch\":7", "at most one is allowed")]
    [InlineData("\"version\":\"x\"", "version is \"x\"; it must be a version")]
    [InlineData("\"delete\":true", "both 'document' and 'delete'")]
    [InlineData(
        "\"if_seq_no\":7",
        "'if_seq_no' is no member of a line; allowed are path, document, delete, ifMatch, ifNoneMatch, version.")]
    public void A_condition_that_is_none_is_told_why(string member, string told)
    {
        Assert.Contains(
            told, Read($$$"""{"path":"/wiki/1",{{{member}}},"document":{}}""", out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deletion_can_not_want_that_nothing_is_stored() => Assert.Contains(
        "no meaning for a deletion", Read("""{"path":"/wiki/1","delete":true,"ifNoneMatch":"*"}""", out _),
        StringComparison.Ordinal);

    [Fact]
    public void A_document_is_traced_back_to_its_line_past_blank_and_broken_ones()
    {
        var run = new BulkRun("/wiki/", "id");
        string[] lines = ["", """{"id":0}""", "{", " ", """{"id":1}""", """{"id":2}""", "broken", """{"id":3}"""];
        var taken = lines.Where(line => run.TryTake(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)), out _));
        Assert.Equal(4, taken.Count());
        Assert.Equal([2, 5, 6, 8], Enumerable.Range(0, 4).Select(run.LineOf));
        Assert.Equal([3, 7], run.Broken.Select(failure => failure.Line));
    }

    [Fact]
    public void Endless_broken_lines_end_the_request()
    {
        var run = new BulkRun("/wiki/", "id");
        var broken = new ReadOnlySequence<byte>("x"u8.ToArray());
        var refused = Assert.Throws<ApiException>(() =>
        {
            for (var i = 0; i < 20_000; i++) run.TryTake(broken, out _);
        });
        Assert.Equal(StatusCode.BadDocument, refused.Status);
    }

    [Fact]
    public async Task Lines_are_the_same_however_the_stream_is_cut()
    {
        var bytes = "one\ntwo\r\n\nlast"u8.ToArray();
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var pipe = new Pipe();
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut), TestContext.Current.CancellationToken);
            var reader = new LineReader(pipe.Reader, 100);
            var reading = ReadAllAsync(reader);
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut), TestContext.Current.CancellationToken);
            await pipe.Writer.CompleteAsync();
            Assert.Equal(["one", "two\r", "", "last"], await reading);
        }
    }

    [Fact]
    public async Task A_line_over_the_limit_is_refused_with_its_number()
    {
        var pipe = PipeReader.Create(new MemoryStream("ok\n0123456789x\n"u8.ToArray()));
        var refused = await Assert.ThrowsAsync<ApiException>(() => ReadAllAsync(new LineReader(pipe, 10)));
        Assert.Equal(StatusCode.TooLarge, refused.Status);
        Assert.Contains("Line 2", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadAllAsync(LineReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } line)
            lines.Add(Encoding.UTF8.GetString(line));
        return lines;
    }

    private static string? Read(string text, out BulkLine line) =>
        BulkLine.TryRead(Encoding.UTF8.GetBytes(text), "/wiki/", "id", out line);
}
