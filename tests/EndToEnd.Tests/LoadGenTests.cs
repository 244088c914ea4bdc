using System.Globalization;
using System.Text.Json;
using Hedgerow.LoadGen.Cli;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>The load generator against a real server, over each of its protocols. Nothing is judged by time.</summary>
public sealed class LoadGenTests(LoadGenFixture server) : IClassFixture<LoadGenFixture>
{
    public static TheoryData<string, string> ProtocolsAndWorkloads
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var protocol in (string[])["client", "native", "resp", "memcached", "http"])
                foreach (var workload in (string[])["ycsb-a", "ycsb-d", "ycsb-e", "ycsb-f", "session-store"])
                    all.Add(protocol, workload);
            foreach (var protocol in (string[])["client", "native", "http"])
                foreach (var workload in (string[])["mixed", "search-as-you-type"]) all.Add(protocol, workload);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(ProtocolsAndWorkloads))]
    public async Task Every_protocol_carries_every_workload_it_has_operations_for(string protocol, string workload)
    {
        Assert.SkipUnless(protocol == "client" || OperatingSystem.IsLinux(), "raw bytes need Linux (epoll)");
        using var report = await RunAsync(
            "--protocol", protocol, "--server", server.Of(protocol), "--workload", workload, "--keys", "200", "--fill");
        var root = report.RootElement;
        Assert.Equal(0, root.GetProperty("failed").GetInt64() + root.GetProperty("notSent").GetInt64());
        Assert.InRange(root.GetProperty("answers").GetInt64(), 1, long.MaxValue);
        foreach (var operation in root.GetProperty("operations").EnumerateArray())
            Assert.Equal(0, operation.GetProperty("partial").GetInt64());
    }

    [Fact]
    public async Task A_protocol_without_searches_says_so()
    {
        using var errors = new StringWriter();
        string[] arguments = ["--protocol", "memcached", "--server", server.Of("memcached"), "--workload", "mixed"];
        Assert.Equal(2, await LoadCommand.RunAsync(arguments, TextWriter.Null, errors));
        Assert.Contains("--protocol memcached has no search", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_is_replayed_to_its_end()
    {
        var trace = server.Directory["t.csv"];
        string Verb(int i) => i % 3 == 0 ? "set" : "get";
        var lines = Enumerable.Range(0, 300).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{i / 100},k{i % 7},2,64,c,{Verb(i)},60"));
        await File.WriteAllLinesAsync(trace, lines, TestContext.Current.CancellationToken);
        using var report = await RunAsync(
            "--server", server.Of("native"), "--workload", "trace-replay", "--trace", trace, "--speed", "10",
            "--duration", "1m", "--warmup", "0s");
        var root = report.RootElement;
        Assert.Equal((300, 0), (root.GetProperty("answers").GetInt64(), root.GetProperty("failed").GetInt64()));
        Assert.Equal(1_000, root.GetProperty("rateAsked").GetDouble(), 0.01);
    }

    [Fact]
    public async Task Two_processes_fill_and_load_together_and_their_counts_add_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "raw bytes need Linux (epoll)");
        var log = server.Directory["run.hlog"];
        using var report = await RunAsync(
            "--protocol", "resp", "--server", server.Of("resp"), "--processes", "2", "--workload", "ycsb-b",
            "--keys", "200", "--fill", "--rate", "200", "--arrivals", "constant", "--hlog", log);
        var root = report.RootElement;
        Assert.Equal((0, 0), (root.GetProperty("failed").GetInt64(), root.GetProperty("misses").GetInt64()));
        var answers = root.GetProperty("answers").GetInt64();
        // 200 a second over half a second, of two who send 100 a second each.
        Assert.InRange(answers, 96, 100);
        var counted = root.GetProperty("intervals").EnumerateArray().Where(i => !i.GetProperty("warmup").GetBoolean());
        Assert.Equal(answers, counted.Sum(i => i.GetProperty("answers").GetInt64()));
        Assert.Contains("Tag=get,", await ReadAsync(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exit_code_tells_whether_the_objective_was_met()
    {
        string[] arguments =
        [
            "--server", server.Of("native"), "--keys", "50", "--fill", "--rate", "50", "--warmup", "100ms",
            "--duration", "400ms", "--timeout", "30s", "--live", "off",
        ];
        using var output = new StringWriter();
        Assert.Equal(0, await LoadCommand.RunAsync(
            [.. arguments, "--objective", "errors<=0%,max<1h"], output, TextWriter.Null));
        Assert.Contains("met: max<1h", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await LoadCommand.RunAsync(
            [.. arguments, "--objective", "p50<1us"], output, TextWriter.Null));
        Assert.Contains("MISSED: p50<1us", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await LoadCommand.RunAsync(
            [.. arguments, "--objective", "p50<1"], output, TextWriter.Null));
    }

    [Fact]
    public async Task A_report_has_a_page_beside_it()
    {
        var page = server.Directory["run.html"];
        using var report = await RunAsync("--server", server.Of("native"), "--keys", "50", "--fill", "--html", page);
        Assert.Contains("<svg", await ReadAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_and_not_a_report()
    {
        foreach (var protocol in (string[])["client", "resp", "http"])
        {
            using var errors = new StringWriter();
            string[] arguments = ["--protocol", protocol, "--server", $"127.0.0.1:{FreePorts.Take(1)[0]}"];
            Assert.Equal(1, await LoadCommand.RunAsync(arguments, TextWriter.Null, errors));
            Assert.StartsWith("loadgen: ", errors.ToString(), StringComparison.Ordinal);
        }
    }

    private static Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

    /// <summary>A short run; the report that it printed.</summary>
    private static async Task<JsonDocument> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        // What is given stands before the defaults of the tests, which are added where an option was left out.
        (string Name, string Value)[] defaults =
            [("--rate", "40"), ("--warmup", "100ms"), ("--duration", "500ms"), ("--timeout", "30s")];
        var all = arguments.Append("--json")
            .Concat(defaults.Where(d => !arguments.Contains(d.Name) && !IsTrace(d.Name))
                .SelectMany(d => (string[])[d.Name, d.Value]));
        var exit = await LoadCommand.RunAsync([.. all], output, errors);
        Assert.True(exit == 0, errors.ToString());
        return JsonDocument.Parse(output.ToString());

        // A rate would take the place of a trace's own times.
        bool IsTrace(string option) => option == "--rate" && arguments.Contains("--trace");
    }
}
