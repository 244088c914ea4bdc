using Hedgerow.Server.FrontEnds.Resp.Search;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Words that are near to each other.</summary>
public sealed class NearWordsTests
{
    [Fact]
    public void Two_neighbours_swapped_are_one_edit()
    {
        Assert.True(NearWords.AreWithin("helol", "hello", 1));
        Assert.False(NearWords.AreWithin("heoll", "hello", 0));
        Assert.False(NearWords.AreWithin("ca", "abc", 2));
        Assert.True(NearWords.AreWithin("", "ab", 2));
        Assert.False(NearWords.AreWithin("", "abc", 2));
    }

    [Fact]
    public void It_agrees_with_the_whole_table()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var (one, other) = (Word(random), Word(random));
            var edits = NaiveEdits.Between(one, other);
            for (var most = 0; most <= NearWords.EditsMax; most++)
                Assert.True(NearWords.AreWithin(one, other, most) == edits <= most, $"{one} {other} {edits} {most}");
        }
    }

    private static string Word(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => "abc"[random.Next(3)]));
}
