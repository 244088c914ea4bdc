using System.Globalization;
using CsCheck;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Lists of values against a look into every document.</summary>
public sealed class TermsTests
{
    [Fact]
    public void A_list_of_values_finds_what_has_one_of_them() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var shops = new ShopIndexes(random, 300);
            for (var i = 0; i < 40; i++)
            {
                var field = Shop.Schema.Fields[random.Next(5)].Name;
                var values = Enumerable.Range(0, random.Next(1 << random.Next(11))).Select(_ => Value(field, random));
                var query = new TermsQuery(field, [.. values]) { Boost = 2 };
                var wanted = query.Values.ToHashSet();
                var expected = shops.Live.Values.Where(shop => Values(shop, field).Any(wanted.Contains))
                    .Select(shop => shop.Path).Order(StringComparer.Ordinal);
                var reply = shops.Search(query);
                Assert.Equal(expected, reply.Hits.Select(hit => hit.Path));
                Assert.All(reply.Hits, hit => Assert.Equal(2, hit.Score));
            }
        },
        iter: 8,
        threads: 1);

    [Fact]
    public void A_set_of_ranges_answers_as_its_ranges_do() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var ranges = Enumerable.Range(0, random.Next(40)).Select(_ => Range(random)).ToArray();
            var set = ValueSet.Of([.. ranges]);
            for (var i = 0; i < 200; i++)
            {
                var (low, high) = (random.Next(-5, 110), random.Next(-5, 110));
                if (low > high) (low, high) = (high, low);
                var has = Enumerable.Range(low, high - low + 1).Select(
                    value => ranges.Any(range => range.From <= value && value <= range.To)).ToArray();
                Assert.Equal(has[0], set.Has(low));
                Assert.Equal(has.Contains(true), set.Touches(low, high));
                if (set.Covers(low, high)) Assert.DoesNotContain(false, has);
            }
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void A_date_in_a_list_is_the_whole_day()
    {
        using var shops = new ShopIndexes(new Random(5), 400);
        var found = shops.Search(new TermsQuery("opened", ["1970-02-03", "1970-03-01T05"])).Hits;
        var expected = shops.Live.Values.Where(shop => shop.Opened is { } ms
            && DateTime.UnixEpoch.AddMilliseconds(ms) is var at
            && (at.Date == new DateTime(1970, 2, 3) || (at.Date == new DateTime(1970, 3, 1) && at.Hour == 5)));
        Assert.Equal(expected.Select(shop => shop.Path).Order(StringComparer.Ordinal), found.Select(hit => hit.Path));
    }

    [Fact]
    public void A_list_over_its_limit_is_refused_by_name()
    {
        using var shops = new ShopIndexes(new Random(1), 20);
        var most = Enumerable.Range(0, TermsQuery.ValuesMax).Select(i => $"tag{i}").ToArray();
        Assert.True(shops.Search(new TermsQuery("tags", most)).Total > 0);
        Assert.Contains("at most 65536 are allowed", shops.ErrorOf(new TermsQuery("tags", [.. most, "one more"])));
        Assert.Contains("found 'x'", shops.ErrorOf(new TermsQuery("stars", ["1", "x"])));
        Assert.Contains("holds dates", shops.ErrorOf(new TermsQuery("opened", ["yesterday"])));
    }

    private static ValueRange Range(Random random)
    {
        var from = random.Next(100);
        return new ValueRange(from, from + (random.Next(2) == 0 ? 0 : random.Next(-1, 6)));
    }

    private static string Value(string field, Random random) => field switch
    {
        "body" => Shop.Word(random),
        "tags" => Shop.Tag(random),
        "ratings" => (random.Next(-8, 30) / 4.0).ToString(CultureInfo.InvariantCulture),
        "stars" => random.Next(-10, 40).ToString(CultureInfo.InvariantCulture),
        _ => Shop.Day(random).ToString(CultureInfo.InvariantCulture),
    };

    private static IEnumerable<string> Values(Shop shop, string field) => field switch
    {
        "body" => shop.Body.Split(' '),
        "tags" => shop.Tags,
        "ratings" => shop.Ratings.Select(value => value.ToString(CultureInfo.InvariantCulture)),
        "stars" => shop.Stars.Select(value => value.ToString(CultureInfo.InvariantCulture)),
        _ => shop.Opened is { } opened ? [opened.ToString(CultureInfo.InvariantCulture)] : [],
    };
}
