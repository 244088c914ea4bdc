using CsCheck;
using System.Runtime.Intrinsics.X86;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed unsafe class IntPackingTests
{
    private static readonly int[] Counts = [1, 7, 15, 16, 17, 100, 127, 128];

    public static TheoryData<int> Widths => [.. Enumerable.Range(0, 33)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_width_comes_back_with_and_without_vectors(int bits)
    {
        foreach (var count in Counts)
        {
            var values = Values(new Random(bits), count, bits);
            Assert.Equal(bits, IntPacking.BitsFor(values));
            var sink = new ByteSink();
            IntPacking.Put(sink, values, bits);
            Assert.Equal(((bits * count) + 7) / 8, sink.Length);
            sink.Put(new byte[IntPacking.ReadPast]);
            fixed (byte* packed = sink.Written)
            {
                Assert.Equal(values, Unpacked(&IntPacking.Unpack, packed, bits, count));
                Assert.Equal(values, Unpacked(&IntPacking.UnpackScalar, packed, bits, count));
                if (bits > 25) continue;
                if (Avx512Vbmi.IsSupported)
                    Assert.Equal(values, Unpacked(&IntPacking.Unpack512, packed, bits, count));
                if (Avx2.IsSupported) Assert.Equal(values, Unpacked(&IntPacking.Unpack256, packed, bits, count));
            }
        }
    }

    [Fact]
    public void Values_follow_each_other_from_the_lowest_bit()
    {
        var sink = new ByteSink();
        IntPacking.Put(sink, [1, 2, 3, 4, 5], 3);
        // 101 100 011 010 001 from the right: 0x58D1.
        Assert.Equal("D158", Convert.ToHexString(sink.Written));
    }

    [Fact]
    public void Steps_are_summed_alike_with_and_without_vectors()
    {
        foreach (var count in Counts)
        {
            var steps = Values(new Random(count), count, 20);
            var vector = new int[IntPacking.Count];
            var scalar = new int[IntPacking.Count];
            for (var i = 0; i < count; i++) vector[i] = scalar[i] = (int)steps[i];
            fixed (int* a = vector, b = scalar)
            {
                IntPacking.Sum(a, count, 41);
                IntPacking.SumScalar(b, count, 41);
            }

            Assert.Equal(scalar[..count], vector[..count]);
            Assert.Equal(42 + (int)steps[0], scalar[0]);
        }
    }

    [Fact]
    public void Values_with_outliers_come_back_in_few_bytes() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var values = Values(random, random.Next(1, 129), random.Next(0, 9));
            for (var outliers = random.Next(10); outliers > 0; outliers--)
                values[random.Next(values.Length)] = (uint)random.Next(1 << random.Next(31));
            var sink = new ByteSink();
            PatchedPacking.Put(sink, values);
            Assert.InRange(sink.Length, 1, 1 + IntPacking.Bytes(IntPacking.BitsFor(values), values.Length));
            var length = sink.Length;
            sink.Put(new byte[IntPacking.ReadPast]);
            var back = new uint[IntPacking.Count];
            fixed (byte* packed = sink.Written)
            fixed (uint* into = back)
            {
                Assert.Equal(length, PatchedPacking.Bytes(packed, values.Length));
                Assert.Equal(length, (int)(PatchedPacking.Unpack(packed, values.Length, into) - packed));
                for (var i = 0; i < values.Length; i++)
                    Assert.Equal(values[i], PatchedPacking.One(packed, values.Length, i));
            }

            Assert.Equal(values, back[..values.Length]);
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void Bits_become_numbers_alike_with_and_without_vectors() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            var words = new ulong[random.Next(1, 20)];
            for (var i = 0; i < words.Length; i++)
                words[i] = (ulong)(random.NextInt64() & random.NextInt64() & random.NextInt64()) << random.Next(2);
            var count = BitWords.Count(words);
            var scalar = new int[count + IntPacking.Slack];
            var vector = new int[count + IntPacking.Slack];
            fixed (ulong* from = words)
            fixed (int* a = scalar, b = vector)
            {
                BitWords.NumbersScalar(from, words.Length, 640, a);
                BitWords.Numbers(from, words.Length, 640, b);
            }

            Assert.Equal(scalar[..count], vector[..count]);
            var at = BitWords.Next(words, 0);
            for (var i = 0; i < count; i++, at = BitWords.Next(words, at + 1)) Assert.Equal(640 + at, scalar[i]);
        },
        iter: 100,
        threads: 1);

    private static uint[] Values(Random random, int count, int bits)
    {
        var values = new uint[count];
        for (var i = 0; i < count; i++) values[i] = (uint)(random.NextInt64(1L << 32) & ((1L << bits) - 1));
        if (bits > 0) values[random.Next(count)] = (uint)((1L << bits) - 1);
        return values;
    }

    private static uint[] Unpacked(delegate*<byte*, int, int, uint*, void> unpack, byte* packed, int bits, int count)
    {
        var values = new uint[IntPacking.Count];
        fixed (uint* into = values) unpack(packed, bits, count, into);
        return values[..count];
    }
}
