using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>A document of these tests: words in two fields, an order, completions.</summary>
internal sealed record InstantDocument(
    string Path, string Title, string Text, int? Rank, string Tag, IReadOnlyList<(string Text, int Weight)> Completions)
{
    public byte[] Json() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        title = Title,
        text = Text,
        rank = Rank,
        tag = Tag,
        suggest = Completions.Select(row => new { input = row.Text, weight = row.Weight }),
    });
}

/// <summary>One shard, and the documents that it should hold.</summary>
internal sealed class InstantHarness : IDisposable
{
    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private ulong _clock;

    public InstantHarness(bool instant = true)
    {
        var schema = new CollectionSchema
        {
            Name = "docs",
            Fields =
            [
                new FieldSchema { Name = "title", Type = FieldType.Text, Instant = instant },
                new FieldSchema { Name = "text", Type = FieldType.Text, Instant = instant },
                new FieldSchema { Name = "rank", Type = FieldType.Integer },
                new FieldSchema { Name = "tag", Type = FieldType.Keyword },
                new FieldSchema { Name = "suggest", Type = FieldType.Completion },
            ],
        };
        var options = new CollectionIndexOptions { SegmentsPerTier = 3, SegmentFloorBytes = 4096 };
        Index = CollectionIndex.Open(_directory, schema, Analyzers.Get, options, TimeProvider.System);
    }

    public CollectionIndex Index { get; }

    public Dictionary<string, InstantDocument> Live { get; } = [];

    public void Put(InstantDocument document)
    {
        var status = Index.Put(
            Encoding.UTF8.GetBytes(document.Path), ++_clock, document.Json(), out _, out var error);
        Assert.True(status == StatusCode.Ok, error);
        Live[document.Path] = document;
    }

    public void Delete(string path)
    {
        Index.Delete(Encoding.UTF8.GetBytes(path), ++_clock, out _, out _);
        Live.Remove(path);
    }

    public InstantReply Search(InstantRequest request)
    {
        var (status, reply, error) = Index.Read((fields, snapshot) =>
            (new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out var found, out var wrong),
                found, wrong));
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    public string Refusal(InstantRequest request)
    {
        var (status, error) = Index.Read((fields, snapshot) =>
            (new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out _, out var wrong), wrong));
        Assert.Equal(StatusCode.BadQuery, status);
        return error!;
    }

    public CompletionAnswer Complete(CompletionQuery query)
    {
        var request = new SuggestRequest { Collection = "docs", Completions = [query] };
        var (status, reply, error) = Index.Read((fields, snapshot) =>
            (new SuggestRun(fields, snapshot, SearchBudget.Unlimited()).Complete(request, out var found, out var wrong),
                found, wrong));
        Assert.True(status == StatusCode.Ok, error);
        return reply!.Completions[0];
    }

    public SpellingReply Spell(SpellingRequest request)
    {
        var (status, reply, error) = Index.Read((fields, snapshot) =>
            (new SuggestRun(fields, snapshot, SearchBudget.Unlimited()).Spell(request, out var found, out var wrong),
                found, wrong));
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    /// <summary>Some writes, deletes, refreshes, flushes and merges.</summary>
    public void Churn(Random random, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var path = $"/docs/{random.Next(60)}";
            if (random.Next(6) == 0) Delete(path);
            else Put(InstantWords.Document(random, path));
            if (random.Next(15) == 0) Index.Refresh();
            if (random.Next(60) == 0) Index.Flush(step + 1);
            if (random.Next(40) == 0) Index.MergeOnce(long.MaxValue, CancellationToken.None);
        }

        Index.Refresh();
    }

    public void Dispose()
    {
        Index.Dispose();
        _directory.Dispose();
    }
}
