using System.Text;
using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>
/// Orders by distance, with rules for several and for missing values, against a sort of all documents.
/// </summary>
public sealed class SortRuleTests
{
    [Fact]
    public void Hits_come_in_the_order_that_the_rules_give() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var shops = new ShopIndexes(random, 300);
            for (var i = 0; i < 40; i++)
            {
                var key = Key(random);
                var request = new SearchRequest
                {
                    Collection = "shops", Query = new MatchAllQuery(), Size = random.Next(1, 300), Sort = [key],
                };
                var all = shops.Live.Values.Select(shop => (shop.Path, Value: ValueOf(key, shop))).ToList();
                all.Sort((a, b) => Order(key, a.Value, b.Value) is var order && order != 0
                    ? order
                    : string.CompareOrdinal(a.Path, b.Path));
                var hits = shops.Search(request).Hits;
                Assert.Equal(Math.Min(request.Size, all.Count), hits.Count);
                for (var h = 0; h < hits.Count; h++)
                {
                    Assert.True(IsNear(all[h].Value, hits[h].SortValues[0]), $"seed {seed}: {key} {all[h]} {hits[h]}");
                    if (key.Distance is null) Assert.Equal(all[h].Path, hits[h].Path);
                }
            }
        },
        iter: 10,
        threads: 1);

    [Fact]
    public void What_makes_no_order_is_refused_with_what_is_allowed()
    {
        using var shops = new ShopIndexes(new Random(1), 20);
        Refused("'place'", new SortKey("stars", false) { Distance = new SortDistance([default]) });
        Refused("cannot be ordered by 'place'", new SortKey("place", false));
        Refused("there are min and max", new SortKey("tags", false) { Mode = ValueMode.Sum });
        Refused("no numeric type", new SortKey("tags", false) { NumericType = SortNumbers.Whole });
        Refused("'much' is not allowed", new SortKey("stars", false) { Missing = "much" });
        Refused("1 to 64 are allowed", new SortKey("place", false) { Distance = new SortDistance([]) });
        Refused("is no place", new SortKey("place", false) { Distance = new SortDistance([new(0, 200)]) });
        Refused("no mode sum", new SortKey("place", false) { Mode = ValueMode.Sum, Distance = new([default]) });

        void Refused(string reason, SortKey key) => Assert.Contains(reason, shops.ErrorOf(
            new SearchRequest { Collection = "shops", Query = new MatchAllQuery(), Sort = [key] }));
    }

    private static SortKey Key(Random random)
    {
        var key = new SortKey(
            random.Next(5) switch { 0 => "tags", 1 => "ratings", 2 => "stars", 3 => "opened", _ => "place" },
            random.Next(2) == 0, random.Next(2) == 0);
        ValueMode? mode = random.Next(3) == 0 ? null : (ValueMode)random.Next(5);
        if (key.Field == "place")
        {
            var from = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Shop.Place(random));
            return key with
            {
                Mode = mode == ValueMode.Sum ? null : mode,
                Distance = new SortDistance([.. from], random.Next(2) == 0 ? 1 : 1_000),
            };
        }

        var missing = random.Next(2) == 0;
        if (key.Field == "tags")
        {
            return key with
            {
                Mode = random.Next(2) == 0 ? null : (ValueMode)random.Next(2),
                Missing = missing ? random.Next(2) == 0 ? Shop.Tag(random) : "tag100x" : null,
            };
        }

        return key with
        {
            Mode = mode,
            Missing = missing ? random.Next(-5, 30).ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
            NumericType = random.Next(3) switch { 0 => null, 1 => SortNumbers.Whole, _ => SortNumbers.Floating },
        };
    }

    private static SortValue ValueOf(SortKey key, Shop shop)
    {
        var mode = key.Mode ?? (key.Descending ? ValueMode.Max : ValueMode.Min);
        switch (key.Field)
        {
            case "tags":
                var tags = shop.Tags.Order(StringComparer.Ordinal).ToArray();
                if (tags.Length == 0) return key.Missing is null ? default : SortValue.Of(key.Missing);
                return SortValue.Of(mode == ValueMode.Max ? tags[^1] : tags[0]);
            case "place":
                if (shop.Places.Length == 0) return default;
                var places = shop.Places.Select(Shop.Stored);
                return SortValue.Of(Formulas.Several(mode, key.Distance!.From.SelectMany(
                    from => places, (from, place) => Formulas.Metres(from, place) / key.Distance.UnitMetres)));
            case "ratings":
                return Number(key, mode, shop.Ratings, key.NumericType != SortNumbers.Whole);
            case "stars":
                return Number(key, mode, shop.Stars.Select(s => (double)s), key.NumericType == SortNumbers.Floating);
            default:
                double[] opened = shop.Opened is { } ms ? [ms] : [];
                return Number(key, mode, opened, key.NumericType == SortNumbers.Floating);
        }
    }

    private static SortValue Number(SortKey key, ValueMode mode, IEnumerable<double> all, bool isFloating)
    {
        double[] values = [.. all.Select(value => isFloating ? value : Math.Truncate(value))];
        if (values.Length == 0 && key.Missing is null) return default;
        var value = values.Length == 0
            ? double.Parse(key.Missing!, System.Globalization.CultureInfo.InvariantCulture)
            : Formulas.Several(mode, values);
        return isFloating ? SortValue.Of(value) : SortValue.Of((long)Math.Floor(value + 0.5));
    }

    private static int Order(SortKey key, SortValue a, SortValue b)
    {
        if (a.IsMissing || b.IsMissing)
            return a.IsMissing == b.IsMissing ? 0 : a.IsMissing == key.MissingFirst ? -1 : 1;
        var order = a.Text is not null
            ? Encoding.UTF8.GetBytes(a.Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b.Text!))
            : a.Whole is { } whole ? whole.CompareTo(b.Whole!.Value) : a.Number!.Value.CompareTo(b.Number!.Value);
        return key.Descending ? -order : order;
    }

    private static bool IsNear(SortValue expected, SortValue actual)
    {
        if (expected.Number is not { } number || actual.Number is not { } other) return expected == actual;
        return Math.Abs(number - other) <= Math.Max(1e-3, Math.Abs(number) * 1e-9);
    }
}
