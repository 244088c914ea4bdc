using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>The small grammars of the commands: numbers, patterns, ranges, expiry.</summary>
public sealed class CommandTextTests
{
    [Theory]
    [InlineData("0", true)]
    [InlineData("-1", true)]
    [InlineData("9223372036854775807", true)]
    [InlineData("-9223372036854775808", true)]
    [InlineData("9223372036854775808", false)]
    [InlineData("-9223372036854775809", false)]
    [InlineData("00", false)]
    [InlineData("01", false)]
    [InlineData("-0", false)]
    [InlineData("-01", false)]
    [InlineData("+1", false)]
    [InlineData(" 1", false)]
    [InlineData("1 ", false)]
    [InlineData("1.0", false)]
    [InlineData("", false)]
    [InlineData("-", false)]
    [InlineData("123456789012345678901234567890", false)]
    public void Numbers_have_one_spelling(string text, bool isNumber)
    {
        Assert.Equal(isNumber, RedisInteger.TryParse(Encoding.ASCII.GetBytes(text), out var number));
        if (isNumber) Assert.Equal(text, number.ToString());
    }

    [Fact]
    public void Every_number_is_read_back() => Gen.Long.Sample(number =>
        RedisInteger.TryParse(Encoding.ASCII.GetBytes(number.ToString()), out var read) && read == number);

    [Theory]
    [InlineData("0", true)]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("-1", false)]
    [InlineData("x", false)]
    [InlineData("1x", false)]
    [InlineData("", false)]
    public void Cursors_are_unsigned_numbers(string text, bool isCursor) =>
        Assert.Equal(isCursor, RedisInteger.TryParseCursor(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a??", "age", true)]
    [InlineData("a??", "ag", false)]
    [InlineData("h[ae]llo", "hallo", true)]
    [InlineData("h[ae]llo", "hillo", false)]
    [InlineData("h[^e]llo", "hello", false)]
    [InlineData("h[^e]llo", "hallo", true)]
    [InlineData("h[a-b]llo", "hbllo", true)]
    [InlineData("h[b-a]llo", "hallo", true)]
    [InlineData("h\\*llo", "h*llo", true)]
    [InlineData("h\\*llo", "hello", false)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("[abc", "b", true)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b*", "xxbxxaxx", false)]
    public void Patterns_match_as_in_Redis(string pattern, string text, bool matches) =>
        Assert.Equal(matches, GlobPattern.Matches(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Patterns_can_ignore_case()
    {
        Assert.True(GlobPattern.Matches("MAX*[m-o]ry"u8, "maxmemOry"u8, ignoreCase: true));
        Assert.False(GlobPattern.Matches("MAX*"u8, "maxmemory"u8));
    }

    [Fact]
    public void Patterns_of_stars_agree_with_a_regular_expression() =>
        Gen.Select(Gen.Char["ab*?"].Array[0, 8], Gen.Char["ab"].Array[0, 10]).Sample((pattern, text) =>
        {
            var regex = "^" + string.Concat(pattern).Replace("*", ".*").Replace("?", ".") + "$";
            var expected = Regex.IsMatch(string.Concat(text), regex);
            var bytes = Encoding.ASCII.GetBytes(pattern);
            return expected == GlobPattern.Matches(bytes, Encoding.ASCII.GetBytes(text));
        });

    [Fact]
    public void A_hostile_pattern_ends_soon()
    {
        var pattern = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a*", 500)) + "b");
        var text = new byte[8_192];
        text.AsSpan().Fill((byte)'a');
        Assert.False(GlobPattern.Matches(pattern, text));
    }

    [Theory]
    [InlineData(4, 0, 3, 0, 4)]
    [InlineData(4, 0, -1, 0, 4)]
    [InlineData(4, -3, -1, 1, 4)]
    [InlineData(4, 1, 100, 1, 4)]
    [InlineData(4, -100, 1, 0, 2)]
    [InlineData(4, 3, 1, 0, 0)]
    [InlineData(4, -1, -3, 0, 0)]
    [InlineData(4, 4, 9, 0, 0)]
    [InlineData(4, -100, -50, 0, 1)]
    [InlineData(0, 0, -1, 0, 0)]
    [InlineData(4, long.MinValue, long.MaxValue, 0, 4)]
    [InlineData(4, long.MaxValue, long.MaxValue, 0, 0)]
    public void Ranges_are_clipped(int length, long first, long last, int from, int to)
    {
        var (offset, count) = ValueRange.Of(length, first, last).GetOffsetAndLength(length);
        Assert.Equal((to - from, to == from ? 0 : from), (count, count == 0 ? 0 : offset));
    }

    [Theory]
    [InlineData(ExpireRule.None, 0, 5, true)]
    [InlineData(ExpireRule.IfNone, 0, 5, true)]
    [InlineData(ExpireRule.IfNone, 9, 5, false)]
    [InlineData(ExpireRule.IfSome, 0, 5, false)]
    [InlineData(ExpireRule.IfSome, 9, 5, true)]
    [InlineData(ExpireRule.IfLater, 0, 5, false)]
    [InlineData(ExpireRule.IfLater, 5, 5, false)]
    [InlineData(ExpireRule.IfLater, 4, 5, true)]
    [InlineData(ExpireRule.IfEarlier, 0, 5, true)]
    [InlineData(ExpireRule.IfEarlier, 5, 5, false)]
    [InlineData(ExpireRule.IfEarlier, 6, 5, true)]
    [InlineData(ExpireRule.IfSome | ExpireRule.IfEarlier, 0, 5, false)]
    internal void Expiry_changes_by_its_rule(ExpireRule rule, long stored, long wanted, bool allowed) =>
        Assert.Equal(allowed, ExpireRules.Allows(rule, stored, wanted));

    [Theory]
    [InlineData(ExpiryUnit.Seconds, 10, 11_000L)]
    [InlineData(ExpiryUnit.Milliseconds, 10, 1_010L)]
    [InlineData(ExpiryUnit.UnixSeconds, 10, 10_000L)]
    [InlineData(ExpiryUnit.UnixMilliseconds, 10, 10L)]
    [InlineData(ExpiryUnit.Seconds, -5, -4_000L)]
    [InlineData(ExpiryUnit.Seconds, long.MaxValue, null)]
    [InlineData(ExpiryUnit.Seconds, long.MaxValue / 1000, null)]
    [InlineData(ExpiryUnit.Milliseconds, long.MaxValue, null)]
    [InlineData(ExpiryUnit.UnixMilliseconds, long.MaxValue, long.MaxValue)]
    internal void Expiry_is_resolved_without_overflow(ExpiryUnit unit, long amount, long? at)
    {
        Assert.Equal(at.HasValue, ExpiryTime.TryResolve(unit, amount, nowMs: 1_000, out var atMs));
        if (at is { } expected) Assert.Equal(expected, atMs);
    }
}
