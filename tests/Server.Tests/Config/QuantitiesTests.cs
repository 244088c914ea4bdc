using CsCheck;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Tests.Config;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("17", 17)]
    [InlineData("17B", 17)]
    [InlineData("1KiB", 1024)]
    [InlineData("1 kib", 1024)]
    [InlineData("1.5GiB", 1610612736)]
    [InlineData("2MB", 2_000_000)]
    public void Sizes_take_a_number_and_a_unit(string text, long bytes)
    {
        Assert.True(Quantities.TryParseBytes(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("1XiB")]
    [InlineData("1e3")]
    [InlineData("1,5GiB")]
    [InlineData("8388608TiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(Quantities.TryParseBytes(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500us", 5_000)]
    [InlineData("200ms", 2_000_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("2m", 1_200_000_000)]
    [InlineData("1h", 36_000_000_000)]
    [InlineData("1d", 864_000_000_000)]
    public void Durations_take_a_number_and_a_unit(string text, long ticks)
    {
        Assert.True(Quantities.TryParseDuration(text, out var parsed));
        Assert.Equal(ticks, parsed.Ticks);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 weeks")]
    [InlineData("99999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Quantities.TryParseDuration(text, out _));

    [Fact]
    public void What_was_written_is_read_back()
    {
        Gen.Long[0, long.MaxValue].Sample(bytes =>
            Quantities.TryParseBytes(Quantities.FormatBytes(bytes), out var read) && read == bytes);
        Gen.Long[0, long.MaxValue / 10].Sample(micros =>
        {
            var duration = TimeSpan.FromTicks(micros * 10);
            return Quantities.TryParseDuration(Quantities.FormatDuration(duration), out var read) && read == duration;
        });
    }

    [Theory]
    [InlineData("0-3,7", new[] { 0, 1, 2, 3, 7 })]
    [InlineData("7, 1, 1-2", new[] { 1, 2, 7 })]
    [InlineData("", new int[0])]
    public void Shard_lists_are_sorted_and_each_once(string text, int[] shards)
    {
        Assert.True(Quantities.TryParseShards(text, out var parsed));
        Assert.Equal(shards, parsed.Select(shard => (int)shard));
    }

    [Theory]
    [InlineData("3-1")]
    [InlineData("a")]
    [InlineData("4096")]
    [InlineData("0-4096")]
    [InlineData("-1")]
    public void What_is_no_shard_list_is_refused(string text) => Assert.False(Quantities.TryParseShards(text, out _));
}
