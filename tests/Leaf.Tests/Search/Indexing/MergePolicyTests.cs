using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed class MergePolicyTests
{
    [Fact]
    public void Segments_stay_few_however_many_are_flushed()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        var merges = 0;
        for (var i = 0; i < 120; i++)
        {
            harness.Put(new Random(i), $"/docs/{i}");
            harness.Flush();
            while (harness.Merge()) merges++;
            Assert.InRange(harness.Index.SegmentCount, 1, 12);
        }

        Assert.InRange(merges, 20, 120);
        Assert.Equal(120, harness.Index.SearchableDocuments);
    }

    [Fact]
    public void A_segment_of_mostly_deleted_documents_is_rewritten_by_itself()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        for (var i = 0; i < 50; i++) harness.Put(new Random(i), $"/docs/{i}");
        harness.Flush();
        var before = harness.Index.Bytes;
        for (var i = 0; i < 40; i++) harness.Delete($"/docs/{i}");
        harness.Flush();
        while (harness.Merge())
        {
        }

        Assert.True(harness.Index.Bytes < before);
        Assert.Equal(10, harness.Index.SearchableDocuments);
        Assert.False(harness.Merge());
    }

    [Fact]
    public void No_merge_reads_more_than_its_budget()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        for (var i = 0; i < 30; i++)
        {
            harness.Put(new Random(i), $"/docs/{i}");
            harness.Flush();
        }

        Assert.False(harness.Index.MergeOnce(1, CancellationToken.None));
        Assert.Equal(30, harness.Index.SegmentCount);
    }

    [Fact]
    public void A_cancelled_merge_leaves_everything_as_it_was()
    {
        using var temporary = new TemporaryDirectory();
        using var directory = IndexDirectory.OnDisk(temporary.Path);
        using var harness = new IndexHarness(directory);
        for (var i = 0; i < 30; i++)
        {
            harness.Put(new Random(i), $"/docs/{i}");
            harness.Flush();
        }

        var files = Directory.GetFiles(temporary.Path).Order().ToArray();
        Assert.ThrowsAny<OperationCanceledException>(
            () => harness.Index.MergeOnce(long.MaxValue, new CancellationToken(canceled: true)));
        Assert.Equal(files, Directory.GetFiles(temporary.Path).Order());
        Assert.True(harness.Merge());
        Assert.Equal(30, harness.Index.SearchableDocuments);
    }

    [Fact]
    public void Tombstones_are_forgotten_when_their_time_has_passed()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        harness.Put(new Random(1), "/docs/a");
        harness.Delete("/docs/b");
        harness.Flush();
        Assert.NotEqual(0UL, harness.Index.StoredVersion("/docs/b"u8));
        harness.Time.Advance(harness.Options.TombstoneRetention + TimeSpan.FromMinutes(1));
        for (var i = 0; i < 20; i++)
        {
            harness.Put(new Random(i), $"/docs/{i}");
            harness.Flush();
        }

        while (harness.Merge())
        {
        }

        Assert.Equal(0UL, harness.Index.StoredVersion("/docs/b"u8));
    }
}
