using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Pages that begin behind a hit, beside the whole list.</summary>
public sealed class PageTests
{
    private static readonly string[] Fields = ["tags", "price", "day", "counts", "draft", SortKey.Score, SortKey.Path];

    [Fact]
    public void Pages_one_behind_the_other_are_the_whole_list() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = IndexDirectory.InMemory();
            using var harness = Filled(random, directory);
            for (var i = 0; i < 25; i++) Compare(harness, random);
        },
        iter: 12,
        threads: 1);

    [Fact]
    public void A_page_begins_behind_values_and_paths_that_no_document_has() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = IndexDirectory.InMemory();
            using var harness = Filled(random, directory);
            var request = Request(random) with { Sort = [new SortKey("tags", random.Next(2) == 0)], Size = 1_000 };
            var all = Search(harness, request);
            var tag = new[] { "", "a", "c5", "zzz" }[random.Next(4)];
            var place = new SearchAfter([SortValue.Of(tag)], random.Next(2) == 0 ? null : "/docs/5x");
            var expected = all.Where(hit => IsBehind(hit, tag, place.Path, request.Sort[0].Descending));
            var found = Search(harness, request with { After = place });
            Assert.Equal(expected.Select(hit => hit.Path), found.Select(hit => hit.Path));
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void A_held_snapshot_goes_on_as_it_was_whatever_is_written() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = new TemporaryDirectory();
            using var files = IndexDirectory.OnDisk(directory.Path);
            using var harness = Filled(random, files);
            var request = Request(random) with { Size = 1_000, ReportStatistics = true };
            var held = harness.Index.AcquireSnapshot();
            var before = Search(harness, request, held);
            Change(harness, random, 200);
            harness.Refresh();
            harness.Flush();
            while (harness.Merge())
            {
            }

            var after = Search(harness, request, held);
            Assert.Equal(
                before.Select(hit => (hit.Path, hit.Score, hit.Version)),
                after.Select(hit => (hit.Path, hit.Score, hit.Version)));
            held.Release();
        },
        iter: 15,
        threads: 1);

    [Theory]
    [InlineData("price", "no number", "'price'")]
    [InlineData("tags", 5L, "'tags'")]
    [InlineData("_path", 5L, "'_path'")]
    [InlineData("_score", "high", "'_score'")]
    [InlineData("draft", 0.5, "'draft'")]
    public void A_value_that_is_none_of_the_key_is_refused_by_its_name(string field, object value, string says)
    {
        var sort = value switch
        {
            long whole => SortValue.Of(whole),
            double number => SortValue.Of(number),
            _ => SortValue.Of((string)value),
        };
        Refused(new SearchAfter([sort], null), [new SortKey(field, false)], StatusCode.BadQuery, says);
    }

    [Fact]
    public void A_place_with_too_few_or_too_many_values_is_refused()
    {
        var one = new SearchAfter([SortValue.Of(1L)], null);
        Refused(one, [new SortKey("price", false), new SortKey("day", false)], StatusCode.BadQuery, "1 values for 2");
        Refused(one with { Values = [] }, [], StatusCode.BadQuery, "score");
        Refused(one with { Values = [SortValue.Of("x")] }, [], StatusCode.BadQuery, "score");
        Refused(one with { Values = [SortValue.Of(1L), SortValue.Of(1L)] }, [], StatusCode.BadQuery, "score");
        Refused(one, [], StatusCode.BadRequest, "from is 3", from: 3);
    }

    private static void Refused(SearchAfter after, SortKey[] sort, StatusCode status, string says, int from = 0)
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new IndexHarness(directory);
        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Sort = sort, After = after, From = from,
        };
        Assert.Equal(status, harness.Index.Search(request, SearchBudget.Unlimited(), out _, out var error));
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    private static void Compare(IndexHarness harness, Random random)
    {
        var request = Request(random);
        var all = Search(harness, request with { Size = 1_000 });
        var paged = new List<SearchHit>();
        var page = request with { Size = random.Next(1, 20) };
        while (true)
        {
            var hits = Search(harness, page);
            paged.AddRange(hits);
            if (hits.Count < page.Size) break;
            page = page with { After = SearchAfter.Of(hits[^1]), Size = random.Next(1, 20) };
        }

        Assert.Equal(
            all.Select(hit => (hit.Path, hit.Score)), paged.Select(hit => (hit.Path, hit.Score)));
        Assert.Equal(all.SelectMany(hit => hit.SortValues), paged.SelectMany(hit => hit.SortValues));
    }

    private static bool IsBehind(SearchHit hit, string tag, string? path, bool descending)
    {
        if (hit.SortValues[0].Text is not { } value) return true;
        var order = Corpus.Utf8(value).AsSpan().SequenceCompareTo(Corpus.Utf8(tag));
        if (order != 0) return order > 0 != descending;
        return path is not null && string.CompareOrdinal(hit.Path, path) > 0;
    }

    private static SearchRequest Request(Random random) => new()
    {
        Collection = "docs",
        Query = RandomQueries.Any(random, 2),
        Sort =
        [
            .. Enumerable.Range(0, random.Next(0, 4)).Select(_ => new SortKey(
                Fields[random.Next(Fields.Length)], random.Next(2) == 0, random.Next(2) == 0)),
        ],
        WithSource = false,
        ExactTotal = random.Next(2) == 0,
        TotalUpTo = random.Next(2) == 0 ? random.Next(50) : null,
    };

    private static IndexHarness Filled(Random random, IndexDirectory directory)
    {
        var harness = new IndexHarness(directory);
        Change(harness, random, 300);
        harness.Refresh();
        return harness;
    }

    private static void Change(IndexHarness harness, Random random, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var path = Corpus.PathOf(random.Next(120));
            if (random.Next(6) == 0) harness.Delete(path);
            else harness.Put(random, path);
            if (random.Next(25) == 0) harness.Refresh();
            if (random.Next(50) == 0) harness.Flush();
            if (random.Next(25) == 0) harness.Merge();
        }
    }

    private static IReadOnlyList<SearchHit> Search(
        IndexHarness harness, SearchRequest request, IndexSnapshot? held = null)
    {
        var status = harness.Index.Search(request, SearchBudget.Unlimited(), out var reply, out var error, held);
        Assert.True(status == StatusCode.Ok, error);
        return reply!.Hits;
    }
}
