using CsCheck;
using Hedgerow.Leaf.Search.Vectors;

namespace Hedgerow.Leaf.Tests.Search.Vectors;

/// <summary>Every way to compute a product or a distance gives the same bits.</summary>
public sealed unsafe class VectorMathTests
{
    [Fact]
    public void Products_and_distances_are_the_same_to_the_last_bit_in_every_width() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, int.MaxValue]).Sample((blocks, seed) =>
        {
            var count = blocks * VectorMath.FloatBlock;
            var random = new Random(seed);
            var (a, b) = (Floats(random, count), Floats(random, count));
            fixed (float* x = a)
            fixed (float* y = b)
            {
                var dot = VectorMath.SumScalar<VectorMath.Product>(x, y, count);
                AssertBits(dot, VectorMath.Dot(x, y, count));
                AssertBits(dot, VectorMath.Sum256<VectorMath.Product>(x, y, count));
                AssertBits(dot, VectorMath.Sum512<VectorMath.Product>(x, y, count));
                var distance = VectorMath.SumScalar<VectorMath.Difference>(x, y, count);
                AssertBits(distance, VectorMath.SquaredDistance(x, y, count));
                AssertBits(distance, VectorMath.Sum256<VectorMath.Difference>(x, y, count));
                AssertBits(distance, VectorMath.Sum512<VectorMath.Difference>(x, y, count));
                double plain = 0;
                for (var i = 0; i < count; i++) plain += (double)a[i] * b[i];
                Assert.Equal(plain, dot, 1e-3 * count);
            }
        });

    [Fact]
    public void Products_of_codes_are_exact_in_every_width() =>
        Gen.Select(Gen.Int[1, 64], Gen.Int[0, int.MaxValue], Gen.Bool).Sample((blocks, seed, isExtreme) =>
        {
            var count = blocks * VectorMath.CodeBlock;
            var random = new Random(seed);
            var (a, b) = (Codes(random, count, isExtreme), Codes(random, count, isExtreme));
            fixed (sbyte* x = a)
            fixed (sbyte* y = b)
            {
                var expected = VectorMath.CodeDotScalar(x, y, count);
                Assert.Equal(expected, VectorMath.CodeDot(x, y, count));
                Assert.Equal(expected, VectorMath.CodeDot256(x, y, count));
                if (System.Runtime.Intrinsics.X86.Avx512BW.IsSupported)
                    Assert.Equal(expected, VectorMath.CodeDot512(x, y, count));
            }
        });

    [Fact]
    public void Codes_are_off_by_half_a_step_at_most() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, int.MaxValue]).Sample((dims, seed) =>
        {
            var vector = Floats(new Random(seed), dims);
            var codes = new sbyte[dims];
            var (scale, squared) = VectorWriter.Encode(vector, codes);
            for (var i = 0; i < dims; i++)
                Assert.InRange(Math.Abs(vector[i] - (codes[i] * scale)), 0, (scale / 2) + (1e-6 * Math.Abs(vector[i])));
            Assert.Equal(vector.Sum(number => (double)number * number), squared, 1e-4 * squared);
        });

    [Fact]
    public void Codes_of_what_is_next_to_nothing_are_zeros()
    {
        var codes = new sbyte[3];
        var (scale, _) = VectorWriter.Encode([float.Epsilon, 0, -float.Epsilon], codes);
        Assert.Equal(0, scale);
        Assert.All(codes, code => Assert.Equal(0, code));
    }

    [Fact]
    public void A_heap_keeps_the_best_in_order() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 200], Gen.Int[0, int.MaxValue]).Sample((capacity, count, seed) =>
        {
            var random = new Random(seed);
            var heap = new NearestHeap();
            heap.Clear(capacity);
            var all = new List<(float Near, int Number)>();
            for (var i = 0; i < count; i++)
            {
                // Few values, so that many are equal.
                var near = (random.Next(9) - 4) / 4f;
                all.Add((near, i));
                heap.Offer(NearestHeap.KeyOf(near, i));
            }

            var expected = all.OrderByDescending(x => x.Near).ThenBy(x => x.Number).Take(capacity).ToArray();
            var found = heap.Sorted().ToArray();
            Assert.Equal(expected, found.Select(key => (NearestHeap.NearOf(key), NearestHeap.NumberOf(key))));
            Assert.Equal(0, heap.Count);
        });

    private static void AssertBits(float expected, float found) =>
        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(found));

    private static float[] Floats(Random random, int count)
    {
        var floats = new float[count];
        for (var i = 0; i < count; i++) floats[i] = (random.NextSingle() - 0.5f) * 4;
        return floats;
    }

    private static sbyte[] Codes(Random random, int count, bool isExtreme)
    {
        var codes = new sbyte[count];
        for (var i = 0; i < count; i++)
            codes[i] = (sbyte)(isExtreme ? (random.Next(2) * 254) - 127 : random.Next(-127, 128));
        return codes;
    }
}
