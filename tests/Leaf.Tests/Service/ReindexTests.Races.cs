using System.Text;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>What falls between finding an index and reading it, and between the steps of a change-over.</summary>
public sealed partial class ReindexTests
{
    private const int Few = 40;

    private static readonly byte[] All = Encode(output => ScanCodec.Write(
        output, new ScanRequest { Collection = "wiki", Limit = 100 }));

    public static TheoryData<Opcode> Reads =>
    [
        Opcode.Search, Opcode.TermStatistics, Opcode.Scan, Opcode.Instant, Opcode.PointInTime, Opcode.CollectionGet,
        Opcode.Analyze,
    ];

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_read_whose_index_is_replaced_after_it_was_found_reads_the_one_in_its_place(Opcode opcode)
    {
        await using var leaf = await OpenWiki(OnDisk, documents: Few);
        await Ok(leaf, Begin(Unstemmed));
        await UntilReady(leaf);
        var finished = BetweenFindingAndReading(
            leaf, () => Finish(leaf).GetAwaiter().GetResult());
        Assert.Equal(Few, await ReadAsync(leaf, opcode));
        Assert.True(finished() || opcode == Opcode.CollectionGet);
    }

    [Fact]
    public async Task A_read_of_a_collection_that_is_dropped_after_it_was_found_is_told_so_and_holds_nothing()
    {
        await using var leaf = await OpenWiki(OnDisk, documents: Few);
        foreach (var opcode in new[] { Opcode.PointInTime, Opcode.Scan })
        {
            await leaf.Declare();
            var dropped = BetweenFindingAndReading(
                leaf, () => Ok(leaf, Change(CollectionChangeKind.Drop)).GetAwaiter().GetResult());
            var answer = await leaf.Call(opcode, BodyOf(opcode));
            Assert.True(dropped());
            Assert.Equal(StatusCode.NoSuchCollection, answer.Status);
            Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_held"]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_older_than_a_delete_of_before_the_reindex_is_refused_after_it(bool isFlushed)
    {
        var leaf = await OpenWiki(OnDisk, documents: 20);
        try
        {
            await leaf.Delete("/wiki/7", Now + 9);
            await leaf.Delete("/wiki/never", Now + 9);
            if (isFlushed)
            {
                await leaf.Service.DrainAsync(default);
                leaf = await Reopen(leaf);
            }

            await Ok(leaf, Begin(Unstemmed));
            var ready = await UntilReady(leaf);
            Assert.Equal(StatusCode.Ok, ready.Status);
            await Finish(leaf);
            for (var life = 0; life < 2; life++)
            {
                var late = await leaf.Set("/wiki/7", """{"title":"otters"}""", Now + 5);
                Assert.Equal((StatusCode.VersionTooOld, Now + 9), (late.Status, late.Header.Version));
                var bulk = await leaf.Bulk(Document("/wiki/never", Now + 5, """{"title":"otters"}"""));
                Assert.Equal(StatusCode.VersionTooOld, Assert.Single(bulk.Failures).Status);
                await leaf.Refresh();
                Assert.Equal(19, (await leaf.Search("otters")).Total);
                if (life == 0) leaf = await Reopen(leaf);
            }
        }
        finally
        {
            await leaf.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_leaf_that_has_promised_to_finish_refuses_what_would_keep_it_from_that(bool restart)
    {
        const string Misfit = """{"title":"otters","colour":"brown"}""";
        var leaf = await OpenWiki(OnDisk, documents: 20);
        try
        {
            await Ok(leaf, Begin(Unstemmed with { Mapping = MappingMode.Strict }));
            await UntilReady(leaf);
            await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
            if (restart)
            {
                leaf = await Reopen(leaf);
                await UntilReady(leaf);
                await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
            }

            var refused = await leaf.Set("/wiki/late", Misfit, Now + 1);
            Assert.Equal(StatusCode.BadDocument, refused.Status);
            Assert.Contains("changing over", refused.Text);
            Assert.Contains("colour", refused.Text);
            Assert.Equal(
                StatusCode.BadDocument,
                Assert.Single((await leaf.Bulk(Document("/wiki/late", Now + 1, Misfit))).Failures).Status);
            Assert.Equal(StatusCode.Ok, (await leaf.Set("/wiki/fits", """{"title":"otters"}""", Now + 1)).Status);
            await Ok(leaf, Change(CollectionChangeKind.FinishReindex));
            await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
            Assert.Equal(StatusCode.NotFound, (await Call(leaf, Change(CollectionChangeKind.ReleaseReindex))).Status);
            Assert.Equal(21, (await leaf.Search("otters")).Total);
        }
        finally
        {
            await leaf.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_leaf_let_off_its_promise_takes_what_fits_the_old_schema_again()
    {
        await using var leaf = await OpenWiki(OnDisk, documents: 20);
        Assert.Equal(StatusCode.NotFound, (await Call(leaf, Change(CollectionChangeKind.PrepareReindex))).Status);
        await Ok(leaf, Begin(Unstemmed with { Mapping = MappingMode.Strict }));
        await UntilReady(leaf);
        await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
        await Ok(leaf, Change(CollectionChangeKind.ReleaseReindex));
        var unprepared = await Call(leaf, Change(CollectionChangeKind.FinishReindex));
        Assert.Equal(StatusCode.SchemaConflict, unprepared.Status);
        Assert.Contains("begin again", unprepared.Text);
        Assert.Equal(
            StatusCode.Ok, (await leaf.Set("/wiki/late", """{"title":"otters","colour":"brown"}""", Now + 1)).Status);
        var prepared = await Call(leaf, Change(CollectionChangeKind.PrepareReindex));
        Assert.Equal(StatusCode.SchemaConflict, prepared.Status);
        Assert.Contains("/wiki/late", prepared.Text);
    }

    [Fact]
    public async Task Whether_a_reindex_is_under_way_is_told_with_its_index_and_keeps_the_promise()
    {
        await using var leaf = await OpenWiki(OnDisk, documents: 20);
        var find = Change(CollectionChangeKind.FindReindex);
        Assert.Equal(StatusCode.NotFound, (await Call(leaf, find)).Status);
        Assert.Equal(StatusCode.NoSuchCollection, (await Call(leaf, find with { Name = "none" })).Status);
        await Ok(leaf, Begin(Unstemmed with { Mapping = MappingMode.Strict }));
        Assert.Equal((StatusCode.Ok, 77UL), await FindAsync());
        await UntilReady(leaf);
        await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
        Assert.Equal((StatusCode.Ok, 77UL), await FindAsync());
        Assert.Equal(
            StatusCode.BadDocument,
            (await leaf.Set("/wiki/late", """{"title":"otters","colour":"brown"}""", Now + 1)).Status);
        await Ok(leaf, Change(CollectionChangeKind.FinishReindex));
        Assert.Equal((StatusCode.NotFound, 77UL), await FindAsync());

        async Task<(StatusCode Status, ulong Generation)> FindAsync()
        {
            var answer = await Call(leaf, find);
            return (answer.Status, answer.Header.Version);
        }
    }

    /// <summary>Has something happen once, when the next read has found its index; whether it did.</summary>
    private static Func<bool> BetweenFindingAndReading(LeafUnderTest leaf, Action happens)
    {
        var left = 1;
        leaf.Service.Hooks.OnFound = () =>
        {
            if (Interlocked.Exchange(ref left, 0) == 1) happens();
        };
        return () => Volatile.Read(ref left) == 0;
    }

    private static byte[] BodyOf(Opcode opcode) => opcode switch
    {
        Opcode.Scan => All,
        Opcode.Instant => Encode(output => InstantCodec.Write(
            output, new InstantRequest { Collection = "wiki", Text = "otters", Fields = ["title"], Size = 100 })),
        Opcode.PointInTime => Encode(output => PointInTimeCodec.Write(
            output, new PointInTimeRequest { Collection = "wiki", KeepAlive = TimeSpan.FromMinutes(1) })),
        Opcode.CollectionGet => Encoding.UTF8.GetBytes("wiki"),
        Opcode.Analyze => Encode(output => AnalysisCodec.Write(
            output, new AnalyzeRequest { Collection = "wiki", Field = "title", Text = "otters" })),
        _ => SearchBody("otters"),
    };

    /// <summary>How many documents a read told of.</summary>
    private static async Task<long> ReadAsync(LeafUnderTest leaf, Opcode opcode)
    {
        var answer = await leaf.Call(opcode, BodyOf(opcode));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        switch (opcode)
        {
            case Opcode.Search:
                return SearchCodec.TryRead(answer.Body, out SearchReply? found, out _) ? found.Total : -1;
            case Opcode.TermStatistics:
                return SearchCodec.TryRead(answer.Body, out TermStatistics? counted, out _) ? counted.Documents : -1;
            case Opcode.Scan:
                return ScanCodec.TryRead(answer.Body, out ScanReply? page, out _) ? page.Documents.Count : -1;
            case Opcode.Instant:
                return InstantCodec.TryRead(answer.Body, out InstantReply? typed, out _) ? typed.Hits.Count : -1;
            case Opcode.CollectionGet:
                return CollectionCodec.TryRead(answer.Body, out CollectionList? list, out _)
                    ? list.Collections[0].Documents
                    : -1;
            case Opcode.Analyze:
                // Of the schema in its place, which does not stem.
                return Encoding.UTF8.GetString(answer.Body).Contains("otters", StringComparison.Ordinal) ? Few : -1;
            default:
                Assert.True(PointInTimeCodec.TryRead(answer.Body, out PointInTimeReply? opened, out _));
                var search = await leaf.Call(Opcode.Search, Encode(output => SearchCodec.Write(output, new SearchRequest
                {
                    Collection = "wiki", Query = new MatchAllQuery(), PointInTime = opened.Id,
                })));
                Assert.True(search.Status == StatusCode.Ok, search.Text);
                return SearchCodec.TryRead(search.Body, out SearchReply? held, out _) ? held.Total : -1;
        }
    }
}
