using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Simulation.Tests;

public sealed class DistributionTests
{
    private const int Draws = 200_000;

    [Fact]
    public void An_exponential_has_its_mean() =>
        Assert.InRange(Drawn(new Distribution.Exponential(1_000_000)).Average(), 985_000, 1_015_000);

    [Fact]
    public void A_lognormal_has_its_median_and_its_99th_percentile()
    {
        var sorted = Drawn(new Distribution.LogNormal(2_000, Math.Log(5) / Distribution.LogNormal.Deviations99));
        Assert.InRange(At(sorted, 0.5), 1_950, 2_050);
        Assert.InRange(At(sorted, 0.99), 9_500, 10_500);
    }

    [Fact]
    public void Measured_times_are_drawn_again_at_their_percentiles()
    {
        var sorted = Drawn(new Distribution.Measured([(0, 100), (50, 1_000), (99, 20_000), (100, 50_000)]));
        Assert.Equal(100, sorted[0], 3.0);
        Assert.InRange(At(sorted, 0.5), 950, 1_050);
        Assert.InRange(At(sorted, 0.99), 18_500, 21_500);
        Assert.True(sorted[^1] <= 50_000);
    }

    [Fact]
    public void A_mix_takes_each_part_by_its_share()
    {
        var mix = new Distribution.Mix([(3, new Distribution.Constant(1)), (1, new Distribution.Constant(2))]);
        Assert.InRange(Drawn(mix).Count(nanos => nanos == 2) / (double)Draws, 0.24, 0.26);
    }

    [Fact]
    public void A_uniform_stays_between_its_ends()
    {
        var sorted = Drawn(new Distribution.Uniform(10, 20));
        Assert.InRange(sorted[0], 10, 11);
        Assert.InRange(sorted[^1], 19, 20);
    }

    private static long At(long[] sorted, double share) => sorted[(int)(share * sorted.Length)];

    private static long[] Drawn(Distribution distribution)
    {
        var random = new Random(1);
        var drawn = new long[Draws];
        for (var i = 0; i < Draws; i++) drawn[i] = distribution.Draw(random);
        Array.Sort(drawn);
        return drawn;
    }
}
