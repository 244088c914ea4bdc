using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>Searches for every letter typed, against a model that reads every document.</summary>
public sealed class InstantSearchTests
{
    private const int Shards = 7;

    private static readonly InstantRequest Least = new() { Collection = "docs", Text = "" };

    [Fact]
    public void Hits_order_and_counts_are_those_of_reading_every_document() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var shard = new InstantHarness();
                shard.Churn(random, 200);
                for (var i = 0; i < 60; i++)
                {
                    var request = Request(random);
                    Compare(shard.Live.Values, request, shard.Search(request));
                }
            },
            iter: 12,
            threads: 1);

    [Fact]
    public void The_best_of_seven_shards_are_those_of_one() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var one = new InstantHarness();
                var seven = Enumerable.Range(0, Shards).Select(_ => new InstantHarness()).ToArray();
                for (var i = 0; i < 150; i++)
                {
                    var document = InstantWords.Document(random, $"/docs/{i}");
                    one.Put(document);
                    seven[i % Shards].Put(document);
                    if (random.Next(20) == 0) seven[random.Next(Shards)].Index.Refresh();
                }

                one.Index.Refresh();
                foreach (var shard in seven) shard.Index.Refresh();
                for (var i = 0; i < 60; i++)
                {
                    var request = Request(random) with { From = 0 };
                    var hits = seven.SelectMany(shard => shard.Search(request).Hits)
                        .ToDictionary(hit => hit.Path, hit => hit.Ranking);
                    var whole = one.Search(request).Hits;
                    Assert.All(whole, hit => Assert.Equal(hit.Ranking, hits[hit.Path]));
                }

                foreach (var shard in seven) shard.Dispose();
            },
            iter: 6,
            threads: 1);

    [Fact]
    public void Without_the_order_of_words_all_stand_equally_far()
    {
        using var shard = new InstantHarness(instant: false);
        shard.Put(new InstantDocument("/docs/1", "row of a hedge", "", null, "x", []));
        shard.Put(new InstantDocument("/docs/2", "hedge row", "", null, "x", []));
        shard.Index.Refresh();
        var hits = shard.Search(Least with { Text = "hedge row" }).Hits;
        Assert.Equal(["/docs/1", "/docs/2"], hits.Select(hit => hit.Path));
        Assert.All(hits, hit => Assert.Equal(InstantRanking.ProximityMax, hit.Ranking.Proximity));
    }

    [Fact]
    public void Words_are_marked_with_their_typos()
    {
        using var shard = new InstantHarness();
        shard.Put(new InstantDocument("/docs/1", "The Hedgehog & a greenhouse", "", null, "x", []));
        shard.Index.Refresh();
        var hit = Assert.Single(shard.Search(Least with { Text = "hedgehg greenh", HighlightFields = ["title"] }).Hits);
        Assert.Equal("The <em>Hedgehog</em> &amp; a <em>greenhouse</em>", Assert.Single(hit.Highlights).Snippet);
    }

    [Fact]
    public void What_is_wrong_is_said_with_what_is_allowed()
    {
        using var shard = new InstantHarness();
        Assert.Contains("text fields are 'title', 'text'", shard.Refusal(Least with { Fields = ["tag"] }));
        Assert.Contains("ranked by 'tag'", shard.Refusal(Least with { RankField = "tag" }));
        Assert.Contains("no more than 1000", shard.Refusal(Least with { From = 1, Size = 1_000 }));
        Assert.Contains("at most 8192", shard.Refusal(Least with { Text = new string('a', 8_193) }));
        Assert.Contains("no field 'nothing'", shard.Refusal(Least with { Filter = new TermQuery("nothing", "x") }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \t\n")]
    [InlineData("!?.,;:")]
    [InlineData("\u0301\u0301\u0301")]
    [InlineData("e\u0301\u0301\u0301\u0301")]
    [InlineData("\u3042\u3044\u6771\u4eac\u90fd")]
    [InlineData("\ud83e\udd94\ud83e\udd94")]
    [InlineData("\0\0hedge\0")]
    public void Odd_texts_are_answered(string text)
    {
        using var shard = new InstantHarness();
        shard.Put(new InstantDocument("/docs/1", "hedge \u6771\u4eac \u3042", "row", 1, "x", []));
        shard.Index.Refresh();
        var reply = shard.Search(Least with { Text = text, HighlightFields = ["title"] });
        Assert.Equal(reply.Words == 0 ? 1 : reply.Counts[0], reply.Total == 0 ? 0 : 1);
    }

    [Fact]
    public void Long_texts_are_cut_to_ten_words_and_words_too_long_for_a_term_are_none()
    {
        using var shard = new InstantHarness();
        shard.Put(new InstantDocument("/docs/1", "hedge row", "", 1, "x", []));
        shard.Index.Refresh();
        var many = string.Concat(Enumerable.Repeat("hedge ", 1_365));
        Assert.Equal(InstantRequest.WordsMax, shard.Search(Least with { Text = many }).Words);
        Assert.Equal(0, shard.Search(Least with { Text = new string('h', 8_192) }).Words);
        Assert.Empty(shard.Search(Least with { Text = new string('h', 200) }).Hits);
        Assert.InRange(shard.Search(Least with { Text = new string('\u0301', 8_191) + "h" }).Hits.Count, 0, 1);
    }

    private static InstantRequest Request(Random random) => Least with
    {
        Text = random.Next(20) == 0 ? "" : InstantWords.Typed(random, 4),
        Size = random.Next(12),
        From = random.Next(4),
        AllWords = random.Next(3) == 0,
        Typos = random.Next(5) > 0,
        Filter = random.Next(3) == 0 ? new TermQuery("tag", "x") : null,
        RankField = random.Next(2) == 0 ? "rank" : null,
        RankDescending = random.Next(2) == 0,
        ExactTotal = random.Next(2) == 0,
        WithSource = false,
    };

    private static void Compare(
        IReadOnlyCollection<InstantDocument> documents, InstantRequest request, InstantReply reply)
    {
        var expected = InstantModel.Search(documents, request);
        Assert.Equal(
            expected.Skip(request.From).Take(request.Size),
            reply.Hits.Select(hit => (hit.Path, hit.Ranking)));
        var counts = InstantModel.Counts(documents, request);
        if (reply.TotalIsExact) Assert.Equal(counts, reply.Counts);
        else Assert.All(counts.Zip(reply.Counts), pair => Assert.InRange(pair.Second, 0, pair.First));
        if (request.ExactTotal) Assert.True(reply.TotalIsExact);
    }
}
