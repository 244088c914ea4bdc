using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class WorkloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loadgen-workload-").FullName;

    public static TheoryData<string> BuiltIn => [.. WorkloadFile.BuiltIn];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Each_that_comes_with_the_program_is_well(string name)
    {
        var spec = WorkloadFile.Read(name, out var error);
        Assert.Null(error);
        Assert.Equal(name, spec!.Name);
        Assert.NotEmpty(spec.About);
        if (spec.Trace is { } trace) spec = spec with { Trace = trace with { File = Write("t.keys", "a\nb\n") } };
        var workload = WorkloadRules.Prepare(spec, 1, 0, 1, out var problem);
        Assert.Equal("", problem.Member ?? "");
        Assert.True(workload!.Stream(100, true, 0, 1).TryNext(out _, out _));
    }

    [Fact]
    public void Generators_that_work_together_send_evenly_and_not_at_the_same_moments()
    {
        var workload = WorkloadRules.Prepare(WorkloadFile.Read("ycsb-c", out _)!, 1, 0, 1, out _)!;
        var dues = new List<long>();
        for (var index = 0; index < 4; index++)
        {
            var stream = workload.Stream(250, false, index, 4);
            for (var i = 0; i < 100; i++)
            {
                Assert.True(stream.TryNext(out var due, out _));
                dues.Add(due);
            }
        }

        dues.Sort();
        Assert.All(dues.Zip(dues.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 999_998, 1_000_002));
    }

    [Fact]
    public void The_six_of_ycsb_have_its_shares()
    {
        string Shares(string name) => string.Join(
            ' ', WorkloadFile.Read(name, out _)!.Operations.Select(o => $"{o.Key}={o.Value}"));
        Assert.Equal("get=50 set=50", Shares("ycsb-a"));
        Assert.Equal("get=95 set=5", Shares("ycsb-b"));
        Assert.Equal("get=1", Shares("ycsb-c"));
        Assert.Equal("get=95 insert=5", Shares("ycsb-d"));
        Assert.Equal("scan=95 insert=5", Shares("ycsb-e"));
        Assert.Equal("get=50 modify=50", Shares("ycsb-f"));
        Assert.Equal("latest:0.99", WorkloadFile.Read("ycsb-d", out _)!.Keys);
    }

    [Theory]
    [InlineData("""{ "operatoins": {} }""", "operatoins")]
    [InlineData("""{ "records": "many" }""", "records")]
    [InlineData("""{ "operations": { "get": 1.5 } }""", "operations.get")]
    [InlineData("""{ "search": { "size": [] } }""", "search.size")]
    [InlineData("""{ "records": 5""", "line")]
    [InlineData("""{ "operations": null }""", "operations")]
    [InlineData("null", "null")]
    public void What_a_file_may_not_have_is_an_error_that_names_it(string json, string expected)
    {
        Assert.Null(WorkloadFile.Read(Write("w.json", json), out var error));
        Assert.Contains("w.json", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "operations": { "read": 1 } }""", "operations.read", "read is no operation")]
    [InlineData("""{ "operations": { "get": -1 } }""", "operations.get", "-1")]
    [InlineData("""{ "operations": { "get": 0 } }""", "operations", "no weight")]
    [InlineData("{}", "operations", "no weight")]
    [InlineData("""{ "operations": { "get": 1 }, "records": 0 }""", "records", "0")]
    [InlineData("""{ "operations": { "get": 1 }, "prefix": "" }""", "prefix", "''")]
    [InlineData("""{ "operations": { "get": 1 }, "paths": "none.txt" }""", "paths", "none.txt")]
    [InlineData("""{ "operations": { "get": 1 }, "keys": "gauss" }""", "keys", "gauss")]
    [InlineData("""{ "operations": { "get": 1 }, "values": "x" }""", "values", "x")]
    [InlineData("""{ "operations": { "get": 1 }, "ttl": "10ms" }""", "ttl", "10ms")]
    [InlineData("""{ "operations": { "scan": 1 }, "scanKeysMax": 0 }""", "scanKeysMax", "0")]
    [InlineData("""{ "operations": { "search": 1 } }""", "search.collection", "missing")]
    [InlineData("""{ "operations": { "search": 1 }, "search": { "collection": "c" } }""", "search.queries", "missing")]
    [InlineData("""{ "operations": { "get": 1 }, "search": { "queriesFile": "q" } }""", "search.queriesFile", "q")]
    [InlineData("""{ "operations": { "get": 1 }, "search": { "size": -1 } }""", "search.size", "-1")]
    [InlineData("""{ "trace": {} }""", "trace.file", "missing")]
    [InlineData("""{ "trace": { "file": "none" } }""", "trace.file", "none")]
    [InlineData("""{ "trace": { "file": "t", "speed": 0 } }""", "trace.speed", "0")]
    public void A_member_that_is_wrong_is_named_with_its_value(string json, string member, string expected)
    {
        var spec = WorkloadFile.Parse("w", json, out var error);
        Assert.Null(error);
        Assert.Null(WorkloadRules.Prepare(spec!, 1, 0, 1, out var problem));
        Assert.Equal(member, problem.Member);
        Assert.Contains(expected, problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_named_in_a_workload_lie_beside_it()
    {
        Write("queries.txt", "one\n\n two \n");
        var file = Write("w.json", """
            { // comments are allowed
              "operations": { "search": 1 },
              "search": { "collection": "c", "queriesFile": "queries.txt" },
            }
            """);
        var spec = WorkloadFile.Read(file, out var error);
        Assert.Null(error);
        Assert.Equal(["one", "two"], WorkloadRules.Prepare(spec!, 1, 0, 1, out _)!.Queries);
    }

    [Fact]
    public void A_name_that_is_neither_workload_nor_file_is_told_with_those_there_are()
    {
        Assert.Null(WorkloadFile.Read("ycsb-z", out var error));
        Assert.Contains("ycsb-z", error, StringComparison.Ordinal);
        Assert.Contains("ycsb-a", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_keys_are_asked_for_most_and_inserts_are_among_them()
    {
        var space = new KeySpace(1_000, 0, 1);
        var latest = new LatestKeys(space, 0.99, new Random(1));
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.InRange(latest.Next(), 0, 999));
        for (var i = 0; i < 100; i++) space.Insert();
        var drawn = Enumerable.Range(0, 10_000).Select(_ => latest.Next()).ToList();
        Assert.All(drawn, key => Assert.InRange(key, 0, 1_099));
        Assert.True(drawn.Count(key => key == 1_099) > drawn.Count(key => key == 1_090));
        Assert.True(drawn.Count(key => key >= 1_000) > 5_000);
    }

    [Fact]
    public void Generators_that_work_together_insert_different_keys_and_fill_all()
    {
        var spaces = Enumerable.Range(0, 3).Select(index => new KeySpace(10, index, 3)).ToArray();
        var inserted = spaces.SelectMany(s => Enumerable.Range(0, 5).Select(_ => s.Insert())).Order();
        Assert.Equal(Enumerable.Range(10, 15).Select(key => (long)key), inserted);
        Assert.Equal([10L, 13L], [spaces[0].Of(10), spaces[0].Of(11)]);
        var filled = Enumerable.Range(0, 3).SelectMany(index => new Running.Share(index, 3).Keys(10)).Order();
        Assert.Equal(Enumerable.Range(0, 10).Select(key => (long)key), filled);
    }

    [Fact]
    public void What_people_type_grows_letter_by_letter_into_the_whole_query()
    {
        var typed = new TypedQueries(["red fox"], typos: 0, new Random(1));
        var seen = Enumerable.Range(0, 2_000).Select(_ => typed.Next()).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["re*", "red f*", "red fo*", "red fox", "red*"], seen);
    }

    [Fact]
    public void Queries_shorter_than_the_first_letters_are_asked_as_they_are()
    {
        var typed = new TypedQueries(["x"], typos: 0, new Random(1));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal("x", typed.Next()));
    }

    [Fact]
    public void Who_mistypes_gets_a_letter_behind_the_first_wrong()
    {
        var typed = new TypedQueries(["hedgerow"], typos: 1, new Random(1));
        var whole = Enumerable.Range(0, 2_000).Select(_ => typed.Next()).Where(text => !text.EndsWith('*')).ToArray();
        Assert.NotEmpty(whole);
        Assert.All(whole, text => Assert.InRange(text.Length, 7, 9));
        Assert.All(whole, text => Assert.Equal('h', text[0]));
        Assert.Contains(whole, text => text != "hedgerow");
    }

    [Fact]
    public void Instant_searches_ask_for_what_was_typed_without_a_star()
    {
        var spec = new WorkloadSpec
        {
            Operations = new Dictionary<string, int> { ["instant"] = 1 },
            Search = new SearchSpec { Collection = "words", Queries = ["hedge row"], AsYouType = true, Typos = 0.5 },
        };
        var source = WorkloadRules.Prepare(spec, 1, 0, 1, out var problem)!.Source(1);
        Assert.Equal("", problem.Member ?? "");
        var operations = Enumerable.Range(0, 200).Select(_ => source.Next()).ToArray();
        Assert.All(operations, operation => Assert.Equal(OperationKind.Instant, operation.Kind));
        Assert.DoesNotContain(operations, operation => operation.Query.Contains('*'));
    }

    [Fact]
    public void The_same_seed_draws_the_same_requests()
    {
        var spec = WorkloadFile.Read("session-store", out _)!;
        List<(long, Operation)> Draw(int seed)
        {
            var stream = WorkloadRules.Prepare(spec, seed, 0, 1, out _)!.Stream(1_000, true, 0, 1);
            return [.. Enumerable.Range(0, 200)
                .Select(_ => stream.TryNext(out var due, out var o) ? (due, o) : default)];
        }

        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));
        Assert.All(Draw(7).Where(d => d.Item2.ValueBytes > 0), d => Assert.Equal(1_800, d.Item2.TtlSeconds));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
