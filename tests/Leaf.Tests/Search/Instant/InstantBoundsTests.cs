using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>What instant searches and suggestions may use, and what they leave on the disk.</summary>
public sealed class InstantBoundsTests
{
    private static readonly CollectionSchema Schema = new()
    {
        Name = "docs",
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text, Instant = true },
            new FieldSchema { Name = "suggest", Type = FieldType.Completion },
            new FieldSchema { Name = "tags", Type = FieldType.Keyword, Separator = ",", FoldCase = true, Alias = "t" },
        ],
    };

    [Fact]
    public void What_is_cancelled_ends_without_an_answer()
    {
        using var shard = new InstantHarness();
        shard.Churn(new Random(1), 100);
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var budget = new SearchBudget(TimeProvider.System, Timeout.InfiniteTimeSpan, cancel.Token);
        var request = new InstantRequest { Collection = "docs", Text = "hedgehgo gree" };
        var suggest = new SuggestRequest
        {
            Collection = "docs", Completions = [new CompletionQuery("c", "suggest", "hed") { Edits = 2 }],
        };
        var spelling = new SpellingRequest { Collection = "docs", Field = "text", Text = "hegde" };
        shard.Index.Read((fields, snapshot) =>
        {
            Assert.Equal(StatusCode.Cancelled, new InstantRun(fields, snapshot, budget).Search(request, out _, out _));
            var run = new SuggestRun(fields, snapshot, budget);
            Assert.Equal(StatusCode.Cancelled, run.Complete(suggest, out _, out _));
            Assert.Equal(StatusCode.Cancelled, run.Spell(spelling, out _, out _));
            return 0;
        });
    }

    [Fact]
    public void Words_that_were_sought_are_kept_within_their_bytes()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Open(directory);
        for (var i = 0; i < 3_000; i++) Put(index, i, $"word{i} hedge{i % 7} all", "");
        index.Refresh();
        index.Read((fields, snapshot) =>
        {
            var segment = Assert.Single(snapshot.Views).Segment;
            var most = Math.Clamp(segment.Bytes / 8, 64 << 10, 8 << 20);
            for (var i = 0; i < 3_000; i++)
            {
                var request = new InstantRequest { Collection = "docs", Text = $"word{i} all" };
                new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out var reply, out _);
                Assert.True(reply!.Hits.Count > 0);
                Assert.InRange(segment.Matches.Bytes, 1, most);
            }

            return 0;
        });
    }

    [Fact]
    public void Files_keep_completions_and_the_order_of_words()
    {
        using var temporary = new TemporaryDirectory();
        using (var directory = IndexDirectory.OnDisk(temporary.Path))
        using (var index = Open(directory))
        {
            Put(index, 1, "row of the hedge", ",\"suggest\":{\"input\":[\"Row\",\"Rowing\"],\"weight\":3}");
            Put(index, 2, "hedge row", ",\"suggest\":[\"ROW\",{\"input\":\"row boat\",\"weight\":9}]");
            index.Flush(1);
        }

        using var again = IndexDirectory.OnDisk(temporary.Path);
        using var opened = Open(again);
        opened.Read((fields, snapshot) =>
        {
            var query = new CompletionQuery("c", "suggest", "rów");
            var answer = new CompletionSearch(fields, snapshot, SearchBudget.Unlimited()).Find(query, out _);
            Assert.Equal(["row boat", "Row", "Rowing", "ROW"], answer!.Options.Select(option => option.Text));
            var request = new InstantRequest { Collection = "docs", Text = "hedge row" };
            new InstantRun(fields, snapshot, SearchBudget.Unlimited()).Search(request, out var reply, out _);
            Assert.Equal([1, 4], reply!.Hits.Select(hit => hit.Ranking.Proximity));
            return 0;
        });
    }

    private static CollectionIndex Open(IndexDirectory directory) =>
        CollectionIndex.Open(directory, Schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);

    private static void Put(CollectionIndex index, int number, string title, string more)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"title":"{{title}}"{{more}}}""");
        var status = index.Put(Encoding.UTF8.GetBytes($"/docs/{number}"), 0, json, out _, out var error);
        Assert.True(status == StatusCode.Ok, error);
    }
}
