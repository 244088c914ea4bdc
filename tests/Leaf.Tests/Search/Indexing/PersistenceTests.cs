using System.Buffers;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>What is on the disk: opened again, damaged, cut off, or left behind by a crash.</summary>
public sealed class PersistenceTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_change_of_any_byte_of_any_file_is_noticed_and_the_file_named()
    {
        Fill();
        var random = new Random(3);
        foreach (var file in Directory.GetFiles(_temporary.Path))
        {
            var bytes = File.ReadAllBytes(file);
            var places = Enumerable.Range(0, 40).Select(_ => random.Next(bytes.Length))
                .Concat(Enumerable.Range(0, 16)).Concat(Enumerable.Range(bytes.Length - 24, 24));
            foreach (var at in places)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(file, damaged);
                var exception = Assert.Throws<IndexCorruptException>(Open);
                Assert.Equal(Path.GetFileName(file), exception.File);
                Assert.Contains(exception.File, exception.Message, StringComparison.Ordinal);
            }

            File.WriteAllBytes(file, bytes);
        }

        Open().Dispose();
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_noticed()
    {
        Fill();
        foreach (var file in Directory.GetFiles(_temporary.Path))
        {
            var bytes = File.ReadAllBytes(file);
            for (var length = 0; length < bytes.Length; length += length < 64 || length > bytes.Length - 64 ? 1 : 97)
            {
                File.WriteAllBytes(file, bytes[..length]);
                Assert.Equal(Path.GetFileName(file), Assert.Throws<IndexCorruptException>(Open).File);
            }

            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public void A_change_of_any_byte_of_a_dictionary_is_noticed_before_a_term_is_read()
    {
        using (var directory = IndexDirectory.OnDisk(_temporary.Path))
        using (var harness = new IndexHarness(directory))
        {
            for (var i = 0; i < 5; i++) harness.Put(new Random(i), Corpus.PathOf(i));
            harness.Flush();
        }

        var file = Assert.Single(Directory.GetFiles(_temporary.Path), file => TermBytes(file).Count > 0);
        var bytes = File.ReadAllBytes(file);
        var pinned = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        foreach (var at in TermBytes(file))
        {
            bytes.CopyTo(pinned, 0);
            pinned[at] ^= (byte)(1 << (at % 8));
            var region = IndexRegion.OfPinned(Path.GetFileName(file), pinned, pinned.Length);
            var exception = Assert.Throws<IndexCorruptException>(() => Segment.Open(1, true, region, verify: true));
            Assert.Equal(Path.GetFileName(file), exception.File);
        }
    }

    [Fact]
    public void A_missing_file_is_noticed_and_a_missing_manifest_is_no_empty_index()
    {
        Fill();
        foreach (var file in Directory.GetFiles(_temporary.Path))
        {
            var bytes = File.ReadAllBytes(file);
            File.Delete(file);
            var exception = Assert.Throws<IndexCorruptException>(Open);
            Assert.Equal(Path.GetFileName(file), exception.File);
            Assert.Contains("missing", exception.Message, StringComparison.Ordinal);
            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public void Files_that_no_manifest_names_are_removed()
    {
        Fill();
        var before = Directory.GetFiles(_temporary.Path).Order().ToArray();
        foreach (var name in new[] { "segment-99999999", "segment-00000002.deletes-77", "manifest.new" })
            File.WriteAllText(Path.Combine(_temporary.Path, name), "left by a crash");
        Open().Dispose();
        Assert.Equal(before, Directory.GetFiles(_temporary.Path).Order());
    }

    [Fact]
    public void A_delete_that_was_not_flushed_reaches_no_file_through_a_merge()
    {
        // Version 2 is only in memory; were version 1 merged away, a crash would lose the document altogether.
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        using (var harness = new IndexHarness(directory))
        {
            for (var i = 0; i < 12; i++)
            {
                harness.Put(new Random(i), Corpus.PathOf(i));
                harness.Flush();
            }

            harness.Put(new Random(100), Corpus.PathOf(3));
            harness.Delete(Corpus.PathOf(4));
            harness.Refresh();
            var files = harness.Index.SegmentCount;
            while (harness.Merge())
            {
            }

            Assert.True(harness.Index.SegmentCount < files);
            Assert.Equal(11, harness.Index.SearchableDocuments);
        }

        using var reopened = Open(directory);
        Assert.Equal(12, reopened.SearchableDocuments);
        Assert.True(reopened.TryGet(Corpus.Utf8(Corpus.PathOf(3)), new ArrayBufferWriter<byte>(), out var version));
        Assert.Equal(4UL, version);
    }

    [Fact]
    public void A_flush_that_fails_changes_nothing_and_can_be_tried_again()
    {
        using var inner = IndexDirectory.InMemory();
        using var directory = new FailingDirectory(inner);
        using var harness = new IndexHarness(directory);
        for (var i = 0; i < 20; i++) harness.Put(new Random(i), Corpus.PathOf(i));
        harness.Flush();
        for (var fail = 1; fail < 40; fail++)
        {
            harness.Put(new Random(fail), Corpus.PathOf(fail % 25));
            harness.Delete(Corpus.PathOf(fail * 7 % 25));
            directory.CallsLeft = fail % 3;
            var committed = harness.Index.CommittedPosition;
            Assert.Throws<IOException>(() => harness.Index.Flush(committed + 1));
            directory.CallsLeft = int.MaxValue;
            Assert.Equal(committed, harness.Index.CommittedPosition);
            Assert.Equal(harness.Live.Count, harness.Index.SearchableDocuments);
            if (fail % 4 == 0) harness.Flush();
        }

        harness.Flush();
        harness.Reopen();
        Assert.Equal(harness.Live.Count, harness.Index.SearchableDocuments);
        Assert.Equal(
            harness.Live.Keys.Order(StringComparer.Ordinal), harness.Index.Scan("", 100).Documents.Select(d => d.Path));
    }

    [Fact]
    public void A_reader_keeps_its_segments_while_they_are_merged_away()
    {
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        var schema = Corpus.Schema;
        var store = SegmentStore.Open(
            directory, ref schema, new CollectionIndexOptions { SegmentsPerTier = 2 }, new FakeTimeProvider());
        for (var i = 0; i < 6; i++)
        {
            var recent = new RecentDocuments();
            recent.Put(Corpus.Utf8($"/docs/{i}"), 1, "{}"u8, 0, false);
            using var page = recent.SortedAfter([]);
            var fields = new CollectionFields(Corpus.Schema, _ => WordAnalyzer.Instance);
            var buffer = new LiveBuffer(fields);
            buffer.Add(new ParsedDocument());
            var pace = MergePace.Unbounded(default);
            store.AddImage(output => BufferedSegment.Write(output, false, buffer, page, pace), page, pace);
            store.Flush(store.Prepare(i), Corpus.Schema, pace);
        }

        var snapshot = store.Acquire();
        while (store.MergeOnce(long.MaxValue, Corpus.Schema, MergePace.Unbounded(default)))
        {
        }

        store.Dispose();
        foreach (var view in snapshot.Views)
        {
            var json = new ArrayBufferWriter<byte>();
            view.Segment.Stored.Read(0, json);
            Assert.Equal("{}"u8, json.WrittenSpan);
        }

        snapshot.Release();
    }

    [Fact]
    public void Another_schema_than_the_published_one_is_refused()
    {
        Fill();
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        var schema = Corpus.Schema with { Fields = [new FieldSchema { Name = "title", Type = FieldType.Keyword }] };
        var exception = Assert.Throws<IndexCorruptException>(() => CollectionIndex.Open(
            directory, schema, _ => WordAnalyzer.Instance, new CollectionIndexOptions(), new FakeTimeProvider()));
        Assert.Contains("'title'", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Where the bytes of a segment's dictionaries are; none for a file that is no segment.</summary>
    private static List<int> TermBytes(string file)
    {
        try
        {
            var segment = Segment.Open(1, true, IndexRegion.Map(Path.GetFileName(file), file), verify: true);
            var sections = segment.Sections.Where(section => section.Kind == SectionKind.Terms).ToList();
            segment.Release();
            return [.. sections.SelectMany(s => Enumerable.Range((int)s.Offset, (int)s.Length))];
        }
        catch (IndexCorruptException)
        {
            return [];
        }
    }

    private void Fill()
    {
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        using var harness = new IndexHarness(directory);
        var random = new Random(1);
        for (var i = 0; i < 100; i++) harness.Put(random, Corpus.PathOf(i));
        harness.Flush();
        for (var i = 0; i < 10; i++) harness.Delete(Corpus.PathOf(i));
        harness.Flush();
    }

    private CollectionIndex Open()
    {
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        return Open(directory);
    }

    private static CollectionIndex Open(IndexDirectory directory) => CollectionIndex.Open(
        directory, Corpus.Schema, _ => WordAnalyzer.Instance, new CollectionIndexOptions(), new FakeTimeProvider());
}
