using System.IO.Compression;
using System.Text.Json;
using Hedgerow.Server.Cli;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Each client verb against a process that serves.</summary>
public sealed class VerbTests : IClassFixture<ServeFixture>
{
    private readonly ServeFixture _serve;

    public VerbTests(ServeFixture serve)
    {
        _serve = serve;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Value_that_was_set_comes_back_byte_for_byte_and_is_gone_after_delete()
    {
        (await RunAsync("set", "/v/greeting", "hällo", "--flags", "7", "--ttl", "1h")).MustSucceed();
        var get = (await RunAsync("get", "/v/greeting", "--with-meta")).MustSucceed();
        Assert.Equal("hällo", get.Output);
        Assert.Contains("flags   7", get.Error, StringComparison.Ordinal);

        (await RunAsync("delete", "/v/greeting")).MustSucceed();
        var missing = await RunAsync("get", "/v/greeting");
        Assert.Equal(ExitCodes.Failed, missing.ExitCode);
        Assert.Contains("There is no entry at /v/greeting.", missing.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, (await RunAsync("delete", "/v/greeting")).ExitCode);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("wait_for")]
    public async Task Write_that_asks_for_a_refresh_is_found_when_the_verb_is_done(string refresh)
    {
        var word = $"zyx{refresh.Replace("_", "", StringComparison.Ordinal)}";
        var path = $"/words/{word}";
        var document = $$"""{"id":"{{word}}","words":"{{word}}"}""";
        (await RunAsync("set", path, document, "--refresh", refresh)).MustSucceed();
        Assert.Contains(path, (await RunAsync("search", "words", word)).Output, StringComparison.Ordinal);
        (await RunAsync("delete", path, "--refresh", refresh)).MustSucceed();
        Assert.DoesNotContain(path, (await RunAsync("search", "words", word)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_go_from_file_to_file_and_from_standard_input()
    {
        var bytes = new byte[100_000];
        new Random(3).NextBytes(bytes);
        await File.WriteAllBytesAsync(_serve.FilePath("in.bin"), bytes, Cancel);
        (await RunAsync("set", "/v/file", "--file", _serve.FilePath("in.bin"))).MustSucceed();
        (await RunAsync("get", "/v/file", "--output", _serve.FilePath("out.bin"))).MustSucceed();
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_serve.FilePath("out.bin"), Cancel));

        (await CommandRun.WithInput("from a pipe", "set", "/v/pipe", "-", "--server", _serve.Server)).MustSucceed();
        Assert.Equal("from a pipe", (await RunAsync("get", "/v/pipe")).Output);
    }

    [Fact]
    public async Task Conditions_of_a_set_are_kept_and_told()
    {
        var set = (await RunAsync("set", "/v/cas", "one", "--if-absent", "--json")).MustSucceed();
        using var json = JsonDocument.Parse(set.Output);
        var version = json.RootElement.GetProperty("version").GetUInt64();

        var again = await RunAsync("set", "/v/cas", "two", "--if-absent");
        Assert.Equal(ExitCodes.Failed, again.ExitCode);
        Assert.Contains($"exists already, at version {version}", again.Error, StringComparison.Ordinal);

        (await RunAsync("set", "/v/cas", "two", "--if-version", $"{version}")).MustSucceed();
        var stale = await RunAsync("set", "/v/cas", "three", "--if-version", $"{version}");
        Assert.Equal(ExitCodes.Failed, stale.ExitCode);
        Assert.Contains("not at the one given", stale.Error, StringComparison.Ordinal);
        Assert.Equal("two", (await RunAsync("get", "/v/cas")).Output);

        var unmoved = await RunAsync("delete", "/v/cas", "--if-version", $"{version}");
        Assert.Equal(ExitCodes.Failed, unmoved.ExitCode);
        Assert.Contains("not at the one given", unmoved.Error, StringComparison.Ordinal);
        using var got = JsonDocument.Parse((await RunAsync("get", "/v/cas", "--json")).MustSucceed().Output);
        var now = got.RootElement.GetProperty("version").GetUInt64();
        Assert.Equal("two", (await RunAsync("get", "/v/cas", "--min-version", $"{now}")).MustSucceed().Output);
        var newer = await RunAsync("get", "/v/cas", "--min-version", $"{now + 1}");
        Assert.Equal(ExitCodes.Failed, newer.ExitCode);
        Assert.Contains($"has version {now + 1} yet", newer.Error, StringComparison.Ordinal);
        (await RunAsync("delete", "/v/cas", "--if-version", $"{now}")).MustSucceed();
        Assert.Equal(ExitCodes.Failed, (await RunAsync("get", "/v/cas")).ExitCode);
    }

    [Fact]
    public async Task Replicas_are_checked_and_repaired_from_the_command_line()
    {
        await File.WriteAllTextAsync(
            _serve.FilePath("r.json"), """{"fields":[{"name":"t","type":"text"}]}""", Cancel);
        await File.WriteAllTextAsync(_serve.FilePath("r.jsonl"), """{"id":"1","t":"otters"}""", Cancel);
        (await RunAsync(
            "import", _serve.FilePath("r.jsonl"), "--collection", "r", "--schema", _serve.FilePath("r.json")))
            .MustSucceed();
        var check = (await RunAsync("collection", "repair", "r", "--check", "--json")).MustSucceed();
        using var json = JsonDocument.Parse(check.Output);
        Assert.All(
            json.RootElement.GetProperty("replicas").EnumerateArray(),
            row => Assert.Equal("well", row.GetProperty("state").GetString()));
        var none = (await RunAsync("collection", "repair", "r")).MustSucceed();
        Assert.Contains("No replica of r needs repair.", none.Output, StringComparison.Ordinal);
        var unknown = await RunAsync("collection", "repair", "r", "--leaf", "none");
        Assert.NotEqual(ExitCodes.Ok, unknown.ExitCode);
        Assert.Contains("There is no leaf 'none'", unknown.Error, StringComparison.Ordinal);
        var undeclared = await RunAsync("collection", "repair", "none");
        Assert.NotEqual(ExitCodes.Ok, undeclared.ExitCode);
        Assert.Contains("none", undeclared.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collection_is_reindexed_named_and_dropped_from_the_command_line()
    {
        await File.WriteAllTextAsync(
            _serve.FilePath("old.json"), """{"fields":[{"name":"t","type":"text"}]}""", Cancel);
        await File.WriteAllTextAsync(
            _serve.FilePath("new.json"), """{"fields":[{"name":"t","type":"text","analyzer":"english"}]}""", Cancel);
        await File.WriteAllLinesAsync(
            _serve.FilePath("t.jsonl"), Enumerable.Range(0, 300).Select(i => $$"""{"id":"{{i}}","t":"otters"}"""),
            Cancel);
        (await RunAsync(
            "import", _serve.FilePath("t.jsonl"), "--collection", "t", "--schema", _serve.FilePath("old.json")))
            .MustSucceed();
        Assert.Contains("0 of", (await RunAsync("search", "t", "otter")).Output, StringComparison.Ordinal);
        var reindex = (await RunAsync("collection", "reindex", "t", "--schema", _serve.FilePath("new.json")))
            .MustSucceed();
        Assert.Contains("300 documents", reindex.Output, StringComparison.Ordinal);
        (await RunAsync("collection", "alias", "tt", "t")).MustSucceed();
        var search = (await RunAsync("search", "tt", "otter", "--json")).MustSucceed();
        using var found = JsonDocument.Parse(search.Output);
        Assert.Equal(300, found.RootElement.GetProperty("total").GetInt64());
        Assert.Contains("tt", (await RunAsync("collection", "list")).MustSucceed().Output, StringComparison.Ordinal);

        var unsaid = await RunAsync("collection", "drop", "t");
        Assert.Equal(ExitCodes.Usage, unsaid.ExitCode);
        Assert.Contains("--yes", unsaid.Error, StringComparison.Ordinal);
        (await RunAsync("collection", "drop", "t", "--yes")).MustSucceed();
        Assert.Equal(ExitCodes.Failed, (await RunAsync("search", "tt", "otter")).ExitCode);
    }

    [Fact]
    public async Task Search_prints_hits_with_snippets_and_whole_coverage_and_json_for_machines()
    {
        var search = (await RunAsync("search", "words", "plant", "--size", "2", "--explain-coverage")).MustSucceed();
        Assert.Contains("*plant", search.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("of 4 shards (coverage whole)", search.Output, StringComparison.Ordinal);
        Assert.Contains("Every shard answered", search.Output, StringComparison.Ordinal);

        var told = (await RunAsync("search", "words", "plant", "--size", "1", "--explain", "--profile")).MustSucceed();
        Assert.Contains("idf", told.Output, StringComparison.Ordinal);
        Assert.Contains("router", told.Output, StringComparison.Ordinal);
        Assert.Contains("queued", told.Output, StringComparison.Ordinal);

        var machine = await RunAsync("search", "words", "plant", "--size", "2", "--fields", "kind", "--json");
        using var json = JsonDocument.Parse(machine.MustSucceed().Output);
        Assert.Equal(2, json.RootElement.GetProperty("hits").GetArrayLength());
        var source = json.RootElement.GetProperty("hits")[0].GetProperty("source");
        Assert.Equal("kind", Assert.Single(source.EnumerateObject()).Name);
    }

    [Fact]
    public async Task Exported_collection_is_in_path_order_and_imports_again_as_it_was()
    {
        const string lines =
            "{\"id\":\"b\",\"t\":\"two\"}\n{\"id\":\"a\",\"t\":\"one\"}\n{\"id\":\"c\",\"t\":\"three\"}\n";
        const string sorted =
            "{\"id\":\"a\",\"t\":\"one\"}\n{\"id\":\"b\",\"t\":\"two\"}\n{\"id\":\"c\",\"t\":\"three\"}\n";
        (await CommandRun.WithInput(
            lines, "import", "-", "--collection", "ex", "--text-fields", "t", "--server", _serve.Server)).MustSucceed();
        Assert.Equal(sorted, (await RunAsync("export", "ex")).MustSucceed().Output);

        var file = _serve.FilePath("ex.jsonl.gz");
        (await RunAsync("export", "ex", "--output", file)).MustSucceed();
        await using (var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
        using (var reader = new StreamReader(gzip))
            Assert.Equal(sorted, await reader.ReadToEndAsync(Cancel));
        (await RunAsync("import", file, "--collection", "ex2", "--text-fields", "t")).MustSucceed();
        Assert.Equal(sorted, (await RunAsync("export", "ex2")).MustSucceed().Output);
    }

    [Fact]
    public async Task Import_without_a_schema_into_nothing_says_how_to_declare_one()
    {
        var import = await CommandRun.WithInput(
            "{\"id\":1}\n", "import", "-", "--collection", "undeclared", "--server", _serve.Server);
        Assert.Equal(ExitCodes.Usage, import.ExitCode);
        Assert.Contains("--text-fields", import.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_lists_leaves_and_collections_and_answers_health_checks()
    {
        var status = (await RunAsync("status")).MustSucceed();
        Assert.Contains("leaf-1", status.Output, StringComparison.Ordinal);
        Assert.Contains("words", status.Output, StringComparison.Ordinal);
        Assert.Equal("ready", (await RunAsync("status", "--ready")).MustSucceed().Output.Trim());

        using var json = JsonDocument.Parse((await RunAsync("status", "--json")).MustSucceed().Output);
        Assert.Equal(2, json.RootElement.GetProperty("leaves").GetArrayLength());
    }

    [Fact]
    public async Task Fault_is_refused_by_leaves_that_were_not_started_for_it()
    {
        var fault = await RunAsync("fault", "leaf-1", "--error-share", "1");
        Assert.Equal(ExitCodes.Failed, fault.ExitCode);
    }

    private Task<CommandRun> RunAsync(params string[] args) => CommandRun.Of([.. args, "--server", _serve.Server]);
}
