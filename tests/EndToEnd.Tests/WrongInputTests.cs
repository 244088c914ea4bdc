using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Cli;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>What a serving process says to wrong requests; and that it serves everybody else meanwhile.</summary>
public sealed class WrongInputTests : IClassFixture<ServeFixture>
{
    private const int ValueBytesMax = 16 << 20;
    private readonly ServeFixture _serve;

    public WrongInputTests(ServeFixture serve)
    {
        _serve = serve;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Broken_line_of_an_import_is_told_with_file_line_and_column_and_leaves_a_position()
    {
        var file = _serve.FilePath("broken.jsonl");
        var good = Enumerable.Range(0, 1_000).Select(n => $$"""{"id":"b{{n}}","words":"broken {{n}}"}""");
        await File.WriteAllLinesAsync(file, [.. good, """{"id":"bad" "words":1}"""], Cancel);

        var import = await CommandRun.Of("import", file, "--collection", "words", "--server", _serve.Server);
        Assert.Equal(ExitCodes.Failed, import.ExitCode);
        Assert.Contains("broken.jsonl:1001:13:", import.Error, StringComparison.Ordinal);
        Assert.Contains("--resume", import.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(file + ".hedgerow-position"));

        await File.WriteAllLinesAsync(file, [.. good, """{"id":"good now","words":"mended"}"""], Cancel);
        var resumed = await CommandRun.Of(
            "import", file, "--collection", "words", "--resume", "--json", "--server", _serve.Server);
        resumed.MustSucceed();
        using var json = System.Text.Json.JsonDocument.Parse(resumed.Output);
        Assert.InRange(json.RootElement.GetProperty("documents").GetInt64(), 1, 1_000);
        Assert.False(File.Exists(file + ".hedgerow-position"));
        (await CommandRun.Of("get", "/words/good now", "--server", _serve.Server)).MustSucceed();
    }

    [Fact]
    public async Task Bad_lines_are_left_out_counted_and_told_when_asked_to()
    {
        const string input = """
            {"id":"s1","words":"a"}
            nonsense

            [1]
            {"words":"no id"}
            {"id":"s2","words":"b"}
            """;
        var import = await CommandRun.WithInput(
            input, "import", "-", "--collection", "words", "--skip-bad", "--server", _serve.Server);
        import.MustSucceed();
        Assert.Contains("Imported 2 documents", import.Output, StringComparison.Ordinal);
        Assert.Contains("3 lines skipped", import.Output, StringComparison.Ordinal);
        Assert.Contains(
            "standard input:4:1: expected a JSON object, found an array", import.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_that_does_not_fit_the_schema_is_told_with_its_line()
    {
        const string input = "{\"id\":\"t1\",\"words\":\"a\"}\n{\"id\":\"t2\",\"words\":{\"not\":\"text\"}}\n";
        var import = await CommandRun.WithInput(
            input, "import", "-", "--collection", "words", "--server", _serve.Server);
        Assert.Equal(ExitCodes.Failed, import.ExitCode);
        Assert.Contains("standard input:2: ", import.Error, StringComparison.Ordinal);
        Assert.Contains("words", import.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(hedge", "")]
    [InlineData("nofield:hedge", "nofield")]
    [InlineData("kind:[a TO", "")]
    public async Task Query_that_does_not_parse_is_told_with_its_column(string query, string expected)
    {
        var search = await CommandRun.Of("search", "words", query, "--server", _serve.Server);
        Assert.Equal(ExitCodes.Usage, search.ExitCode);
        Assert.Contains("column", search.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(expected, search.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collection_that_is_not_declared_is_told()
    {
        var search = await CommandRun.Of("search", "nothing", "x", "--server", _serve.Server);
        Assert.Equal(ExitCodes.Failed, search.ExitCode);
        Assert.Contains("nothing", search.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Path_over_the_limit_is_refused_by_the_command_line_and_over_http_with_both_numbers()
    {
        var path = "/" + new string('p', ProtocolLimits.PathBytesMax);
        var set = await CommandRun.Of("set", path, "x", "--server", _serve.Server);
        Assert.NotEqual(ExitCodes.Ok, set.ExitCode);
        Assert.Contains("8193", set.Error, StringComparison.Ordinal);
        Assert.Contains("8192", set.Error, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = _serve.Http };
        using var put = await http.PutAsync($"/v1/entries{path}", new StringContent("x"), Cancel);
        Assert.InRange((int)put.StatusCode, 400, 499);
        Assert.Contains("8192", await put.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_over_the_limit_is_refused_natively_and_over_http_with_the_limit()
    {
        await using var client = await _serve.ClientAsync();
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            async () => await client.SetAsync("/big", new byte[ValueBytesMax + 1], cancel: Cancel));
        Assert.Equal(StatusCode.TooLarge, refused.Status);
        Assert.Contains($"{ValueBytesMax}", refused.Message, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = _serve.Http };
        using var put = await http.PutAsync(
            "/v1/entries/big", new ByteArrayContent(new byte[ValueBytesMax + 1]), Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, put.StatusCode);
        Assert.Contains($"{ValueBytesMax}", await put.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        var largest = new byte[ValueBytesMax];
        Assert.True((await client.SetAsync("/big", largest, cancel: Cancel)).Succeeded);
        using var entry = await client.GetAsync("/big", Cancel);
        Assert.Equal(largest.Length, entry.Value.Length);
    }

    public static TheoryData<string> Malformed =>
        ["text of another protocol", "unknown version", "huge length", "random bytes"];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_frame_ends_its_own_connection_and_no_other(string kind)
    {
        await using var neighbour = await _serve.ClientAsync();
        Assert.True((await neighbour.SetAsync("/neighbour", "1"u8.ToArray(), cancel: Cancel)).Succeeded);

        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _serve.Port, Cancel);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Bytes(kind), Cancel);
        await ReadToEndAsync(stream);

        using var entry = await neighbour.GetAsync("/neighbour", Cancel);
        Assert.True(entry.Found);
    }

    // The server closes: reading ends, with or without an answer, and whether it closes softly or hard.
    private static async Task ReadToEndAsync(NetworkStream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null, Cancel);
        }
        catch (IOException reset) when (reset.InnerException is SocketException)
        {
            Assert.Equal(SocketError.ConnectionReset, ((SocketException)reset.InnerException).SocketErrorCode);
        }
    }

    private static byte[] Bytes(string kind)
    {
        var header = new RequestHeader { Opcode = Opcode.Get, ProtocolVersion = 1, RequestId = 1, BodyLength = 0 };
        var bytes = new byte[RequestHeader.Size];
        switch (kind)
        {
            case "text of another protocol":
                return "GET / HTTP/1.1\r\nHost: hedgerow\r\n\r\n"u8.ToArray();
            case "unknown version":
                (header with { ProtocolVersion = 99 }).WriteTo(bytes);
                return bytes;
            case "huge length":
                header.WriteTo(bytes);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, uint.MaxValue);
                return bytes;
            default:
                var random = new byte[4_096];
                new Random(7).NextBytes(random);
                return random;
        }
    }
}
