using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using Hedgerow.Protocol;
using SortKey = Hedgerow.Protocol.SortKey;

namespace Hedgerow.Router.Tests;

/// <summary>The log of slow searches, in virtual time.</summary>
public sealed class SlowSearchTests : IDisposable
{
    private const int SlowMs = 40;
    private const string Counter = "hedgerow_router_searches_slow_total";

    private readonly ListLogger _log = new();

    private static SearchRequest Query => GatherTests.Query("fish") with { Size = 0 };

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_slow_search_is_logged_with_what_it_asked_for_and_what_became_of_it()
    {
        var cluster = await ClusterAsync(shards: 3, replicas: 1);
        Slow(cluster, SlowMs);
        var request = GatherTests.Query("fish and \n chips") with { From = 2, Sort = [new SortKey("price", true)] };
        var found = await cluster.Finish(cluster.Client.SearchAsync(request));
        var line = Assert.Single(_log.Members);
        Assert.Equal("wiki", line["Collection"]);
        Assert.InRange((long)line["Took"]!, SlowMs, 10_000);
        Assert.Equal(StatusCode.Ok, line["Status"]);
        Assert.Equal((3, 3), (line["ShardsAnswered"], line["Shards"]));
        Assert.Equal(
            (found.Coverage.DocumentsCovered, found.Coverage.DocumentsTotal), (line["Covered"], line["Documents"]));
        Assert.Equal(cluster.Transport.Calls.Count(IsOfSearch), line["Requests"]);
        Assert.Equal((0, 0, 0L), (line["Hedges"], line["Retries"], line["Unlogged"]));
        Assert.Equal("query_string", line["Kind"]);
        Assert.Equal("size 10 from 2 sort price query_string \"fish and \\u000a chips\"", line["Query"]);
        Assert.DoesNotContain('\n', Assert.Single(_log.Lines));
        Assert.Equal(1, cluster.Router.CountersByName[Counter]);
    }

    [Fact]
    public async Task One_that_is_quick_enough_is_not_logged_and_without_the_setting_none_is()
    {
        var cluster = await ClusterAsync(shards: 3);
        await cluster.Client.SearchAsync(Query);
        Assert.Empty(_log.Lines);
        Assert.Equal(0, cluster.Router.CountersByName[Counter]);

        var off = await ClusterAsync(shards: 3, leastMs: 0);
        Slow(off, 1_000);
        await off.Finish(off.Client.SearchAsync(Query));
        Assert.Empty(_log.Lines);
        Assert.Equal(0, off.Router.CountersByName[Counter]);
    }

    [Fact]
    public async Task Second_copies_and_requests_sent_again_are_counted_for_the_search_that_sent_them()
    {
        var cluster = await ClusterAsync(shards: 2);
        await cluster.Client.SearchAsync(Query);
        var isFirst = true;
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(leaf, call =>
            {
                if (call.Header.Opcode != Opcode.Search || call.Header.Shard != 1 || !isFirst) return null;
                isFirst = false;
                return Behaviour.Never;
            });
        }

        Assert.True((await cluster.Finish(cluster.Client.SearchAsync(Query))).Coverage.IsWhole);
        var hedged = Assert.Single(_log.Members);
        Assert.Equal((2, 1, 0), (hedged["Requests"], hedged["Hedges"], hedged["Retries"]));

