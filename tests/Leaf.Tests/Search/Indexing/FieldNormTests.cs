using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed class FieldNormTests
{
    [Fact]
    public void Lengths_up_to_forty_are_exact() => Assert.All(
        Enumerable.Range(0, 41), length => Assert.Equal(length, FieldNorm.ByByte[FieldNorm.Encode(length)]));

    [Fact]
    public void Every_byte_stands_for_a_longer_field_than_the_one_before()
    {
        for (var norm = 1; norm < 256; norm++) Assert.True(FieldNorm.ByByte[norm] > FieldNorm.ByByte[norm - 1]);
        for (var norm = 0; norm < 256; norm++) Assert.Equal(norm, FieldNorm.Encode(FieldNorm.ByByte[norm]));
    }

    [Theory]
    [InlineData(41, 40)]
    [InlineData(100, 96)]
    [InlineData(1_000, 984)]
    [InlineData(int.MaxValue, 2_013_265_944)]
    public void Longer_ones_are_cut_down_to_the_next_byte(int length, int kept) =>
        Assert.Equal(kept, FieldNorm.ByByte[FieldNorm.Encode(length)]);

    [Fact]
    public void The_model_of_the_search_tests_quantises_alike() => Assert.All(
        Enumerable.Range(0, 3_000),
        length => Assert.Equal(ModelIndex.Quantised(length), FieldNorm.ByByte[FieldNorm.Encode(length)]));
}
