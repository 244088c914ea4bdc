using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Aggregations;

/// <summary>
/// The most frequent of many terms, which of a single segment are chosen by ordinal, against a plain count and against
/// those of several segments, which are joined by term.
/// </summary>
public sealed class FrequentTermsTests
{
    private const int Documents = 1_500;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_most_frequent_terms_are_those_of_a_plain_count(int segments)
    {
        var tags = Tags();
        using var directory = IndexDirectory.InMemory();
        using var index = Index(directory, tags, segments);
        var counts = tags.SelectMany(each => each.Distinct()).GroupBy(tag => tag)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToArray();
        foreach (var size in new[] { 1, 7, 50, counts.Length, counts.Length + 1 })
        {
            var part = Part(index, new TermsAggregation { Name = "a", Field = "tags", Size = size, ShardSize = size });
            var expected = counts.Take(size).Select(group => (group.Key, (long)group.Count()));
            Assert.Equal(
                expected.OrderBy(row => row.Key, StringComparer.Ordinal),
                part.Buckets.Select(bucket => (bucket.Key.Text!, bucket.Count))
                    .OrderBy(row => row.Item1, StringComparer.Ordinal));
            Assert.Equal(counts.Skip(size).Sum(group => group.Count()), part.OtherCount);
            Assert.Equal(size < counts.Length ? counts[size - 1].Count() : 0, part.ErrorBound);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Terms_within_the_first_bucket_are_not_those_of_the_others(int segments)
    {
        var tags = Tags();
        using var directory = IndexDirectory.InMemory();
        using var index = Index(directory, tags, segments);
        var within = new TermsAggregation { Name = "a", Field = "tags", Size = 5, ShardSize = 5 };
        var ranges = new RangeAggregation
        {
            Name = "r", Field = "number",
            Ranges = [new BucketRange("all", null, null), new BucketRange("none", "-2", "-1")], Within = [within],
        };
        var buckets = Part(index, ranges).Buckets;
        var none = buckets.Single(bucket => bucket.Count == 0);
        Assert.Empty(none.Within.OfType<BucketsPart>().SelectMany(part => part.Buckets));
        var all = Assert.IsType<BucketsPart>(Assert.Single(buckets.Single(bucket => bucket.Count > 0).Within));
        Assert.Equal(
            Part(index, within).Buckets.OrderBy(bucket => bucket.Key.Text, StringComparer.Ordinal)
                .Select(bucket => (bucket.Key.Text, bucket.Count)),
            all.Buckets.OrderBy(bucket => bucket.Key.Text, StringComparer.Ordinal)
                .Select(bucket => (bucket.Key.Text, bucket.Count)));
    }

    private static string[][] Tags()
    {
        var random = new Random(5);
        return
        [
            .. Enumerable.Range(0, Documents).Select(_ => Enumerable.Range(0, random.Next(4))
                .Select(_ => "t" + (int)(900 * Math.Pow(random.NextDouble(), 3))).ToArray()),
        ];
    }

    private static BucketsPart Part(CollectionIndex index, Aggregation aggregation)
    {
        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Size = 0, Aggregations = [aggregation],
        };
        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        Assert.True(AggregationPartCodec.TryRead(reply!.AggregationParts, out var parts, out error), error);
        return Assert.IsType<BucketsPart>(Assert.Single(parts));
    }

    private static CollectionIndex Index(IndexDirectory directory, string[][] tags, int segments)
    {
        var schema = new CollectionSchema
        {
            Name = "docs",
            Fields =
            [
                new FieldSchema { Name = "tags", Type = FieldType.Keyword },
                new FieldSchema { Name = "number", Type = FieldType.Integer },
            ],
        };
        var index = CollectionIndex.Open(
            directory, schema, _ => WordAnalyzer.Instance, new CollectionIndexOptions(),
            new FakeTimeProvider(DateTimeOffset.UnixEpoch));
        for (var i = 0; i < tags.Length; i++)
        {
            var json = $$"""{"number":{{i}},"tags":[{{string.Join(',', tags[i].Select(tag => $"\"{tag}\""))}}]}""";
            Assert.Equal(StatusCode.Ok, index.Put(Corpus.Utf8($"/docs/{i:D5}"), 1, Corpus.Utf8(json), out _, out _));
            if ((i + 1) % (Documents / segments) == 0) index.Refresh();
        }

        index.Refresh();
        return index;
    }
}
