using System.Buffers;
using System.Collections.Concurrent;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>A writer, maintenance and readers beside each other: every answer is one that some moment had.</summary>
public sealed class ConcurrencyTests
{
    private const int Documents = 40;
    private const int Rounds = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readers_never_miss_a_document_that_is_only_written_again(bool onDisk)
    {
        using var temporary = new TemporaryDirectory();
        using var directory = onDisk ? IndexDirectory.OnDisk(temporary.Path) : IndexDirectory.InMemory();
        var options = new CollectionIndexOptions { SegmentsPerTier = 2, SegmentFloorBytes = 1024 };
        using var index = CollectionIndex.Open(
            directory, Corpus.Schema, _ => WordAnalyzer.Instance, options, new FakeTimeProvider());
        Write(index, 1);
        index.Refresh();
        using var done = new CancellationTokenSource();
        var pending = new ConcurrentQueue<PendingFlush>();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() => Read(index, done.Token))).ToArray();
        var maintenance = Task.Run(() => Maintain(index, pending, done.Token));
        for (var round = 2; round <= Rounds; round++)
        {
            Write(index, (ulong)round);
            index.Refresh();
            if (round % 5 == 0) pending.Enqueue(index.PrepareFlush(round));
        }

        await done.CancelAsync();
        await Task.WhenAll([.. readers, maintenance]);
        Assert.Equal(Documents, index.SearchableDocuments);
    }

    private static void Write(CollectionIndex index, ulong version)
    {
        var json = Corpus.Utf8($$"""{"body":"hedge v{{version}}"}""");
        for (var i = 0; i < Documents; i++)
            Assert.Equal(StatusCode.Ok, index.Put(Corpus.Utf8($"/docs/{i}"), version, json, out _, out _));
    }

    private static void Maintain(
        CollectionIndex index, ConcurrentQueue<PendingFlush> pending, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            PendingFlush? newest = null;
            while (pending.TryDequeue(out var next)) newest = next;
            try
            {
                if (newest is not null) index.Flush(newest);
            }
            catch (InvalidOperationException)
            {
                // The writer has prepared a later flush in the meantime; that one is in the queue, or soon is.
                continue;
            }

            index.MergeOnce(long.MaxValue, CancellationToken.None);
        }
    }

    private static void Read(CollectionIndex index, CancellationToken done)
    {
        var query = new TermQuery("body", "hedge");
        var request = new SearchRequest { Collection = "docs", Query = query, Size = Documents };
        ulong seen = 0;
        do
        {
            var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
            Assert.True(status == StatusCode.Ok, error);
            Assert.Equal(Documents, reply!.Total);
            Assert.Equal(Documents, reply.Hits.DistinctBy(hit => hit.Path).Count());
            var json = new ArrayBufferWriter<byte>();
            Assert.True(index.TryGet("/docs/7"u8, json, out var version));
            Assert.True(version >= seen);
            seen = version;
            Assert.Equal(Documents, index.Scan("", 100).Documents.Count);
        }
        while (!done.IsCancellationRequested);
    }
}
