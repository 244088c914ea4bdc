using System.Globalization;
using System.Text.Json;
using Hedgerow.Bench.Relevance;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Relevance;
using Hedgerow.Leaf.Tests.Search.Analysis;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Cranfield through the index: the reference's figures, on one shard and on seven.</summary>
public sealed class IndexRelevanceTests
{
    private const int Depth = 1_000;
    private const int Shards = 7;

    private static readonly CollectionSchema Schema = new()
    {
        Name = "docs", Fields = [new FieldSchema { Name = "body", Type = FieldType.Text }],
    };

    [Fact]
    public void Cranfield_ranks_as_the_reference_and_the_same_on_one_shard_and_on_seven()
    {
        var collection = TestCollection.Cranfield(SharedFiles.Require("data/cranfield"));
        using var one = Fill(collection, _ => true);
        var seven = Enumerable.Range(0, Shards)
            .Select(shard => Fill(collection, number => number % Shards == shard)).ToArray();
        var scores = RelevanceScores.Measure(collection, question =>
        {
            var request = new SearchRequest
            {
                Collection = "docs", Query = new MatchQuery("body", question, false), Size = Depth, WithSource = false,
            };
            var whole = Search(one, request);
            var statistics = StatisticsSum.Of([.. seven.Select(shard => Statistics(shard, request))]);
            var merged = seven.SelectMany(shard => Search(shard, request with { Statistics = statistics }))
                .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Path, StringComparer.Ordinal).Take(Depth);
            Assert.Equal(whole.Select(hit => (hit.Path, hit.Score)), merged.Select(hit => (hit.Path, hit.Score)));
            return [.. whole.Select(hit => int.Parse(hit.Path[6..], CultureInfo.InvariantCulture))];
        });
        foreach (var shard in seven) shard.Dispose();
        Assert.Equal(0.4111, scores.MeanAveragePrecision, 0.005);
        Assert.Equal(0.5103, scores.Ndcg10, 0.005);
        Assert.Equal(0.3009, scores.Precision10, 0.005);
    }

    private static CollectionIndex Fill(TestCollection collection, Func<int, bool> belongs)
    {
        IAnalyzer analyzer = new ReferenceAnalyzer();
        var index = CollectionIndex.Open(
            IndexDirectory.InMemory(), Schema, _ => analyzer, new CollectionIndexOptions(), new FakeTimeProvider());
        foreach (var (number, text) in collection.Documents.Where(document => belongs(document.Key)))
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["body"] = text });
            Assert.Equal(StatusCode.Ok, index.Put(Corpus.Utf8($"/docs/{number:D4}"), 1, json, out _, out _));
            if (number % 400 == 0) index.Refresh();
        }

        index.Refresh();
        return index;
    }

    private static IReadOnlyList<SearchHit> Search(CollectionIndex index, SearchRequest request)
    {
        Assert.Equal(StatusCode.Ok, index.Search(request, SearchBudget.Unlimited(), out var reply, out _));
        return reply!.Hits;
    }

    private static TermStatistics Statistics(CollectionIndex index, SearchRequest request)
    {
        Assert.Equal(StatusCode.Ok, index.Statistics(request, SearchBudget.Unlimited(), out var statistics, out _));
        return statistics!;
    }
}
