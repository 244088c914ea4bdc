using System.Buffers.Binary;
using System.IO.Hashing;
using CsCheck;

namespace Hedgerow.Protocol.Tests.Aggregations;

/// <summary>Sums, sketches and counts of different values that do not depend on how values are split.</summary>
public class SummaryTests
{
    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Double[-1e3, 1e3], Gen.Double[-1e300, 1e300], Gen.Double[-1e-12, 1e-12], Gen.OneOf(0.1, -0.1, 1e16));

    [Fact]
    public void A_sum_does_not_depend_on_order_and_split() =>
        Gen.Select(Number.Array[0, 200], Gen.Int[0, int.MaxValue], Gen.Int[1, 7]).Sample((values, seed, splits) =>
        {
            var whole = new ExactSum();
            foreach (var value in values) whole.Add(value);
            var mixed = (double[])values.Clone();
            new Random(seed).Shuffle(mixed);
            var parts = Enumerable.Range(0, splits).Select(_ => new ExactSum()).ToArray();
            for (var i = 0; i < mixed.Length; i++) parts[i % splits].Add(mixed[i]);
            var joined = new ExactSum();
            foreach (var part in parts) joined.AddParts(part.Parts.ToArray());
            Assert.Equal(BitConverter.DoubleToInt64Bits(whole.Value), BitConverter.DoubleToInt64Bits(joined.Value));
        });

    [Fact]
    public void A_sum_of_decimals_is_rounded_once()
    {
        var sum = new ExactSum();
        foreach (var value in new[] { 1e100, 1.0, -1e100, 1e-20 }) sum.Add(value);
        Assert.Equal(1.0, sum.Value);
        sum = new ExactSum();
        for (var i = 0; i < 4; i++) sum.Add(double.MaxValue);
        for (var i = 0; i < 4; i++) sum.Add(-double.MaxValue);
        Assert.Equal(0, sum.Value);
        for (var i = 0; i < 2; i++) sum.Add(double.MaxValue);
        Assert.Equal(double.PositiveInfinity, sum.Value);
    }

    [Fact]
    public void A_quantile_is_within_the_relative_error_of_the_value_of_its_rank() =>
        Gen.Select(Number.Array[1, 300], Gen.Double[0, 1], Gen.OneOf(0.001, 0.01, 0.1)).Sample(
            (values, share, error) =>
            {
                var sketch = new DistributionSketch(error);
                var bins = values.GroupBy(sketch.Bin).OrderBy(bin => bin.Key)
                    .Select(bin => new SketchBin(bin.Key, bin.Count())).ToArray();
                var part = new SketchPart(FieldType.Number, values.Min(), values.Max(), bins);
                var exact = values.Order().ElementAt((int)Math.Floor(share * (values.Length - 1)));
                Assert.InRange(
                    sketch.Quantile(part, share),
                    exact - (Math.Abs(exact) * error * 1.000001) - 1e-290,
                    exact + (Math.Abs(exact) * error * 1.000001) + 1e-290);
            });

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_000)]
    [InlineData(40_000)]
    public void Different_values_are_counted_within_a_few_standard_errors(int threshold)
    {
        var registers = new byte[1 << DistinctCount.Precision(threshold)];
        var allowed = 5 * 1.04 / Math.Sqrt(registers.Length);
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        for (var i = 1; i <= 200_000; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, i);
            DistinctCount.Add(registers, XxHash3.HashToUInt64(bytes));
            if (i % 7_919 != 0) continue;
            Assert.InRange(DistinctCount.Estimate(registers), i * (1 - allowed), i * (1 + allowed));
        }
    }

    [Fact]
    public void Registers_joined_are_those_of_all_values()
    {
        byte[] one = new byte[1_024], two = new byte[1_024], both = new byte[1_024];
        var random = new Random(5);
        for (var i = 0; i < 5_000; i++)
        {
            var hash = (ulong)random.NextInt64();
            DistinctCount.Add(i % 2 == 0 ? one : two, hash);
            DistinctCount.Add(both, hash);
        }

        DistinctCount.Join(one, two);
        Assert.Equal(both, one);
    }
}
