using System.IO.Hashing;
using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Scores that functions change against the formulas written down once more.</summary>
public sealed class FunctionScoreTests
{
    [Fact]
    public void Functions_change_scores_as_their_formulas_say() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var shops = new ShopIndexes(random, 250);
            for (var i = 0; i < 40; i++) Compare(shops, random, seed);
        },
        iter: 8,
        threads: 1);

    [Fact]
    public void The_best_hits_are_the_first_of_all() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var shops = new ShopIndexes(random, 900);
            for (var i = 0; i < 20; i++)
            {
                QueryNode query = Query(random);
                if (random.Next(2) == 0)
                    query = new BooleanQuery([query], [new TermQuery("body", Shop.Word(random))], [], []);
                var all = shops.Search(query).Hits;
                var request = new SearchRequest
                {
                    Collection = "shops", Query = query, Size = random.Next(1, 20), ExactTotal = false, NowMs = 1,
                };
                var best = shops.Search(request).Hits;
                Assert.Equal(Told(all.Take(request.Size)), Told(best));
                var least = all.Count == 0 ? 0 : all[random.Next(all.Count)].Score;
                var above = shops.Search(request with { MinScore = least, Size = 1_000, ExactTotal = true });
                Assert.Equal(Told(all.Where(hit => hit.Score >= least)), Told(above.Hits));
                Assert.Equal(above.Hits.Count, above.Total);
                Assert.Equal(above.Total, shops.Search(request with { MinScore = least, Size = 0 }).Total);
                var explained = shops.Search(request with { Explain = true });
                Assert.All(explained.Hits, hit => Assert.Equal(hit.Score, hit.Explanation!.Value, hit.Score * 1e-5));
            }
        },
        iter: 8,
        threads: 1);

    [Fact]
    public void A_least_score_decides_about_matches_in_a_filter_too()
    {
        using var shops = new ShopIndexes(new Random(4), 300);
        var query = new FunctionScoreQuery(
            new ExistsQuery("ratings"), [new FieldValueFunction("ratings", 1, ValueModifier.None, null)])
        {
            BoostMode = BoostMode.Replace, MinScore = 3,
        };
        var expected = shops.Live.Values.Where(shop => shop.Ratings.Length > 0 && shop.Ratings.Min() >= 3);
        var filtered = new BooleanQuery([], [], [], [query]);
        Assert.Equal(
            expected.Select(shop => shop.Path).Order(StringComparer.Ordinal),
            shops.Search(filtered).Hits.Select(hit => hit.Path));
        Assert.Equal(expected.Count(), shops.Search(filtered, size: 0).Total);
    }

    [Fact]
    public void Nearness_and_features_score_as_their_formulas_say()
    {
        using var shops = new ShopIndexes(new Random(6), 400);
        Check(new DistanceFeatureQuery("opened", "now-10d", "30d") { Boost = 3 }, shop => shop.Opened is { } ms
            ? 3 * 30.0 / (30 + Math.Abs((ms - (ShopIndexes.NowMs - 864_000_000.0)) / 86_400_000))
            : null);
        Check(new DistanceFeatureQuery("place", "52.5,13.4", "100km"), shop => shop.Places.Length == 0
            ? null
            : shop.Places.Max(
                place => 100_000 / (100_000 + Formulas.Metres(new GeoPoint(52.5, 13.4), Shop.Stored(place)))));
        Check(new RankFeatureQuery("ratings", FeatureShape.Saturation, 2) { Boost = 2 }, shop =>
            shop.Ratings.Any(value => value > 0) ? 2 * shop.Ratings.Max() / (shop.Ratings.Max() + 2) : null);
        Check(new RankFeatureQuery("stars", FeatureShape.Logarithm, 4), shop =>
            shop.Stars.Any(value => value > 0) ? Math.Log(4 + shop.Stars.Max()) : null);
        Check(new RankFeatureQuery("stars", FeatureShape.Sigmoid, 7, 0.6), shop => shop.Stars.Any(value => value > 0)
            ? Math.Pow(shop.Stars.Max(), 0.6) / (Math.Pow(shop.Stars.Max(), 0.6) + Math.Pow(7, 0.6))
            : null);
        Check(new RankFeatureQuery("stars", FeatureShape.Linear, 1), shop =>
            shop.Stars.Any(value => value > 0) ? shop.Stars.Max() : null);

        void Check(QueryNode query, Func<Shop, double?> score)
        {
            var expected = shops.Live.Values.Where(shop => score(shop) is not null).ToArray();
            var hits = shops.Search(query).Hits;
            Assert.NotEmpty(hits);
            Assert.Equal(expected.Select(s => s.Path).Order(), hits.Select(hit => hit.Path).Order());
            foreach (var hit in hits) Near(score(shops.Live[hit.Path])!.Value, hit.Score);
        }
    }

    [Fact]
    public void What_makes_no_function_is_refused_with_what_is_allowed()
    {
        using var shops = new ShopIndexes(new Random(1), 20);
        Refused("0 or more", new WeightFunction { Weight = -1 });
        Refused("above 0 and below 1", Decay("stars", "1", "2", decay: 1));
        Refused("the scale '0'", Decay("stars", "1", "0"));
        Refused("the scale '5km'", Decay("opened", "now", "5km"));
        Refused("such as 5km", Decay("place", "1,1", "5d"));
        Refused("is no place", Decay("place", "over there", "5km"));
        Refused("is no number", Decay("stars", "", "5"));
        Refused("which this query cannot search", new FieldValueFunction("tags", 1, ValueModifier.None, null));
        Assert.Contains("at most 64", shops.ErrorOf(new FunctionScoreQuery(
            new MatchAllQuery(), [.. Enumerable.Repeat(new WeightFunction(), 65)])));
        Assert.Contains("max_boost", shops.ErrorOf(new FunctionScoreQuery(new MatchAllQuery(), []) { MaxBoost = -1 }));
        Assert.Contains("pivot", shops.ErrorOf(new RankFeatureQuery("stars", FeatureShape.Saturation, 0)));
        Assert.Contains("pivot '-1d'", shops.ErrorOf(new DistanceFeatureQuery("opened", "now", "-1d")));

        void Refused(string reason, ScoreFunction function) =>
            Assert.Contains(reason, shops.ErrorOf(new FunctionScoreQuery(new MatchAllQuery(), [function])));
    }

    private static DecayFunction Decay(string field, string origin, string scale, double decay = 0.5) =>
        new(DecayShape.Gauss, field, origin, scale, "", decay);

    private static void Compare(ShopIndexes shops, Random random, int seed)
    {
        var query = Query(random);
        var inner = shops.Search(query.Query).Hits.ToDictionary(hit => hit.Path, hit => hit.Score);
        var filters = query.Functions.Select(function => function.Filter is null
            ? null
            : shops.Search(function.Filter).Hits.Select(hit => hit.Path).ToHashSet()).ToArray();
        var hits = shops.Search(query).Hits;
        var found = hits.ToDictionary(hit => hit.Path, hit => hit.Score);
        foreach (var (path, score) in inner)
        {
            var values = new List<(double Value, double Weight)>();
            for (var i = 0; i < filters.Length; i++)
            {
                if (filters[i] is { } filter && !filter.Contains(path)) continue;
                if (Value(query.Functions[i], shops.Live[path]) is not { } value) continue;
                values.Add((value > 0 ? value : 0, query.Functions[i].Weight));
            }

            var expected = Joined(query, score, values);
            var isAtBound = query.MinScore is { } bound && Math.Abs(expected - bound) < 1e-4 * Math.Max(1, bound);
            if (isAtBound) continue;
            var isExpected = query.MinScore is not { } least || expected >= least;
            Assert.True(found.TryGetValue(path, out var actual) == isExpected, $"seed {seed}: {query} on {path}");
            if (isExpected) Near(expected, actual);
        }

        Assert.Equal(
            Told(hits.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Path, StringComparer.Ordinal)), Told(hits));
    }

    private static double Joined(FunctionScoreQuery query, double score, List<(double Value, double Weight)> values)
    {
        var weighed = values.Select(value => value.Value * value.Weight).ToArray();
        var factor = weighed.Length == 0 ? 1 : query.ScoreMode switch
        {
            FunctionsMode.Multiply => weighed.Aggregate(1.0, (a, b) => a * b),
            FunctionsMode.Sum => weighed.Sum(),
            FunctionsMode.Average => weighed.Sum() / values.Sum(value => value.Weight),
            FunctionsMode.First => weighed[0],
            FunctionsMode.Max => weighed.Max(),
            _ => weighed.Min(),
        };
        if (!(factor > 0)) factor = 0;
        factor = Math.Min(factor, query.MaxBoost ?? double.MaxValue);
        var joined = query.BoostMode switch
        {
            BoostMode.Multiply => score * factor,
            BoostMode.Replace => factor,
            BoostMode.Sum => score + factor,
            BoostMode.Average => (score + factor) / 2,
            BoostMode.Max => Math.Max(score, factor),
            _ => Math.Min(score, factor),
        };
        return Math.Min(joined > 0 ? joined : 0, float.MaxValue);
    }

    private static FunctionScoreQuery Query(Random random)
    {
        QueryNode inner = random.Next(3) switch
        {
            0 => new MatchAllQuery(),
            1 => new TermQuery("body", Shop.Word(random)),
            _ => new ExistsQuery("stars"),
        };
        var functions = Enumerable.Range(0, random.Next(4)).Select(_ => Function(random));
        return new FunctionScoreQuery(inner with { Boost = random.Next(1, 4) / 2f }, [.. functions])
        {
            ScoreMode = (FunctionsMode)random.Next(6),
            BoostMode = (BoostMode)random.Next(6),
            MaxBoost = random.Next(3) == 0 ? random.NextDouble() * 4 : null,
            MinScore = random.Next(3) == 0 ? random.NextDouble() : null,
        };
    }

    private static ScoreFunction Function(Random random)
    {
        ScoreFunction function = random.Next(6) switch
        {
            0 => new WeightFunction(),
            1 => new RandomFunction(random.Next(2) == 0 ? null : random.NextInt64()),
            2 => new FieldValueFunction(
                random.Next(2) == 0 ? "stars" : "ratings", random.Next(1, 5) / 2.0, (ValueModifier)random.Next(10),
                random.Next(2) == 0 ? null : 3),
            3 => new DecayFunction(
                (DecayShape)random.Next(3), "opened", random.Next(2) == 0 ? "" : "now-50d/d", "40d",
                random.Next(2) == 0 ? "" : "10d", 0.3),
            4 => new DecayFunction(
                (DecayShape)random.Next(3), "place", "-17,180", "500km", "20km", 0.6, (ValueMode)random.Next(4)),
            _ => new DecayFunction(
                (DecayShape)random.Next(3), "stars", "12", "9.5", "2", 0.5, (ValueMode)random.Next(5)),
        };
        return function with
        {
            Weight = random.Next(3) == 0 ? random.Next(1, 6) / 2.0 : 1,
            Filter = random.Next(3) == 0 ? new TermQuery("body", Shop.Word(random)) : null,
        };
    }

    private static double? Value(ScoreFunction function, Shop shop)
    {
        switch (function)
        {
            case RandomFunction random:
                return (XxHash3.HashToUInt64(shop.Utf8Path(), random.Seed ?? ShopIndexes.NowMs) >> 40) / 16_777_216.0;
            case FieldValueFunction value:
                var lowest = value.Field == "stars"
                    ? shop.Stars.Select(star => (double?)star).Min()
                    : shop.Ratings.Select(rating => (double?)rating).Min();
                return (lowest ?? value.Missing) is { } own ? Modified(value.Modifier, own * value.Factor) : null;
            case DecayFunction { Field: "opened" } decay:
                var day = Math.Floor((ShopIndexes.NowMs / 86_400_000.0) - 50);
                var origin = decay.Origin == "" ? ShopIndexes.NowMs : day * 86_400_000;
                var offset = decay.Offset == "" ? 0 : 864e6;
                return shop.Opened is { } opened ? Decayed(decay, Math.Abs(opened - origin), 40 * 864e5, offset) : 1;
            case DecayFunction { Field: "place" } decay:
                var metres = shop.Places.Select(p => Formulas.Metres(new GeoPoint(-17, 180), Shop.Stored(p)));
                return shop.Places.Length == 0
                    ? 1
                    : Decayed(decay, Formulas.Several(decay.Mode, metres), 500_000, 20_000);
            case DecayFunction decay:
                return shop.Stars.Length == 0 ? 1 : Decayed(
                    decay, Formulas.Several(decay.Mode, shop.Stars.Select(star => Math.Abs(star - 12.0))), 9.5, 2);
            default:
                return 1;
        }
    }

    private static double Decayed(DecayFunction decay, double distance, double scale, double offset)
    {
        distance = Math.Max(0, distance - offset);
        return decay.Shape switch
        {
            DecayShape.Gauss => Math.Exp(-distance * distance / (2 * (-scale * scale / (2 * Math.Log(decay.Decay))))),
            DecayShape.Exponential => Math.Exp(Math.Log(decay.Decay) / scale * distance),
            _ => Math.Max(0, ((scale / (1 - decay.Decay)) - distance) / (scale / (1 - decay.Decay))),
        };
    }

    private static double Modified(ValueModifier modifier, double value) => modifier switch
    {
        ValueModifier.Log => Math.Log10(value),
        ValueModifier.Log1p => Math.Log10(1 + value),
        ValueModifier.Log2p => Math.Log10(2 + value),
        ValueModifier.Ln => Math.Log(value),
        ValueModifier.Ln1p => Math.Log(1 + value),
        ValueModifier.Ln2p => Math.Log(2 + value),
        ValueModifier.Square => value * value,
        ValueModifier.Sqrt => Math.Sqrt(value),
        ValueModifier.Reciprocal => 1 / value,
        _ => value,
    };

    private static IEnumerable<(string Path, float Score)> Told(IEnumerable<SearchHit> hits) =>
        hits.Select(hit => (hit.Path, hit.Score));

    private static void Near(double expected, float actual) => Assert.True(
        Math.Abs(expected - actual) <= Math.Max(1e-6, Math.Abs(expected) * 2e-5), $"{expected} and {actual}");
}
