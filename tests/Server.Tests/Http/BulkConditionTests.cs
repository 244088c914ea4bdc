using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Lines of bulks that are written on a condition, over seven shards with two replicas each.</summary>
public sealed class BulkConditionTests : IAsyncLifetime
{
    private const string Schema = """{"fields":[{"name":"title","type":"text"}]}""";

    private RunningNode? _node;

    private HttpClient Http => _node!.Http;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.ServeAsync("--shards=7", "--replicas=2", "--router.bulkTimeout=1m");
        await SendAsync(HttpMethod.Put, "/v1/collections/pond", Schema, HttpStatusCode.OK);
    }

    public ValueTask DisposeAsync() => _node!.DisposeAsync();

    [Fact]
    public async Task A_line_whose_version_is_not_stored_is_told_so_and_its_neighbours_are_written()
    {
        await BulkAsync("""{"id":"a","title":"one"}""", """{"id":"b","title":"one"}""", """{"id":"c","title":"one"}""");
        var (a, b) = (await VersionAsync("/pond/a"), await VersionAsync("/pond/b"));
        var answer = await BulkAsync(
            Line("/pond/a", $"\"ifMatch\":\"{a}\"", "two"),
            Line("/pond/b", $"\"ifMatch\":\"{b - 1}\"", "two"),
            Line("/pond/c", "\"ifNoneMatch\":\"*\"", "two"),
            """{"id":"d","title":"two"}""",
            Line("/pond/e", $"\"ifMatch\":{a}", "two"),
            Line("/pond/f", "\"ifMatch\":\"*\"", "two"),
            Line("/pond/g", "\"ifNoneMatch\":\"*\"", "two"),
            Line("/lake/a", "\"ifNoneMatch\":\"*\"", "two"),
            Line("/pond/h", "\"if_seq_no\":7", "two"),
            Line("/pond/c", "\"ifMatch\":\"*\"", "three"));
        Assert.Equal(
            [
                $"2 version_mismatch '/pond/b' is stored in version {b}, not in {b - 1}.",
                $"3 exists '/pond/c' is stored already, in version {VersionTold(answer, 3)}.",
                $"5 version_mismatch '/pond/e' is not stored, and the write wants version {a} to be.",
                "6 version_mismatch '/pond/f' is not stored, and the write wants it to be.",
                "8 bad_request The path '/lake/a' is not one of collection 'pond': its documents' paths begin with "
                    + "/pond/ and with no longer declared prefix.",
                "9 bad_document 'if_seq_no' is no member of a line; allowed are path, document, delete, ifMatch, "
                    + "ifNoneMatch, version.",
            ],
            Failures(answer));
        Assert.Equal((4, 6), (Number(answer, "accepted"), Number(answer, "failed")));
        foreach (var (path, title) in new[] { ("a", "two"), ("b", "one"), ("c", "three"), ("d", "two"), ("g", "two") })
            Assert.Equal(title, await TitleAsync("/pond/" + path));
        foreach (var path in new[] { "/pond/e", "/pond/f", "/pond/h", "/lake/a" })
            Assert.Null(await TitleAsync(path));
    }

    [Fact]
    public async Task A_deletion_has_its_version_too()
    {
        await BulkAsync("""{"id":"x","title":"one"}""", """{"id":"y","title":"one"}""");
        var answer = await BulkAsync(
            $$"""{"path":"/pond/x","delete":true,"ifMatch":"{{await VersionAsync("/pond/y")}}1"}""",
            $$"""{"path":"/pond/y","delete":true,"ifMatch":"{{await VersionAsync("/pond/y")}}"}""",
            """{"path":"/pond/z","delete":true,"ifMatch":"*"}""");
        Assert.Equal(["1", "3"], Failures(answer).Select(failure => failure.Split(' ')[0]));
        Assert.Equal("one", await TitleAsync("/pond/x"));
        Assert.Null(await TitleAsync("/pond/y"));
    }

    [Fact]
    public async Task A_collection_with_a_prefix_of_its_own_names_its_lines_by_it()
    {
        await SendAsync(
            HttpMethod.Put, "/v1/collections/books",
            """{"pathPrefix":"book:","fields":[{"name":"title","type":"text"}]}""", HttpStatusCode.OK);
        var answer = await SendAsync(
            HttpMethod.Post, "/v1/collections/books/bulk",
            """{"id":"1","title":"one"}""" + "\n" + Line("book:2", "\"ifNoneMatch\":\"*\"", "two") + "\n"
                + Line("/books/3", "\"ifNoneMatch\":\"*\"", "three"),
            HttpStatusCode.OK);
        Assert.StartsWith(
            "3 bad_request The path '/books/3'", Assert.Single(Failures(answer)), StringComparison.Ordinal);
        Assert.Equal("one", await TitleAsync("book:1"));
        Assert.Equal("two", await TitleAsync("book:2"));
        Assert.Null(await TitleAsync("/books/3"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_lines_end_as_one_after_the_other_would(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<string, string>();
        for (var round = 0; round < 12; round++)
        {
            var versions = new Dictionary<string, ulong>();
            foreach (var path in model.Keys) versions[path] = await VersionAsync(path);
            var written = new HashSet<string>();
            var (lines, expected) = (new List<string>(), new List<int>());
            for (var i = 1; i <= 120; i++)
            {
                var path = $"/pond/r{seed}-{random.Next(25)}";
                var title = $"{round}.{i}";
                var holds = true;
                var condition = "";
                var isDelete = random.Next(4) == 0;
                switch (random.Next(5))
                {
                    case 0:
                        var version = versions.GetValueOrDefault(path, 7UL);
                        condition = $",\"ifMatch\":\"{version}\"";
                        holds = model.ContainsKey(path) && versions.ContainsKey(path) && !written.Contains(path);
                        break;
                    case 1:
                        condition = ",\"ifMatch\":9";
                        holds = false;
                        break;
                    case 2:
                        condition = ",\"ifMatch\":\"*\"";
                        holds = model.ContainsKey(path);
                        break;
                    case 3 when !isDelete:
                        condition = ",\"ifNoneMatch\":\"*\"";
                        holds = !model.ContainsKey(path);
                        break;
                }

                lines.Add(isDelete
                    ? $$"""{"path":"{{path}}","delete":true{{condition}}}"""
                    : $$$"""{"path":"{{{path}}}"{{{condition}}},"document":{"title":"{{{title}}}"}}""");
                if (!holds)
                {
                    expected.Add(i);
                    continue;
                }

                written.Add(path);
                if (isDelete) model.Remove(path);
                else model[path] = title;
            }

            var answer = await BulkAsync([.. lines]);
            Assert.Equal(
                expected.Select(line => line.ToString(CultureInfo.InvariantCulture)),
                Failures(answer).Select(failure => failure.Split(' ')[0]));
            for (var i = 0; i < 25; i++)
                Assert.Equal(model.GetValueOrDefault($"/pond/r{seed}-{i}"), await TitleAsync($"/pond/r{seed}-{i}"));
        }
    }

    private static string Line(string path, string condition, string title) =>
        $$$"""{"path":"{{{path}}}",{{{condition}}},"document":{"title":"{{{title}}}"}}""";

    private static string[] Failures(JsonElement answer) =>
    [
        .. answer.GetProperty("failures").EnumerateArray().Select(failure =>
            $"{failure.GetProperty("line")} {failure.GetProperty("code")} {failure.GetProperty("message")}"),
    ];

    private static int Number(JsonElement answer, string member) => answer.GetProperty(member).GetInt32();

    /// <summary>The version that a line's message tells, of a document that a later line has replaced.</summary>
    private static string VersionTold(JsonElement answer, int line)
    {
        var told = Failures(answer).Single(failure => failure.StartsWith($"{line} ", StringComparison.Ordinal));
        var version = told[(told.LastIndexOf(' ') + 1)..].TrimEnd('.');
        Assert.True(ulong.TryParse(version, CultureInfo.InvariantCulture, out var number) && number > 0, told);
        return version;
    }

    private Task<JsonElement> BulkAsync(params string[] lines) => SendAsync(
        HttpMethod.Post, "/v1/collections/pond/bulk", string.Join('\n', lines), HttpStatusCode.OK);

    private async Task<ulong> VersionAsync(string path)
    {
        using var response = await Http.GetAsync(Entry(path), Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return ulong.Parse(response.Headers.ETag!.Tag.Trim('"'), CultureInfo.InvariantCulture);
    }

    private async Task<string?> TitleAsync(string path)
    {
        using var response = await Http.GetAsync(Entry(path), Cancel);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
        return json.GetProperty("title").GetString();
    }

    private static string Entry(string path) => $"/v1/entries?path={Uri.EscapeDataString(path)}";

    private async Task<JsonElement> SendAsync(HttpMethod method, string target, string body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, target)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        using var response = await Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }
}
