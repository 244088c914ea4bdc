using System.Text;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class DocumentTests
{
    [Fact]
    public async Task A_document_is_got_at_once_and_searched_after_the_refresh_interval()
    {
        await using var leaf = await OpenWiki();
        var set = await leaf.Set("/wiki/otter", """{"title":"The sea otter","year":1758}""", version: 9);
        Assert.Equal((StatusCode.Ok, 9ul), (set.Status, set.Header.Version));
        var got = await leaf.Get("/wiki/otter");
        Assert.Equal("""{"title":"The sea otter","year":1758}""", got.Value);
        Assert.Equal(9ul, got.Header.Version);
        Assert.Empty((await leaf.Search("otters")).Hits);
        leaf.Time.Advance(SmallOptions.RefreshInterval);
        var found = await UntilFound(leaf, "otters");
        Assert.Equal(("/wiki/otter", 9ul), (found.Path, found.Version));
    }

    [Fact]
    public async Task A_refresh_that_waits_is_answered_by_the_timer_and_at_once_when_nothing_is_new()
    {
        await using var leaf = await LeafUnderTest.Open();
        await leaf.Declare();
        Assert.Equal(StatusCode.Ok, (await WaitForRefresh(leaf)).Status);
        await leaf.Set("/wiki/a", """{"title":"one"}""");
        var waiting = WaitForRefresh(leaf);
        Assert.Equal(0, (await leaf.Search("one")).Total);
        Assert.False(waiting.IsCompleted);
        leaf.Time.Advance(SmallOptions.RefreshInterval);
        Assert.Equal(StatusCode.Ok, (await waiting).Status);
        Assert.Equal(1, (await leaf.Search("one")).Total);
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_the_timer_of_refreshes()
    {
        await using var leaf = await LeafUnderTest.Open();
        await leaf.Declare();
        await leaf.Set("/wiki/a", """{"title":"one"}""");
        var waiting = WaitForRefresh(leaf);
        await leaf.Service.DrainAsync(default);
        Assert.Equal(StatusCode.Ok, (await waiting).Status);
    }

    private static Task<Answer> WaitForRefresh(LeafUnderTest leaf) =>
        leaf.Call(Opcode.Refresh, "wiki"u8, flags: FrameFlags.Wait);

    [Fact]
    public async Task Refresh_makes_everything_acknowledged_searchable_before_it_answers()
    {
        await using var leaf = await OpenWiki();
        for (var i = 0; i < 50; i++) await leaf.Set($"/wiki/{i}", $$"""{"title":"word{{i}} shared"}""");
        Assert.Equal(StatusCode.Ok, (await leaf.Refresh()).Status);
        Assert.Equal(50, (await leaf.Search("shared")).Total);
    }

    [Fact]
    public async Task The_last_writer_wins_and_a_delete_stays_deleted()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/wiki/a", """{"title":"new"}""", version: 20);
        var old = await leaf.Set("/wiki/a", """{"title":"old"}""", version: 20);
        Assert.Equal((StatusCode.VersionTooOld, 20ul), (old.Status, old.Header.Version));
        Assert.Equal(StatusCode.Ok, (await leaf.Delete("/wiki/a", version: 30)).Status);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/a")).Status);
        var late = await leaf.Set("/wiki/a", """{"title":"late"}""", version: 25);
        Assert.Equal((StatusCode.VersionTooOld, 30ul), (late.Status, late.Header.Version));
        Assert.Equal(StatusCode.NotFound, (await leaf.Delete("/wiki/b", version: 5)).Status);
        Assert.Equal(StatusCode.VersionTooOld, (await leaf.Set("/wiki/b", """{"title":"x"}""", version: 4)).Status);
        Assert.Equal(StatusCode.NotFound, (await leaf.Delete("/wiki/c")).Status);
    }

    [Fact]
    public async Task Who_reads_by_the_version_of_an_own_write_is_told_how_old_the_answer_is()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/wiki/a", """{"title":"new"}""", version: 20);
        var got = await leaf.Get("/wiki/a", atLeast: 20);
        Assert.Equal((StatusCode.Ok, 20ul), (got.Status, got.Header.Version));
        var late = await leaf.Get("/wiki/a", atLeast: 21);
        Assert.Equal((StatusCode.NotFound, 20ul), (late.Status, late.Header.Version));

        // A delete is an answer to who deleted, before it is in a segment and after; an older one is none.
        await leaf.Delete("/wiki/a", version: 30);
        for (var round = 0; round < 2; round++)
        {
            var gone = await leaf.Get("/wiki/a", atLeast: 30);
            Assert.Equal((StatusCode.NotFound, 30ul), (gone.Status, gone.Header.Version));
            await leaf.Refresh();
        }

        Assert.Equal(0ul, (await leaf.Get("/wiki/never", atLeast: 5)).Header.Version);
    }

    [Fact]
    public async Task Without_a_version_a_write_takes_the_stored_one_plus_one()
    {
        await using var leaf = await OpenWiki();
        Assert.Equal(1ul, (await leaf.Set("/wiki/a", """{"title":"one"}""")).Header.Version);
        await leaf.Set("/wiki/a", """{"title":"one"}""", version: 100);
        Assert.Equal(101ul, (await leaf.Set("/wiki/a", """{"title":"two"}""")).Header.Version);
        Assert.Equal(102ul, (await leaf.Delete("/wiki/a")).Header.Version);
    }

    [Fact]
    public async Task Conditional_writes_decide_by_what_is_stored()
    {
        await using var leaf = await OpenWiki();
        const string One = """{"title":"one"}""";
        const string Two = """{"title":"two"}""";
        Assert.Equal(StatusCode.NotFound, (await Run(Opcode.Replace, One, 1)).Status);
        Assert.Equal(StatusCode.NotFound, (await Run(Opcode.CompareAndSet, One, 1, compare: 1)).Status);
        var added = await Run(Opcode.Add, One, 10);
        Assert.Equal((StatusCode.Ok, One, 10ul), (added.Status, added.Value, added.Header.Version));
        var exists = await Run(Opcode.Add, Two, 11);
        Assert.Equal((StatusCode.Exists, 10ul), (exists.Status, exists.Header.Version));
        var mismatch = await Run(Opcode.CompareAndSet, Two, 12, compare: 9);
        Assert.Equal((StatusCode.VersionMismatch, 10ul), (mismatch.Status, mismatch.Header.Version));
        Assert.Equal(StatusCode.Ok, (await Run(Opcode.CompareAndSet, Two, 13, compare: 10)).Status);
        Assert.Equal(StatusCode.Ok, (await Run(Opcode.Replace, One, 14)).Status);
        Assert.Equal(One, (await leaf.Get("/wiki/a")).Value);
        var delete = await leaf.Run(Command(Opcode.Delete, "/wiki/a") with { Version = 15, CompareVersion = 13 });
        Assert.Equal((StatusCode.VersionMismatch, 14ul), (delete.Status, delete.Header.Version));

        Task<Answer> Run(Opcode opcode, string json, ulong version, ulong compare = 0) => leaf.Run(
            Command(opcode, "/wiki/a") with { Value = json, Version = version, CompareVersion = compare },
            FrameFlags.ReturnEntry);
    }

    [Theory]
    [InlineData(Opcode.Append)]
    [InlineData(Opcode.Prepend)]
    [InlineData(Opcode.Increment)]
    [InlineData(Opcode.Touch)]
    public async Task Operations_that_make_no_sense_on_a_document_say_so(Opcode opcode)
    {
        await using var leaf = await OpenWiki();
        var answer = await leaf.Run(Command(opcode, "/wiki/a"));
        Assert.Equal(StatusCode.BadRequest, answer.Status);
        Assert.Contains("document", answer.Text);
    }

    [Fact]
    public async Task Documents_that_are_none_are_refused_and_leave_nothing()
    {
        await using var leaf = await OpenWiki();
        Assert.Equal(StatusCode.BadDocument, (await leaf.Set("/wiki/a", "not json")).Status);
        Assert.Equal(StatusCode.BadDocument, (await leaf.Set("/wiki/a", "[1]")).Status);
        var wrong = await leaf.Set("/wiki/a", """{"year":"soon"}""");
        Assert.Equal(StatusCode.BadDocument, wrong.Status);
        Assert.Contains("year", wrong.Text);
        Assert.Equal(StatusCode.BadRequest, (await leaf.Set("/wiki/a", "")).Status);
        var expiring = await leaf.Set("/wiki/a", """{"title":"x"}""", expiresAtMs: 1);
        Assert.Equal(StatusCode.BadRequest, expiring.Status);
        Assert.Contains("do not expire", expiring.Text);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/a")).Status);
    }

    [Fact]
    public async Task A_bulk_writes_what_is_right_and_names_what_is_not()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/wiki/kept", """{"title":"kept"}""", version: 50);
        await leaf.Set("/wiki/gone", """{"title":"gone"}""", version: 1);
        var reply = await leaf.Bulk(
            Document("/wiki/1", 1, """{"title":"first"}"""),
            Document("/wiki/2", 1, "nonsense"),
            Document("/other/3", 1, """{"title":"elsewhere"}"""),
            Document("/wiki/kept", 49, """{"title":"older"}"""),
            Document("/wiki/gone", 2, ""),
            Document("/wiki/1", 2, """{"title":"first again"}"""));
        Assert.Equal(3, reply.Accepted);
        Assert.Equal(
            [(1, StatusCode.BadDocument), (2, StatusCode.BadRequest), (3, StatusCode.VersionTooOld)],
            reply.Failures.Select(f => (f.Index, f.Status)));
        Assert.All(reply.Failures, failure => Assert.NotEmpty(failure.Message));
        Assert.Contains("/wiki/", reply.Failures[1].Message);
        Assert.Equal("""{"title":"first again"}""", (await leaf.Get("/wiki/1")).Value);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/gone")).Status);
        Assert.Equal("""{"title":"kept"}""", (await leaf.Get("/wiki/kept")).Value);
    }

    [Fact]
    public async Task Statistics_scan_and_collection_get_tell_what_is_there()
    {
        await using var leaf = await OpenWiki();
        await leaf.Bulk([.. Enumerable.Range(0, 10).Select(i => Document($"/wiki/{i}", 1, """{"title":"word"}"""))]);
        await leaf.Refresh();
        var statistics = await leaf.Call(Opcode.TermStatistics, SearchBody("word"));
        Assert.True(SearchCodec.TryRead(statistics.Body, out TermStatistics? terms, out _));
        Assert.Equal((10, 10), (terms.Documents, terms.Terms.Single().Documents));
        var scan = await leaf.Call(Opcode.Scan, Encode(output =>
            ScanCodec.Write(output, new ScanRequest { Collection = "wiki", After = "/wiki/3", Limit = 4 })));
        Assert.True(ScanCodec.TryRead(scan.Body, out ScanReply? page, out _));
        Assert.Equal(["/wiki/4", "/wiki/5", "/wiki/6", "/wiki/7"], page.Documents.Select(d => d.Path));
        Assert.True(page.More);
        foreach (var name in new[] { "", "wiki" })
        {
            var get = await leaf.Call(Opcode.CollectionGet, Encoding.UTF8.GetBytes(name));
            Assert.True(CollectionCodec.TryRead(get.Body, out CollectionList? list, out _));
            var status = list.Collections.Single();
            Assert.Equal(("wiki", 10, 10), (status.Schema.Name, (int)status.Documents, (int)status.Searchable));
        }
    }

    [Fact]
    public async Task A_collection_may_grow_fields_and_not_change_them()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/wiki/a", """{"title":"one","tag":"red"}""");
        var tag = new FieldSchema { Name = "tag", Type = FieldType.Keyword };
        Assert.Equal(StatusCode.Ok, (await leaf.Declare(Wiki with { Fields = [tag] })).Status);
        await leaf.Set("/wiki/b", """{"title":"two","tag":"red"}""");
        await leaf.Refresh();
        Assert.Equal(["/wiki/b"], (await leaf.Search("tag:red")).Hits.Select(h => h.Path));
        Assert.Equal(2, (await leaf.Search("one two")).Total);
        var number = new FieldSchema { Name = "tag", Type = FieldType.Number };
        var conflict = await leaf.Declare(Wiki with { Fields = [number] });
        Assert.Equal(StatusCode.SchemaConflict, conflict.Status);
        Assert.Contains("'tag'", conflict.Text);
        var unknown = await leaf.Declare(Wiki with { Name = "Bad Name" });
        Assert.Equal(StatusCode.BadRequest, unknown.Status);
    }

    [Fact]
    public async Task A_collection_that_would_hide_documents_of_another_is_refused()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/wiki/en/a", """{"title":"one"}""");
        var refused = await leaf.Declare(Wiki with { Name = "wiki/en" });
        Assert.Equal(StatusCode.SchemaConflict, refused.Status);
        Assert.Contains("/wiki/en/", refused.Text);
        Assert.Equal(StatusCode.Ok, (await leaf.Declare(Wiki with { Name = "wiki/de" })).Status);
        await leaf.Set("/wiki/de/a", """{"title":"eins"}""");
        await leaf.Refresh();
        await leaf.Refresh("wiki/de");
        Assert.Equal(1, (await leaf.Search("one eins")).Total);
    }

    [Fact]
    public async Task Get_many_reads_entries_and_documents_alike()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/a", "entry", version: 3);
        await leaf.Set("/wiki/a", """{"title":"one"}""", version: 4);
        var answer = await leaf.Call(Opcode.GetMany, Encode(output =>
        {
            GetManyCodec.WriteCount(output, 3);
            foreach (var path in new[] { "/wiki/a", "/wiki/b", "/a" })
                GetManyCodec.WritePath(output, 0, Encoding.UTF8.GetBytes(path));
        }));
        Assert.Equal(StatusCode.Ok, GetManyCodec.TryReadReply(answer.Body, out var rows, out _));
        var read = new List<string>();
        while (rows.MoveNext())
        {
            var value = rows.TryReadEntry(out var entry) ? Encoding.UTF8.GetString(entry.Value) : "";
            read.Add($"{rows.Version} {value}");
        }

        Assert.Equal(["""4 {"title":"one"}""", "0 ", "3 entry"], read);
    }

    [Fact]
    public async Task A_flood_of_searches_holds_up_no_get()
    {
        await using var leaf = await OpenWiki();
        await leaf.Set("/a", "entry");
        await leaf.Bulk([.. Enumerable.Range(0, 500).Select(i => Document($"/wiki/{i}", 1, """{"title":"word"}"""))]);
        await leaf.Refresh();
        var search = SearchBody("word");
        var get = Bytes(Command(Opcode.Get, "/a"));
        var searches = new List<uint>();
        for (var i = 0; i < 300; i++)
        {
            searches.Add(leaf.Send(Opcode.Search, search));
            Assert.True(leaf.Sink.IsAnswered(leaf.Send(Opcode.Get, get)), "a get is answered before its call returns");
        }

        var statuses = new List<StatusCode>();
        foreach (var id in searches) statuses.Add((await leaf.Sink.Answer(id)).Status);
        Assert.All(statuses, status => Assert.True(status is StatusCode.Ok or StatusCode.Overloaded, $"{status}"));
        Assert.Contains(StatusCode.Ok, statuses);
    }

    [Fact]
    public async Task A_drain_finishes_writes_it_took()
    {
        await using var leaf = await OpenWiki();
        var ids = Enumerable.Range(0, 200).Select(i => leaf.Send(
            Opcode.Set, Bytes(Command(Opcode.Set, $"/wiki/{i}") with { Value = """{"title":"x"}""" }))).ToList();
        await leaf.Service.DrainAsync(default);
        foreach (var id in ids)
        {
            Assert.True(leaf.Sink.IsAnswered(id));
            Assert.Equal(StatusCode.Ok, (await leaf.Sink.Answer(id)).Status);
        }

        Assert.Equal(StatusCode.Unavailable, (await leaf.Set("/wiki/late", """{"title":"x"}""")).Status);
    }

    private static async Task<LeafUnderTest> OpenWiki()
    {
        var leaf = await LeafUnderTest.Open();
        var declared = await leaf.Declare();
        Assert.True(declared.Status == StatusCode.Ok, declared.Text);
        return leaf;
    }

    private static async Task<SearchHit> UntilFound(LeafUnderTest leaf, string text)
    {
        // The timer has fired; the lane may still be at it.
        for (var i = 0; i < 10_000; i++)
        {
            var reply = await leaf.Search(text);
            if (reply.Hits.Count > 0) return reply.Hits[0];
            await Task.Yield();
        }

        throw new TimeoutException($"'{text}' was not found");
    }

    private static readonly CollectionSchema Costly = Wiki with
    {
        Name = "costly",
        Fields = [new FieldSchema { Name = "codes", Type = FieldType.Text, Analyzer = "codes" }],
        Analysis = new AnalysisSchema
        {
            Analyzers =
            [
                new AnalyzerSchema
                {
                    Name = "codes",
                    Tokenizer = new AnalysisPart(
                        "pattern", [new AnalysisSetting("pattern", ".*b|a"), new AnalysisSetting("group", "0")]),
                },
            ],
        },
    };

    [Fact]
    public async Task A_document_whose_patterns_look_at_too_much_is_refused_by_field_and_limit()
    {
        await using var leaf = await Open();
        Assert.Equal(StatusCode.Ok, (await leaf.Declare(Costly)).Status);
        var few = await leaf.Set("/costly/few", $$"""{"codes":"{{new string('a', 10_000)}}"}""");
        Assert.Equal(StatusCode.Ok, few.Status);
        var refused = await leaf.Set("/costly/many", $$"""{"codes":"{{new string('a', 20_000)}}"}""");
        Assert.Equal(StatusCode.BadDocument, refused.Status);
        Assert.Contains("field 'codes'", refused.Text, StringComparison.Ordinal);
        Assert.Contains("134217728", refused.Text, StringComparison.Ordinal);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/costly/many")).Status);

        // All values of the document together.
        var text = new string('a', 9_000);
        var together = await leaf.Set("/costly/many", $$"""{"codes":["{{text}}","{{text}}","{{text}}","{{text}}"]}""");
        Assert.Equal(StatusCode.BadDocument, together.Status);
    }

    [Fact]
    public async Task What_another_replica_took_is_taken_as_it_is()
    {
        await using var leaf = await Open();
        await leaf.Declare();
        const string Half = """{"title":"one","note":"\ud800"}""";
        Assert.Equal(StatusCode.BadDocument, (await leaf.Set("/wiki/a", Half, version: 7)).Status);
        var body = BulkBody("wiki", Document("/wiki/a", 7, Half));
        var refused = await leaf.Call(Opcode.Bulk, body);
        Assert.True(BulkCodec.TryRead(refused.Body, out BulkReply? reply, out _));
        Assert.Equal(StatusCode.BadDocument, Assert.Single(reply.Failures).Status);
        var copied = await leaf.Call(Opcode.Bulk, body, flags: FrameFlags.Replicated);
        Assert.True(BulkCodec.TryRead(copied.Body, out reply, out _));
        Assert.Empty(reply.Failures);
        var read = await leaf.Get("/wiki/a");
        Assert.Equal(7ul, read.Header.Version);
    }
}
