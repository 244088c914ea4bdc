using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed unsafe class IntPackingTests
{
    public static TheoryData<int> Widths => [.. Enumerable.Range(0, 33)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_width_comes_back_with_and_without_vectors(int bits)
    {
        var random = new Random(bits);
        var values = new uint[IntPacking.Count];
        for (var i = 0; i < values.Length; i++) values[i] = (uint)(random.NextInt64(1L << 32) & ((1L << bits) - 1));
        if (bits > 0) values[random.Next(values.Length)] = (uint)((1L << bits) - 1);
        var sink = new ByteSink();
        IntPacking.Put(sink, values);
        Assert.Equal(bits, sink.Written[0]);
        Assert.Equal(1 + (16 * bits), sink.Length);
        var vector = new uint[IntPacking.Count];
        var scalar = new uint[IntPacking.Count];
        fixed (byte* packed = sink.Written)
        fixed (uint* intoVector = vector, intoScalar = scalar)
        {
            IntPacking.Unpack(packed + 1, bits, intoVector);
            IntPacking.UnpackScalar(packed + 1, bits, intoScalar);
        }

        Assert.Equal(values, vector);
        Assert.Equal(values, scalar);
    }

    [Fact]
    public void Lanes_alternate_word_by_word()
    {
        var values = Enumerable.Range(0, IntPacking.Count).Select(i => (uint)(i % 4)).ToArray();
        var sink = new ByteSink();
        IntPacking.Put(sink, values);
        // Two bits each: 16 values of a lane make its first word, all of them 0, 1, 2 or 3.
        Assert.Equal(
            "02" + "00000000" + "55555555" + "AAAAAAAA" + "FFFFFFFF"
                + "00000000" + "55555555" + "AAAAAAAA" + "FFFFFFFF",
            Convert.ToHexString(sink.Written));
    }
}
