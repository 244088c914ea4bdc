using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Hits ordered by keys against a sort of the model's, on one index and on several.</summary>
public sealed class SortTests
{
    private static readonly string[] Fields = ["tags", "price", "day", "counts", "draft", SortKey.Score, SortKey.Path];

    [Fact]
    public void Hits_come_as_a_sort_of_all_matches_gives_them() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = IndexDirectory.InMemory();
            using var harness = new IndexHarness(directory);
            for (var step = 0; step < 300; step++)
            {
                var path = Corpus.PathOf(random.Next(120));
                if (random.Next(6) == 0) harness.Delete(path);
                else harness.Put(random, path);
                if (random.Next(25) == 0) harness.Refresh();
                if (random.Next(50) == 0) harness.Flush();
                if (random.Next(25) == 0) harness.Merge();
            }

            harness.Refresh();
            for (var i = 0; i < 40; i++) Compare(harness, random);
        },
        iter: 12,
        threads: 1);

    [Fact]
    public void What_cannot_order_hits_is_refused_by_name()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Sort = [new SortKey("body", false)],
        };
        var status = harness.Index.Search(request, SearchBudget.Unlimited(), out _, out var error);
        Assert.Equal(StatusCode.BadQuery, status);
        Assert.Contains("cannot be ordered by 'body'", error);
        Assert.Contains("'tags', 'price', 'day', 'counts', 'draft', and there are '_score' and '_path'", error);
    }

    private static void Compare(IndexHarness harness, Random random)
    {
        var query = RandomQueries.Any(random, 2);
        SortKey[] keys =
        [
            .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new SortKey(
                Fields[random.Next(Fields.Length)], random.Next(2) == 0, random.Next(2) == 0)),
        ];
        var request = new SearchRequest
        {
            Collection = "docs", Query = query, Size = random.Next(1, 60), From = random.Next(20), Sort = keys,
            WithSource = false,
        };
        var status = harness.Index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);

        // The index's own scores: those of the model differ in the last bits, which would order hits otherwise.
        var scores = harness.Search(query, 1_000).Hits.ToDictionary(hit => hit.Path, hit => hit.Score);
        var matches = harness.Searchable.Where(d => scores.ContainsKey(d.Path)).ToList();
        matches.Sort((a, b) => Order(keys, a, b, scores));
        Assert.Equal(matches.Count, reply!.Total);
        var expected = matches.Skip(request.From).Take(request.Size).ToArray();
        Assert.Equal(expected.Select(d => d.Path), reply.Hits.Select(hit => hit.Path));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(scores[expected[i].Path], reply.Hits[i].Score);
            Assert.Equal(keys.Select(key => ValueOf(key, expected[i], scores)), reply.Hits[i].SortValues);
        }
    }

    private static int Order(SortKey[] keys, ModelDocument a, ModelDocument b, Dictionary<string, float> scores)
    {
        foreach (var key in keys)
        {
            var (x, y) = (ValueOf(key, a, scores), ValueOf(key, b, scores));
            if (x.IsMissing && y.IsMissing) continue;
            if (x.IsMissing || y.IsMissing) return x.IsMissing == key.MissingFirst ? -1 : 1;
            var order = x.Text is not null
                ? Corpus.Utf8(x.Text).AsSpan().SequenceCompareTo(Corpus.Utf8(y.Text!))
                : x.Whole is not null ? x.Whole.Value.CompareTo(y.Whole!.Value) : x.Number!.Value.CompareTo(y.Number);
            if (order != 0) return key.Descending ? -order : order;
        }

        return string.CompareOrdinal(a.Path, b.Path);
    }

    private static SortValue ValueOf(SortKey key, ModelDocument document, Dictionary<string, float> scores)
    {
        switch (key.Field)
        {
            case SortKey.Score:
                return SortValue.Of((double)scores[document.Path]);
            case SortKey.Path:
                return SortValue.Of(document.Path);
            case "price":
                return document.Price is { } price ? SortValue.Of(price) : default;
            case "day":
                return document.Day is { } day ? SortValue.Of(day) : default;
            case "draft":
                return document.Draft is { } draft ? SortValue.Of(draft ? 1L : 0L) : default;
            case "counts":
                if (document.Counts.Length == 0) return default;
                return SortValue.Of(key.Descending ? document.Counts.Max() : document.Counts.Min());
            default:
                var tags = document.Tags.OrderBy(Corpus.Utf8, ByBytes.Instance).ToArray();
                if (tags.Length == 0) return default;
                return SortValue.Of(key.Descending ? tags[^1] : tags[0]);
        }
    }

    private sealed class ByBytes : IComparer<byte[]>
    {
        public static readonly ByBytes Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
