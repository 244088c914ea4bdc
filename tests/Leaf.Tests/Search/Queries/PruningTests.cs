using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>
/// Whatever is passed over, hits are those of a search that passes nothing over, to the last bit: on terms of many
/// blocks, dense and rare, with deletes and several segments. The search beside it asks for more hits than there are
/// matches, so that its collector never fills and nothing can be pruned.
/// </summary>
public sealed class PruningTests
{
    private const int Documents = 9_000;
    private const int Vocabulary = 60;

    private static readonly CollectionSchema Schema = new()
    {
        Name = "docs",
        Fields =
        [
            new FieldSchema { Name = "body", Type = FieldType.Text },
            new FieldSchema { Name = "title", Type = FieldType.Text },
            new FieldSchema { Name = "rank", Type = FieldType.Number },
        ],
    };

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Hits_and_totals_are_those_of_a_search_that_passes_nothing_over(int segments, bool withDeletes)
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Index(directory, segments, withDeletes);
        Gen.Int[0, int.MaxValue].Sample(seed => Compare(index, new Random(seed)), iter: 60, threads: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Documents_that_score_nothing_are_found_where_bounds_are_rounded(bool withDeletes)
    {
        // A filter, and beside it clauses whose bounds are no floats: what they left of nothing was less.
        using var directory = IndexDirectory.InMemory();
        using var index = Index(directory, 4, withDeletes);
        Gen.Int[0, int.MaxValue].Sample(
            seed => Compare(index, new Random(seed)), seed: "8Kpr6H5i0ni1", iter: 1, threads: 1);
    }

    [Fact]
    public void A_search_for_the_best_of_several_leaves_nothing_behind_that_a_count_trips_over()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Index(directory, 4, withDeletes: true);
        var common = new TermQuery("body", "w0");
        var ofCommon = Search(index, common, 0, true).Total;
        for (var word = 1; word < Vocabulary; word++)
        {
            var rare = new TermQuery("body", $"w{word}");
            var both = Search(index, new BooleanQuery([common, rare], [], [], []), 0, true).Total;
            var expected = ofCommon + Search(index, rare, 0, true).Total - both;
            var best = new DisMaxQuery([rare, common], 0.25f);
            Assert.Equal(expected, Search(index, best, SearchRequest.HitsMax, true).Hits.Count);
            Assert.Equal(expected, Search(index, best, 0, true).Total);
            Assert.Equal(both, Search(index, new BooleanQuery([common, rare], [], [], []), 0, true).Total);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Equal_scores_of_a_unions_clauses_stand_in_the_order_of_paths(int segments)
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Open(directory);
        const int count = 3_000;
        string[] words = ["left", "right", "left right", "neither"];
        for (var i = 0; i < count; i++)
        {
            var json = $$"""{"body":"{{words[i * 7 % 4]}} {{(i * 7 % 4 == 2 ? "" : "word")}}"}""";
            Assert.Equal(StatusCode.Ok, index.Put(Corpus.Utf8($"/docs/{i:D5}"), 1, Corpus.Utf8(json), out _, out _));
            if ((i + 1) % (count / segments) == 0) index.Refresh();
        }

        index.Refresh();
        var query = new MatchQuery("body", "left right", AllWords: false);
        var all = Search(index, query, SearchRequest.HitsMax, true);
        Assert.Equal(count * 3 / 4, all.Total);
        foreach (var size in new[] { 1, 10, 100, 749, 751, 1_000, 2_000 })
        {
            Same(all, Search(index, query, size, false), size);
            Same(all, Search(index, query, size, true), size);
        }

        var paths = all.Hits.Skip(count / 4).Select(hit => hit.Path).ToArray();
        Assert.Equal(paths.Order(StringComparer.Ordinal), paths);
    }

    private static void Compare(CollectionIndex index, Random random)
    {
        var query = Query(random, 2);
        var all = Search(index, query, SearchRequest.HitsMax, true);
        Assert.Equal(all.Hits.Count, all.Total);
        Assert.Equal(all.Total, Search(index, query, 0, true).Total);
        foreach (var size in new[] { 1, random.Next(2, 30), 100, 1_000 })
        {
            var exact = Search(index, query, size, true);
            Assert.Equal(all.Total, exact.Total);
            Assert.True(exact.TotalIsExact);
            Same(all, exact, size);
            var quick = Search(index, query, size, false);
            Assert.InRange(quick.Total, quick.Hits.Count, all.Total);
            Same(all, quick, size);
            var upTo = random.Next(2_000);
            var bounded = Search(index, query, random.Next(2) * size, false, upTo);
            Assert.True(bounded.TotalIsExact || all.Total > upTo);
            if (bounded.TotalIsExact) Assert.Equal(all.Total, bounded.Total);
            else Assert.InRange(bounded.Total, upTo + 1, all.Total);
            Same(all, bounded, bounded.Hits.Count == 0 ? 0 : size);
        }
    }

    private static void Same(SearchReply all, SearchReply some, int size) => Assert.Equal(
        all.Hits.Take(size).Select(hit => (hit.Path, BitConverter.SingleToInt32Bits(hit.Score))),
        some.Hits.Select(hit => (hit.Path, BitConverter.SingleToInt32Bits(hit.Score))));

    private static SearchReply Search(CollectionIndex index, QueryNode query, int size, bool isExact, int? upTo = null)
    {
        var request = new SearchRequest
        {
            Collection = "docs",
            Query = query,
            Size = size,
            WithSource = false,
            ExactTotal = isExact,
            TotalUpTo = upTo,
        };
        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    private static CollectionIndex Open(IndexDirectory directory) => CollectionIndex.Open(
        directory,
        Schema,
        _ => WordAnalyzer.Instance,
        new CollectionIndexOptions(),
        new FakeTimeProvider(DateTimeOffset.UnixEpoch));

    private static CollectionIndex Index(IndexDirectory directory, int segments, bool withDeletes)
    {
        var index = Open(directory);
        var random = new Random(segments);
        for (var i = 0; i < Documents; i++)
        {
            // Segments interleave by path, so that ties across them are decided by paths.
            var rank = i % 9 == 0 ? "" : $",\"rank\":{(i * 7919 % 1_000) - 50}";
            var json = $$"""{"body":"{{Text(random)}}","title":"{{Words(random)}}"{{rank}}}""";
            var path = Corpus.Utf8($"/docs/{random.Next(10)}/{i}");
            Assert.Equal(StatusCode.Ok, index.Put(path, 1, Corpus.Utf8(json), out _, out _));
            if (withDeletes && i % 7 == 3) index.Delete(path, 2, out _, out _);
            if (i % (Documents / segments) == 0) index.Refresh();
            if (withDeletes && i % 5 == 0) index.Put(path, 3, Corpus.Utf8(json), out _, out _);
        }

        index.Refresh();
        return index;
    }

    private static string Text(Random random) => string.Join(
        ' ', Enumerable.Range(0, random.Next(1, random.Next(20) == 0 ? 300 : 14)).Select(_ => Word(random)));

    /// <summary>w0 is in most documents, the last ones in a few.</summary>
    private static string Word(Random random) => "w" + (int)(Vocabulary * Math.Pow(random.NextDouble(), 4));

    private static QueryNode Query(Random random, int depth)
    {
        QueryNode query = random.Next(depth > 0 ? 19 : 9) switch
        {
            0 or 1 => new TermQuery("body", Any(random)),
            2 => new MatchQuery("body", Words(random), AllWords: false),
            3 => new MatchQuery("body", Words(random), AllWords: true),
            4 => new PhraseQuery("body", $"{Any(random)} {Word(random)}", random.Next(3)),
            5 => new PrefixQuery("body", Any(random)),
            6 => new CombinedFieldsQuery(["title^2.5", "body"], Words(random), random.Next(3) == 0),
            7 => new PhrasePrefixQuery("body", $"{Any(random)} w{random.Next(1, 6)}", random.Next(2), 9),
            8 => new MatchQuery("body", Words(random), random.Next(2) == 0)
            {
                Rules = new MatchRules { Fuzziness = new Fuzziness(1), PrefixLength = 1, MaxExpansions = 7 },
            },
            9 => new ConstantScoreQuery(Query(random, depth - 1)),
            10 => new BoostingQuery(Query(random, depth - 1), Query(random, depth - 1), random.NextSingle()),
            11 or 12 => new DisMaxQuery(Clauses(random, 5, depth), random.Next(3) == 0 ? 0 : random.NextSingle()),
            13 => new MultiMatchQuery(["title^2", "body"], Words(random), (MultiMatchType)random.Next(4)),
            14 => AtLeast(Clauses(random, 6, depth), random),
            15 or 16 => Functions(random, Query(random, depth - 1)),
            _ => new BooleanQuery(
                Clauses(random, 3, depth),
                Clauses(random, 4, depth),
                Clauses(random, 2, depth),
                Clauses(random, 2, depth)),
        };
        return random.Next(5) == 0 ? query with { Boost = 0.5f + random.NextSingle() } : query;
    }

    private static BooleanQuery AtLeast(List<QueryNode> clauses, Random random) =>
        new([], clauses, [], []) { MinimumShouldMatch = random.Next(clauses.Count + 1) };

    private static FunctionScoreQuery Functions(Random random, QueryNode query)
    {
        ScoreFunction[] functions =
        [
            new FieldValueFunction("rank", 0.5 + random.NextDouble(), (ValueModifier)random.Next(10), 3),
            new WeightFunction { Weight = random.NextDouble() * 2, Filter = new TermQuery("title", Any(random)) },
            new DecayFunction(DecayShape.Gauss, "rank", "300", "100", "") { Weight = 3 },
        ];
        return new FunctionScoreQuery(query, functions[..random.Next(1, 4)])
        {
            ScoreMode = (FunctionsMode)random.Next(6),
            BoostMode = (BoostMode)random.Next(6),
            MaxBoost = random.Next(3) == 0 ? random.NextDouble() * 5 : null,
            MinScore = random.Next(5) == 0 ? random.NextDouble() : null,
        };
    }

    private static string Any(Random random) =>
        random.Next(2) == 0 ? Word(random) : "w" + random.Next(Vocabulary);

    private static string Words(Random random) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Any(random)));

    private static List<QueryNode> Clauses(Random random, int countMax, int depth) =>
        [.. Enumerable.Range(0, random.Next(countMax)).Select(_ => Query(random, depth - 1))];
}
