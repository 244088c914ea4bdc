using CsCheck;
using Hedgerow.Leaf.Metrics;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_duration_lies_in_its_bucket_and_the_bucket_is_narrow() =>
        Gen.Long[0, 1L << 37].Sample(nanos =>
        {
            var bucket = LatencyHistogram.BucketOf(nanos);
            var upper = LatencyHistogram.UpperBound(bucket);
            var lower = bucket == 0 ? 0 : LatencyHistogram.UpperBound(bucket - 1);
            return nanos == 1L << 37 || (lower <= nanos && nanos < upper && upper - lower <= Math.Max(1, lower / 8));
        });

    [Fact]
    public void Quantiles_are_right_within_an_eighth() =>
        Gen.Long[0, 1L << 30].Array[1, 200].Select(Gen.Double[0, 1]).Sample((values, share) =>
        {
            var histogram = new LatencyHistogram();
            foreach (var value in values) histogram.Record(value);
            var sorted = values.Order().ToArray();
            var exact = sorted[Math.Max(1, (int)Math.Ceiling(share * values.Length)) - 1];
            var read = histogram.Read("get", "service");
            var quantile = read.Quantile(share) * 1e9;
            return read.Count == values.Length
                && Math.Abs(read.SumSeconds - (values.Sum() / 1e9)) < 1e-6
                && quantile > exact - 1e-3 && quantile <= (exact * 1.125) + 1.001;
        });

    [Fact]
    public void Prometheus_buckets_count_what_is_below_their_bound()
    {
        var histogram = new LatencyHistogram();
        long[] durations = [0, 900, 1_500, 70_000, 1_000_000_000, long.MaxValue / 4];
        foreach (var nanos in durations) histogram.Record(nanos);
        var read = histogram.Read("get", "service");
        foreach (var (upper, count) in read.Cumulative())
            Assert.Equal(durations.Count(nanos => nanos / 1e9 < upper), count);
        Assert.Equal(durations.Length, read.Count);
    }
}
