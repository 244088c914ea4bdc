using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

public sealed partial class ReindexTests : IDisposable
{
    private static readonly CollectionSchema Unstemmed = Wiki with
    {
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text },
            new FieldSchema { Name = "year", Type = FieldType.Number },
            new FieldSchema { Name = "place", Type = FieldType.Keyword },
        ],
    };

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-reindex-").FullName;

    private static ulong Now =>
        (ulong)new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds() << 16;

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Old_index_answers_until_the_new_one_has_all_and_then_the_new_one_does()
    {
        await using var leaf = await OpenWiki(SmallOptions, documents: 1_200);
        await Ok(leaf, Begin(Unstemmed));
        await leaf.Set("/wiki/during", """{"title":"written otters","place":"sea"}""", Now + 1);
        await leaf.Delete("/wiki/7", Now + 2);
        await UntilReady(leaf);
        Assert.Equal(StatusCode.Ok, (await leaf.Refresh()).Status);
        Assert.Equal(1_200, (await leaf.Search("otters")).Total);
        Assert.Equal(1_200, (await leaf.Search("otter")).Total);
        Assert.Null((await leaf.Search("otter")).Served);

        // By its own name it is the same index before it serves and after.
        Assert.Null((await Search(leaf, "wiki~000000000000004d")).Served);
        await Finish(leaf);
        Assert.Equal(1_200, (await leaf.Search("otters")).Total);
        Assert.Equal(0, (await leaf.Search("otter")).Total);
        Assert.Equal("/wiki/during", (await leaf.Search("place:sea")).Hits.Single().Path);
        Assert.Equal(new ServedIndex("wiki~000000000000004d", 77), (await leaf.Search("otters")).Served);
        Assert.Null((await Search(leaf, "wiki~000000000000004d")).Served);
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/7")).Status);
        Assert.Equal(StatusCode.VersionTooOld, (await leaf.Set("/wiki/7", "{}", Now + 1)).Status);
        Assert.Equal(1_200, leaf.Service.Stats().Shards.Sum(shard => shard.Documents));
        await leaf.Set("/wiki/after", """{"title":"otters again"}""", Now + 3);
        await leaf.Refresh();
        Assert.Equal(1_201, (await leaf.Search("otters")).Total);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reindex_goes_on_after_a_restart_and_leaves_nothing_of_the_old_index(bool readyBefore)
    {
        await using (var leaf = await OpenWiki(OnDisk, documents: 700))
        {
            await Ok(leaf, Begin(Unstemmed));
            await leaf.Set("/wiki/during", """{"title":"otters"}""", Now + 1);
            if (readyBefore) await UntilReady(leaf);
            await leaf.Delete("/wiki/3", Now + 2);
        }

        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            Assert.Equal(700, (await leaf.Search("otter")).Total);
            await UntilReady(leaf);
            await Finish(leaf);
            Assert.Equal(700, (await leaf.Search("otters")).Total);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(700, (await again.Search("otters")).Total);
        Assert.Equal(0, (await again.Search("otter")).Total);
        Assert.Equal(StatusCode.NotFound, (await again.Get("/wiki/3")).Status);
        Assert.Equal(
            ["wiki~000000000000004d"],
            Directory.GetDirectories(Path.Combine(_root, "shard-0")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_document_that_does_not_fit_stops_it_and_is_named_and_the_collection_is_as_it_was()
    {
        var strict = Unstemmed with { Mapping = MappingMode.Strict };
        await using var leaf = await OpenWiki(OnDisk, documents: 50);
        await leaf.Set("/wiki/other", """{"title":"otter","color":"brown"}""", Now);
        await Ok(leaf, Begin(strict));
        var refused = await Until(leaf, answer => answer.Status == StatusCode.SchemaConflict);
        Assert.Contains("/wiki/other", refused.Text);
        Assert.Contains("color", refused.Text);
        var finish = await leaf.Call(
            Opcode.CollectionChange, Body(Change(CollectionChangeKind.FinishReindex)));
        Assert.Equal(StatusCode.SchemaConflict, finish.Status);
        await leaf.Refresh();
        Assert.Equal(51, (await leaf.Search("otter")).Total);

        await Ok(leaf, Change(CollectionChangeKind.CancelReindex));
        await leaf.Delete("/wiki/other", Now + 1);
        await Ok(leaf, Begin(strict, version: 88));
        await leaf.Set("/wiki/late", """{"title":"otter","color":"grey"}""", Now + 2);
        refused = await Until(leaf, answer => answer.Status == StatusCode.SchemaConflict);
        Assert.Contains("/wiki/late", refused.Text);
        Assert.Equal(StatusCode.Ok, (await leaf.Get("/wiki/late")).Status);
    }

    [Fact]
    public async Task What_was_deleted_after_a_reindex_met_a_problem_is_not_there_when_it_has_gone_on()
    {
        await using (var leaf = await OpenWiki(OnDisk, documents: 20))
        {
            await Ok(leaf, Begin(Unstemmed with { Mapping = MappingMode.Strict }));
            await UntilReady(leaf);
            await leaf.Set("/wiki/bad", """{"title":"otters","color":"brown"}""", Now + 1);
            await Until(leaf, answer => answer.Status == StatusCode.SchemaConflict);
            await leaf.Delete("/wiki/3", Now + 2);
            await leaf.Delete("/wiki/bad", Now + 3);
            await leaf.Service.DrainAsync(default);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        await UntilReady(again);
        await Finish(again);
        Assert.Equal(StatusCode.NotFound, (await again.Get("/wiki/3")).Status);
        Assert.Equal(19, (await again.Search("otters")).Total);
    }

    [Fact]
    public async Task Documents_of_a_collection_that_was_dropped_do_not_come_back_by_a_reindex_of_its_successor()
    {
        await using (var leaf = await OpenWiki(OnDisk, documents: 20))
        {
            await Ok(leaf, Change(CollectionChangeKind.Drop));
            await leaf.Declare();
            await leaf.Set("/wiki/new", """{"title":"otters"}""", Now + 1);
        }

        await using (var leaf = await LeafUnderTest.Open(OnDisk)) await Ok(leaf, Begin(Unstemmed));
        await using var again = await LeafUnderTest.Open(OnDisk);
        await UntilReady(again);
        await Finish(again);
        Assert.Equal(["/wiki/new"], (await again.Search("otters")).Hits.Select(hit => hit.Path));
    }

    [Fact]
    public async Task Of_one_collection_there_is_one_reindex_and_no_other_change_of_its_schema_meanwhile()
    {
        await using var leaf = await OpenWiki(SmallOptions, documents: 10);
        Assert.Equal(StatusCode.NotFound, (await Call(leaf, Change(CollectionChangeKind.FinishReindex))).Status);
        Assert.Equal(StatusCode.BadRequest, (await Call(leaf, Change(CollectionChangeKind.BeginReindex))).Status);
        Assert.Equal(
            StatusCode.NoSuchCollection, (await Call(leaf, Begin(Unstemmed) with
            {
                Name = "none", Schema = Unstemmed with { Name = "none" },
            })).Status);
        Assert.Equal(
            StatusCode.SchemaConflict, (await Call(leaf, Begin(Unstemmed with { OwnPrefix = "other:" }))).Status);
        await Ok(leaf, Begin(Unstemmed));
        await Ok(leaf, Begin(Unstemmed));
        Assert.Equal(StatusCode.SchemaConflict, (await Call(leaf, Begin(Unstemmed, version: 78))).Status);
        Assert.Equal(StatusCode.SchemaConflict, (await leaf.Declare(Unstemmed with
        {
            Fields = [new FieldSchema { Name = "new", Type = FieldType.Keyword }],
        })).Status);
        await Ok(leaf, Change(CollectionChangeKind.CancelReindex));
        await Ok(leaf, Change(CollectionChangeKind.CancelReindex));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_dropped_stays_dropped_and_its_name_can_be_declared_again(bool restart)
    {
        var leaf = await OpenWiki(OnDisk, documents: 30);
        try
        {
            await Ok(leaf, Change(CollectionChangeKind.Drop));
            Assert.Equal(StatusCode.NoSuchCollection, (await Call(leaf, Change(CollectionChangeKind.Drop))).Status);
            Assert.Equal(StatusCode.NoSuchCollection, (await leaf.Refresh()).Status);
            Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/3")).Status);
            Assert.Equal(StatusCode.Ok, (await leaf.Set("/wiki/3", "an entry now")).Status);
            if (restart) leaf = await Reopen(leaf);
            Assert.Equal(StatusCode.Ok, (await leaf.Declare(Unstemmed)).Status);
            if (restart) leaf = await Reopen(leaf);
            await leaf.Set("/wiki/one", """{"title":"otters"}""", 1);
            await leaf.Refresh();
            Assert.Equal(1, (await leaf.Search("otters")).Total);
            Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/4")).Status);
            leaf = await Reopen(leaf);
            Assert.Equal(1, (await leaf.Search("otters")).Total);
            await leaf.Declare(Unstemmed with { Name = "empty" });
            await Ok(leaf, Change(CollectionChangeKind.Drop) with { Name = "empty" });
            leaf = await Reopen(leaf);
            await leaf.Declare(Unstemmed with { Name = "more" });
            var catalogue = CatalogueFile.Read(Path.Combine(_root, "COLLECTIONS"), DiskFiles.Instance);
            Assert.DoesNotContain("empty", catalogue.Dropped);
        }
        finally
        {
            await leaf.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_alias_leads_where_the_latest_change_says_also_after_a_restart()
    {
        var leaf = await OpenWiki(OnDisk, documents: 5);
        try
        {
            await leaf.Declare(Unstemmed with { Name = "other" });
            await Ok(leaf, Alias("wiki", 10));
            await Ok(leaf, Alias("other", 9));
            Assert.Equal(new ServedIndex("wiki", 10), (await Search(leaf, "books")).Served);
            leaf = await Reopen(leaf);
            Assert.Equal(5, (await Search(leaf, "books")).Total);
            await Ok(leaf, Alias("other", 11));
            var moved = await Search(leaf, "books");
            Assert.Equal((0L, "other"), (moved.Total, moved.Served!.Name));
            Assert.Equal(StatusCode.NoSuchCollection, (await Call(leaf, Alias("none", 12))).Status);
            Assert.Equal(
                StatusCode.SchemaConflict, (await Call(leaf, Alias("other", 12) with { Name = "wiki" })).Status);
            Assert.Equal(StatusCode.SchemaConflict, (await leaf.Declare(Unstemmed with { Name = "books" })).Status);
            await Ok(leaf, Change(CollectionChangeKind.Drop) with { Name = "other" });
            Assert.Equal(
                StatusCode.NoSuchCollection, (await leaf.Call(Opcode.Search, SearchBody("x", "books"))).Status);
        }
        finally
        {
            await leaf.DisposeAsync();
        }
    }

    private static CollectionChange Begin(CollectionSchema schema, ulong version = 77) =>
        Change(CollectionChangeKind.BeginReindex, version) with { Schema = schema };

    private static CollectionChange Alias(string collection, ulong version) =>
        Change(CollectionChangeKind.SetAlias, version) with { Name = "books", Target = collection };

    private static CollectionChange Change(CollectionChangeKind kind, ulong version = 77) =>
        new() { Kind = kind, Name = "wiki", Version = version };

    private static byte[] Body(CollectionChange change) => Encode(output => CollectionCodec.Write(output, change));

    private static Task<Answer> Call(LeafUnderTest leaf, CollectionChange change) =>
        leaf.Call(Opcode.CollectionChange, Body(change));

    private static async Task Ok(LeafUnderTest leaf, CollectionChange change)
    {
        var answer = await Call(leaf, change);
        Assert.True(answer.Status == StatusCode.Ok, $"{change.Kind}: {answer.Status} {answer.Text}");
    }

    /// <summary>As a coordinator does, of one leaf.</summary>
    private static async Task Finish(LeafUnderTest leaf)
    {
        await Ok(leaf, Change(CollectionChangeKind.PrepareReindex));
        await Ok(leaf, Change(CollectionChangeKind.FinishReindex));
    }

    private static async Task<SearchReply> Search(LeafUnderTest leaf, string collection)
    {
        var answer = await leaf.Call(Opcode.Search, SearchBody("otter", collection));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        Assert.True(SearchCodec.TryRead(answer.Body, out SearchReply? reply, out var error), error);
        return reply;
    }

    private static Task<Answer> UntilReady(LeafUnderTest leaf) => Until(leaf, answer => answer.Status == StatusCode.Ok);

    /// <summary>Asks until the filling, which goes on by itself, is where it is wanted.</summary>
    private static async Task<Answer> Until(LeafUnderTest leaf, Func<Answer, bool> isThere)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var answer = await Call(leaf, Change(CollectionChangeKind.CheckReindex));
            if (isThere(answer)) return answer;
            Assert.True(answer.Status == StatusCode.Unavailable, $"{answer.Status} {answer.Text}");
        }
    }

    private static async Task<LeafUnderTest> OpenWiki(LeafOptions options, int documents)
    {
        var leaf = await LeafUnderTest.Open(options);
        await leaf.Declare();
        var all = Enumerable.Range(0, documents).Select(i =>
            Document($"/wiki/{i}", Now, $$"""{"title":"otters of {{i}}","year":{{i}}}"""));
        foreach (var part in all.Chunk(500)) Assert.Empty((await leaf.Bulk(part)).Failures);
        await leaf.Refresh();
        return leaf;
    }

    private async Task<LeafUnderTest> Reopen(LeafUnderTest leaf)
    {
        await leaf.DisposeAsync();
        return await LeafUnderTest.Open(OnDisk);
    }
}
