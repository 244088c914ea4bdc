using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class DistributionTests
{
    private const int Draws = 200_000;

    [Fact]
    public void Uniform_keys_are_asked_for_equally_often() =>
        AssertFits(new UniformKeys(50, new Random(1)), Enumerable.Repeat(1.0 / 50, 50).ToArray());

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1.0)]
    [InlineData(1.4)]
    public void Zipf_keys_follow_their_law(double exponent)
    {
        var weights = Enumerable.Range(1, 50).Select(k => Math.Pow(k, -exponent)).ToArray();
        AssertFits(new ZipfKeys(50, exponent, new Random(2)), weights.Select(w => w / weights.Sum()).ToArray());
    }

    [Fact]
    public void Zipf_keys_of_a_billion_stay_in_range_and_favour_the_first()
    {
        var chooser = new ZipfKeys(1_000_000_000, 0.99, new Random(3));
        var drawn = Enumerable.Range(0, Draws).Select(_ => chooser.Next()).ToList();
        Assert.All(drawn, k => Assert.InRange(k, 0, 999_999_999));
        Assert.True(drawn.Count(k => k == 0) > drawn.Count(k => k == 1));
        Assert.True(drawn.Count(k => k < 1_000) > Draws / 5);
    }

    [Fact]
    public void A_hot_set_gets_its_share_of_requests()
    {
        var weights = Enumerable.Range(0, 50).Select(k => k < 5 ? 0.9 / 5 : 0.1 / 45).ToArray();
        AssertFits(new HotSetKeys(50, 0.1, 0.9, new Random(4)), weights);
    }

    [Fact]
    public void A_trace_is_replayed_in_order_and_again()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, ["a", "b", "a", "", "c"]);
            Assert.True(KeyDistribution.TryMake($"trace:{file}", 9, new Random(0), out var keys, out _));
            Assert.Equal([0, 1, 0, 2, 0, 1, 0, 2], Enumerable.Range(0, 8).Select(_ => keys!.Next()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_sequence_asks_for_each_key_in_turn()
    {
        Assert.True(KeyDistribution.TryMake("sequence", 3, new Random(0), out var keys, out _));
        Assert.Equal([0, 1, 2, 0], Enumerable.Range(0, 4).Select(_ => keys!.Next()));
    }

    [Fact]
    public void Paths_of_a_file_are_used_as_they_stand()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, ["/wiki/a", "", " /wiki/ü "]);
            var paths = PathNames.FromFile(file)!;
            Assert.Equal(2, paths.Count);
            Assert.Equal("/wiki/ü"u8, paths.Of(3));
            File.WriteAllText(file, "\n");
            Assert.Null(PathNames.FromFile(file));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal("/load/000000042"u8, PathNames.Numbered("/load/").Of(42));
    }

    [Theory]
    [InlineData("zipf:9")]
    [InlineData("zipf")]
    [InlineData("hot:2:0.5")]
    [InlineData("trace:/nowhere/at/all")]
    [InlineData("normal")]
    public void A_wrong_distribution_is_named_with_what_is_allowed(string text)
    {
        Assert.False(KeyDistribution.TryMake(text, 10, new Random(0), out _, out var error));
        Assert.Contains(text, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_arrivals_keep_their_rate_to_the_nanosecond()
    {
        var arrivals = new ConstantArrivals(3);
        var nanos = Enumerable.Range(0, 3_000).Sum(_ => arrivals.NextGapNanos());
        Assert.InRange(nanos, 999_999_999_000, 1_000_000_000_000);
    }

    [Fact]
    public void Poisson_arrivals_have_the_mean_and_the_variance_of_an_exponential()
    {
        var arrivals = new PoissonArrivals(1_000, new Random(5));
        var gaps = Enumerable.Range(0, Draws).Select(_ => arrivals.NextGapNanos() / 1e6).ToArray();
        var mean = gaps.Average();
        Assert.InRange(mean, 0.99, 1.01);
        Assert.InRange(gaps.Select(g => (g - mean) * (g - mean)).Average(), 0.97, 1.03);
    }

    [Theory]
    [InlineData("100", 100, 100)]
    [InlineData("16-64", 16, 64)]
    [InlineData("1,1000", 1, 1000)]
    public void Value_sizes_stay_within_what_was_asked(string text, int min, int max)
    {
        Assert.True(ValueSizes.TryParse(text, out var sizes));
        var random = new Random(6);
        var drawn = Enumerable.Range(0, 5_000).Select(_ => sizes!.Next(random)).ToList();
        Assert.Equal(min, drawn.Min());
        Assert.Equal(max, drawn.Max());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("9-1")]
    [InlineData("16777217")]
    [InlineData("1,x")]
    public void Wrong_value_sizes_are_refused(string text) => Assert.False(ValueSizes.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("get")]
    [InlineData("get=0,set=0")]
    [InlineData("get=1,read=1")]
    [InlineData("get=-1")]
    public void A_wrong_mix_is_refused(string text) => Assert.False(OperationMix.TryParse(text, out _));

    [Fact]
    public void A_mix_keeps_its_weights()
    {
        Assert.True(OperationMix.TryParse("get=6,set=3,search=1", out var mix));
        var random = new Random(7);
        var drawn = Enumerable.Range(0, Draws).GroupBy(_ => mix!.Next(random));
        var counts = drawn.ToDictionary(g => g.Key, g => g.Count());
        Assert.InRange(counts[OperationKind.Get], Draws * 0.59, Draws * 0.61);
        Assert.InRange(counts[OperationKind.Search], Draws * 0.095, Draws * 0.105);
    }

    /// <summary>Pearson's chi-square with a fixed seed, against the 99.9 % point for 49 degrees of freedom.</summary>
    private static void AssertFits(IKeyChooser chooser, double[] expected)
    {
        var counts = new int[expected.Length];
        for (var i = 0; i < Draws; i++) counts[chooser.Next()]++;
        var chiSquare = counts.Select((n, k) => Math.Pow(n - (expected[k] * Draws), 2) / (expected[k] * Draws)).Sum();
        Assert.InRange(chiSquare, 0, 85.4);
    }
}
