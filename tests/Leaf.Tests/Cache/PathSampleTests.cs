using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class PathSampleTests
{
    [Fact]
    public void Notes_come_in_order_and_the_latest_stay_when_there_are_too_many()
    {
        var sample = new PathSample { Shift = 0 };
        Assert.False(sample.TryTake(out _));
        sample.Note(3);
        sample.Note(5);
        Assert.Equal([3UL, 5UL], All(sample));
        for (ulong i = 0; i < 1_000; i++) sample.Note(i);
        Assert.Equal(Enumerable.Range(1_000 - PathSample.Notes, PathSample.Notes).Select(i => (ulong)i), All(sample));
    }

    [Fact]
    public void A_larger_shift_samples_some_of_those_of_a_smaller_one()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var hash = (ulong)random.NextInt64();
            Assert.True(PathSample.Has(hash, 0));
            Assert.False(PathSample.Has(hash, PathSample.ShiftNone));
            for (var shift = 1; shift < PathSample.ShiftNone; shift++)
                Assert.True(!PathSample.Has(hash, shift) || PathSample.Has(hash, shift - 1));
        }
    }

    /// <summary>Readers that meet lose notes; none makes one up, and taking ends.</summary>
    [Fact]
    public void Readers_may_meet()
    {
        var sample = new PathSample { Shift = 0 };
        Parallel.For(1, 5, reader =>
        {
            for (var i = 0; i < 100_000; i++) sample.Note((ulong)reader);
        });
        Assert.All(All(sample), hash => Assert.InRange(hash, 1UL, 4UL));
    }

    private static List<ulong> All(PathSample sample)
    {
        var all = new List<ulong>();
        while (sample.TryTake(out var hash)) all.Add(hash);
        return all;
    }
}
