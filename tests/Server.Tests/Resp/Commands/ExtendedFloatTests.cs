using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.Tests.Resp.Commands;

public sealed class ExtendedFloatTests
{
    [Theory]
    [InlineData("0.5", "1.123", "1.623")]
    [InlineData("10.50", "0.1", "10.6")]
    [InlineData("5.0e3", "2.0e2", "5200")]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("1", "-1.5", "-0.5")]
    [InlineData("-1", "1", "0")]
    [InlineData("3", "1.000000000000000005", "4.00000000000000001")]
    [InlineData("1e17", "0.1", "100000000000000000.1015625")]
    [InlineData("123456789012345678901234567890", "1", "123456789012345678899921813504")]
    [InlineData("-1e-18", "0", "0")]
    [InlineData("+.5", "5.", "5.5")]
    public void Sums_have_the_digits_that_Redis_gives(string left, string right, string sum)
    {
        Assert.True(ExtendedFloat.TryParse(Encoding.ASCII.GetBytes(left), out var a));
        Assert.True(ExtendedFloat.TryParse(Encoding.ASCII.GetBytes(right), out var b));
        Assert.Equal(sum, Encoding.ASCII.GetString((a + b).Format()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("e5")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("nan")]
    [InlineData("1e5000")]
    [InlineData("-1e5000")]
    [InlineData("1e-5000")]
    [InlineData("1e99999999999999999999")]
    [InlineData("--1")]
    [InlineData("abc")]
    public void What_is_no_number_is_refused(string text) =>
        Assert.False(ExtendedFloat.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("inf")]
    [InlineData("-Infinity")]
    public void Infinity_is_read_so_that_a_sum_with_it_can_be_refused(string text)
    {
        Assert.True(ExtendedFloat.TryParse(Encoding.ASCII.GetBytes(text), out var number));
        Assert.True(number.IsInfinite);
        Assert.True((number + default(ExtendedFloat)).IsInfinite);
    }

    [Fact]
    public void The_largest_number_is_finite_and_twice_it_is_not()
    {
        Assert.True(ExtendedFloat.TryParse("1.18973149535723176502e4932"u8, out var largest));
        Assert.False(largest.IsInfinite);
        Assert.True((largest + largest).IsInfinite);
        Assert.False(ExtendedFloat.TryParse("1.1898e4932"u8, out _));
    }

    [Fact]
    public void Texts_over_the_bound_are_refused_and_the_longest_is_read()
    {
        var text = new byte[ExtendedFloat.TextBytesMax + 1];
        text.AsSpan().Fill((byte)'0');
        Assert.False(ExtendedFloat.TryParse(text, out _));
        text[^2] = (byte)'7';
        Assert.True(ExtendedFloat.TryParse(text.AsSpan(..^1), out var number));
        Assert.Equal("7"u8, number.Format());
    }
}
