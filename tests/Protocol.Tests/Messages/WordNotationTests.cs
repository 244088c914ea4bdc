namespace Hedgerow.Protocol.Tests;

public sealed class WordNotationTests
{
    [Theory]
    [InlineData("2", 5, 2)]
    [InlineData("-2", 5, 3)]
    [InlineData("-9", 5, 0)]
    [InlineData("9", 5, 9)]
    [InlineData("75%", 4, 3)]
    [InlineData("75%", 5, 3)]
    [InlineData("-25%", 5, 4)]
    [InlineData("-0%", 5, 5)]
    [InlineData("0%", 5, 0)]
    [InlineData("3<90%", 3, 3)]
    [InlineData("3<90%", 10, 9)]
    [InlineData("2<-25% 9<-3", 2, 2)]
    [InlineData("2<-25% 9<-3", 8, 6)]
    [InlineData("2<-25% 9<-3", 10, 7)]
    [InlineData(" 2 < -25%  9 < -3 ", 10, 7)]
    public void A_minimum_counts_as_OpenSearch_counts_it(string notation, int clauses, int expected)
    {
        Assert.True(ClauseMinimum.TryCount(notation, clauses, out var count));
        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("most")]
    [InlineData("1.5")]
    [InlineData("101%")]
    [InlineData("2000")]
    [InlineData("<2")]
    [InlineData("a<2")]
    [InlineData("-3<2")]
    [InlineData("3<")]
    [InlineData("3<4<5")]
    public void What_is_no_minimum_is_told(string notation)
    {
        Assert.False(ClauseMinimum.TryCount(notation, 3, out _));
    }

    [Theory]
    [InlineData("AUTO", 2, 0)]
    [InlineData("auto", 3, 1)]
    [InlineData("AUTO", 5, 1)]
    [InlineData("AUTO", 6, 2)]
    [InlineData("AUTO:4,7", 3, 0)]
    [InlineData("AUTO:4,7", 6, 1)]
    [InlineData("AUTO:4,7", 7, 2)]
    [InlineData("0", 9, 0)]
    [InlineData("2", 1, 2)]
    public void Edits_go_by_number_or_length(string notation, int characters, int edits)
    {
        Assert.True(Fuzziness.TryParse(notation, out var fuzziness));
        Assert.Equal(edits, fuzziness.EditsOf(characters));
        Assert.True(Fuzziness.TryParse(fuzziness.ToString(), out var again));
        Assert.Equal(fuzziness, again);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("-1")]
    [InlineData("AUTO:7,4")]
    [InlineData("AUTO:1")]
    [InlineData("AUTO:1,2,3")]
    [InlineData("some")]
    public void What_is_no_fuzziness_is_told(string notation)
    {
        Assert.False(Fuzziness.TryParse(notation, out _));
    }
}
