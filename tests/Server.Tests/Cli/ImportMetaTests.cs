using Hedgerow.Server.Cli;
using Hedgerow.Server.Tests.Http;

namespace Hedgerow.Server.Tests.Cli;

/// <summary>Imports of lines with paths and conditions, and by aliases and into prefixes of their own.</summary>
public sealed class ImportMetaTests : IClassFixture<ApiFixture>
{
    private const string Fields = "\"fields\":[{\"name\":\"title\",\"type\":\"text\"}]";

    private readonly ApiFixture _api;

    public ImportMetaTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task What_was_exported_is_imported_again_only_where_nobody_wrote_since()
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/pond", $"{{{Fields}}}");
        var lines = string.Concat(Enumerable.Range(0, 5).Select(n => $$"""{"id":"{{n}}","title":"old"}""" + "\n"));
        await RunAsync(lines, "import", "-", "--collection", "pond");
        var exported = await RunAsync("", "export", "pond", "--with-meta");
        await RunAsync("", "set", "/pond/3", """{"id":"3","title":"newer"}""");
        var edited = exported.Replace("old", "edited", StringComparison.Ordinal);

        using (var stopped = await EndAsync(
            edited, ExitCodes.Failed, "import", "-", "--collection", "pond", "--with-meta", "--if-unchanged"))
        {
            Assert.Contains(
                "standard input:4: '/pond/3' is stored in version ", stopped.Error, StringComparison.Ordinal);
        }

        Assert.Equal(
            """
            {"id":"0","title":"edited"}
            {"id":"1","title":"edited"}
            {"id":"2","title":"edited"}
            {"id":"3","title":"newer"}
            {"id":"4","title":"edited"}

            """.ReplaceLineEndings("\n"),
            await RunAsync("", "export", "pond"));
        using var skipped = await EndAsync(
            edited, ExitCodes.Ok, "import", "-", "--collection", "pond", "--with-meta", "--if-unchanged", "--skip-bad");
        Assert.Contains("Imported 0 documents", skipped.Output, StringComparison.Ordinal);
        Assert.Contains("5 lines skipped", skipped.Output, StringComparison.Ordinal);
        await RunAsync(edited, "import", "-", "--collection", "pond", "--with-meta");
        Assert.DoesNotContain("newer", await RunAsync("", "export", "pond"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_by_an_alias_goes_to_the_collection()
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/lake-1", $"{{{Fields}}}");
        await _api.SendAsync(HttpMethod.Put, "/v1/aliases/lake", """{"collection":"lake-1"}""");
        await RunAsync("""{"id":"a","title":"deep"}""", "import", "-", "--collection", "lake");
        Assert.Contains("\"path\":\"/lake-1/a\"", await RunAsync("", "export", "lake", "--with-meta"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_goes_by_the_prefix_of_the_collection()
    {
        await _api.SendAsync(
            HttpMethod.Put, "/v1/collections/books", $$"""{"pathPrefix":"{book}:",{{Fields}}}""");
        await RunAsync("""{"id":"a","title":"deep"}""", "import", "-", "--collection", "books");
        Assert.Contains("\"path\":\"{book}:a\"", await RunAsync("", "export", "books", "--with-meta"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--if-unchanged", "--if-unchanged wants --with-meta")]
    [InlineData("--with-meta --path-template /c/{id}", "--path-template and --with-meta exclude each other")]
    public async Task Wrong_usage_says_what_is_wanted(string options, string told)
    {
        using var terminal = new TestTerminal();
        Assert.Equal(
            ExitCodes.Usage, await terminal.RunAsync(["import", "-", "--collection", "c", .. options.Split(' ')]));
        Assert.Contains(told, terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_its_version_is_told()
    {
        await _api.SendAsync(HttpMethod.Put, "/v1/collections/brook", $"{{{Fields}}}");
        using var stopped = await EndAsync(
            """{"path":"/brook/a","document":{"title":"x"}}""", ExitCodes.Failed,
            "import", "-", "--collection", "brook", "--with-meta", "--if-unchanged");
        Assert.Contains("the line has no 'version'", stopped.Error, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string input, params string[] words)
    {
        using var terminal = await EndAsync(input, ExitCodes.Ok, words);
        return terminal.Output;
    }

    private async Task<TestTerminal> EndAsync(string input, int expected, params string[] words)
    {
        var terminal = new TestTerminal(input);
        var code = await terminal.RunAsync([.. words, "--server", _api.Node.Native, "--timeout", "1m"]);
        Assert.True(code == expected, $"{code}: {terminal.Error}");
        return terminal;
    }
}