        isFirst = true;
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(leaf, call =>
            {
                if (call.Header.Opcode != Opcode.Search || call.Header.Shard != 1 || !isFirst) return null;
                isFirst = false;
                return Behaviour.Fails(StatusCode.Unavailable, SlowMs);
            });
        }

        Assert.True((await cluster.Finish(cluster.Client.SearchAsync(Query))).Coverage.IsWhole);
        var retried = _log.Members[1];
        Assert.Equal((2, 1), (retried["Requests"], retried["Retries"]));
    }

    [Fact]
    public async Task One_without_all_shards_that_failed_or_was_given_up_tells_so()
    {
        var cluster = await ClusterAsync(shards: 2, replicas: 1, leaves: 2);
        cluster.Rule("leaf-2", call => call.Header.Opcode == Opcode.Search ? Behaviour.Never : null);
        await cluster.Finish(cluster.Client.SearchAsync(Query));
        Assert.Equal((1, 2), (_log.Members[0]["ShardsAnswered"], _log.Members[0]["Shards"]));

        await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Finish(cluster.Client.SearchAsync(Query with { AllowPartial = false })));
        Assert.NotEqual(StatusCode.Ok, _log.Members[1]["Status"]);
        Assert.Equal((0, 2), (_log.Members[1]["ShardsAnswered"], _log.Members[1]["Shards"]));

        using var cancel = new CancellationTokenSource();
        var givenUp = cluster.Client.SearchAsync(Query, cancel.Token).AsTask();
        cluster.Advance(SlowMs);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.Equal(StatusCode.Cancelled, _log.Members[2]["Status"]);
        Assert.Equal(3, cluster.Router.CountersByName[Counter]);
    }

    [Fact]
    public async Task So_many_lines_a_second_are_written_and_the_next_one_says_how_many_were_not()
    {
        var cluster = await ClusterAsync(shards: 2, replicas: 1);
        Slow(cluster, SlowMs);
        var pending = Enumerable.Range(0, 25).Select(_ => cluster.Client.SearchAsync(Query).AsTask()).ToArray();
        cluster.Advance(SlowMs + 1);
        await Task.WhenAll(pending);
        Assert.Equal(SlowSearches.LinesPerSecondMax, _log.Lines.Count);
        Assert.Equal(25, cluster.Router.CountersByName[Counter]);
        Assert.All(_log.Members, line => Assert.Equal(0L, line["Unlogged"]));

        cluster.Advance(1_000);
        await cluster.Finish(cluster.Client.SearchAsync(Query));
        Assert.Equal(25L - SlowSearches.LinesPerSecondMax, _log.Members[^1]["Unlogged"]);
    }

    [Fact]
    public async Task Instant_searches_are_logged_too()
    {
        var cluster = await ClusterAsync(shards: 1, replicas: 1);
        cluster["leaf-1"].Documents.Instant = new InstantReply
        {
            Words = 1, Counts = [0], Hits = [], Coverage = new Coverage(1, 1, 0, 0),
        };
        cluster.Rule("leaf-1", call => call.Header.Opcode == Opcode.Instant ? Behaviour.After(SlowMs) : null);
        await cluster.Finish(
            cluster.Client.InstantAsync(new InstantRequest { Collection = "wiki", Text = "fi", Size = 4 }));
        var line = Assert.Single(_log.Members);
        Assert.Equal(("instant", "size 4 \"fi\""), (line["Kind"], line["Query"]));
    }

    public static TheoryData<string, string, QueryNode> Outlines() => new()
    {
        { "match_all", "match_all", new MatchAllQuery() },
        { "match", "match t:\"a b\"", new MatchQuery("t", "a b", false) },
        { "match_phrase", "match_phrase t:\"a \\\"b\\\"\"", new PhraseQuery("t", "a \"b\"", 0) },
        { "range", "range p:\"1\" to \"*\"", new RangeQuery("p", "1", null, true, true) },
        { "terms", "terms k[2]", new TermsQuery("k", ["a", "b"]) },
        { "exists", "exists k", new ExistsQuery("k") },
        {
            "bool", "bool( +match t:\"a\" prefix t:\"b\" -exists k #term k:\"c\" )",
            new BooleanQuery(
                [new MatchQuery("t", "a", true)], [new PrefixQuery("t", "b")], [new ExistsQuery("k")],
                [new TermQuery("k", "c")])
        },
        {
            "constant_score", "constant_score( multi_match t,u:\"a\" )",
            new ConstantScoreQuery(new MultiMatchQuery(["t", "u"], "a", MultiMatchType.BestFields))
        },
    };

    [Theory]
    [MemberData(nameof(Outlines))]
    public void A_query_is_told_as_the_API_calls_it(string kind, string text, QueryNode query)
    {
        var outline = OutlineOf(Query with { Query = query });
        Assert.Equal(("wiki", kind, "size 0 " + text), (outline.Collection, outline.Kind, outline.Text));
    }

    [Fact]
    public void A_long_query_is_cut_off_with_its_length_said()
    {
        var text = new string('x', 8_000);
        var query = new BooleanQuery([], [.. Enumerable.Repeat(new MatchQuery("t", text, false), 100)], [], []);
        var outline = OutlineOf(Query with { Query = query }).Text;
        Assert.InRange(outline.Length, SearchOutline.CharactersMax, SearchOutline.CharactersMax + 40);
        var told = outline[(outline.LastIndexOf('(') + 1)..].Split(' ')[0];
        Assert.InRange(long.Parse(told, CultureInfo.InvariantCulture), 100 * 8_000, 100 * 8_100);
    }

    [Fact]
    public void What_is_no_search_is_told_as_that() =>
        Assert.Equal("unreadable", SearchOutline.Of(Opcode.Search, new byte[] { 1, 2, 3 }).Kind);

    /// <summary>One character may be written as eight, and the last one over the limit.</summary>
    [Fact]
    public void Whatever_the_text_it_is_one_line_of_bounded_length() =>
        Gen.Select(Gen.String, Gen.Int[1, 60]).Sample((text, most) =>
        {
            var cut = new CutText(most).Add("a").AddQuoted(text).ToString();
            Assert.True(cut.Length <= most + 40, cut);
            Assert.All(cut.EnumerateRunes(), rune => Assert.False(
                Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator, cut));
            if (text.All(char.IsAsciiLetterOrDigit) && text.Length + 3 <= most) Assert.Equal($"a\"{text}\"", cut);
        });

    private static SearchOutline OutlineOf(SearchRequest request)
    {
        var body = new ArrayBufferWriter<byte>();
        SearchCodec.Write(body, request);
        return SearchOutline.Of(Opcode.Search, body.WrittenMemory);
    }

    private static bool IsOfSearch(SeenCall call) => call.Header.Opcode is Opcode.Search or Opcode.TermStatistics;

    private static void Slow(Cluster cluster, double ms)
    {
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, call => call.Header.Opcode == Opcode.Search ? Behaviour.After(ms) : null);
    }

    private async Task<Cluster> ClusterAsync(int shards, int replicas = 2, int? leaves = null, double leastMs = 30)
    {
        var cluster = new Cluster(
            shards, replicas, o => o.SearchSlowLog = TimeSpan.FromMilliseconds(leastMs), leaves, _log);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 12; i++)
        {
            Assert.True((await cluster.Client.SetAsync(
                $"/wiki/{i:00}", Encoding.UTF8.GetBytes("{\"text\": \"fish\"}"))).Succeeded);
        }

        cluster.Transport.Calls.Clear();
        return cluster;
    }
}
