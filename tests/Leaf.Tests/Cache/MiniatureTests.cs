using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class MiniatureTests
{
    private const int Entries = 500;

    /// <summary>It never holds more than it may, what it says is a hit was asked for before, and nothing is lost while
    /// all of it fits.</summary>
    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(2, 0.3)]
    [InlineData(3, 0.8)]
    public void It_hits_what_it_holds_and_holds_no_more_than_it_may(int seed, double windowShare)
    {
        using var sketch = new FrequencySketch(64 * 1_024) { Period = 10_000 };
        using var frequent = new Miniature(Favour.Frequent, sketch, Entries);
        using var known = new Miniature(Favour.Known, sketch, Entries);
        var random = new Random(seed);
        var seen = new HashSet<ulong>();
        for (var i = 0; i < 60_000; i++)
        {
            // Now and then a few paths only, all of which fit.
            var paths = i / 5_000 % 3 == 0 ? Entries / 4 : Entries * 6;
            var hash = Hash((ulong)Math.Abs(random.NextInt64(paths) - random.NextInt64(paths)));
            var capacity = i / 3_000 % 2 == 0 ? Entries : random.Next(1, Entries + 1);
            foreach (var miniature in (Miniature[])[frequent, known])
            {
                var before = miniature.Count;
                var isHit = miniature.Request(hash, capacity, windowShare);
                Assert.True(!isHit || seen.Contains(hash), "what was never asked for is no hit");
                Assert.True(isHit ? miniature.Count == before : miniature.Count <= capacity, "no more than it may");
                Assert.True(miniature.Request(hash, capacity, windowShare), "what was just asked for is there");
            }

            seen.Add(hash);
            sketch.Add(hash, 1);
        }
    }

    [Fact]
    public void What_fits_is_kept()
    {
        using var sketch = new FrequencySketch(64 * 1_024) { Period = 10_000 };
        using var miniature = new Miniature(Favour.Frequent, sketch, Entries);
        for (var round = 0; round < 5; round++)
        {
            for (ulong i = 0; i < Entries; i++) Assert.Equal(round != 0, miniature.Request(Hash(i), Entries, 0.01));
        }

        Assert.Equal(Entries, miniature.Count);
    }

    [Fact]
    public void Thinned_it_keeps_those_of_the_smaller_sample_and_takes_in_others()
    {
        using var sketch = new FrequencySketch(64 * 1_024) { Period = 10_000 };
        using var miniature = new Miniature(Favour.Known, sketch, Entries);
        for (ulong i = 0; i < Entries; i++) miniature.Request(Hash(i), Entries, 0.2);
        miniature.Thin(2);
        var kept = Enumerable.Range(0, Entries).Count(i => PathSample.Has(Hash((ulong)i), 2));
        Assert.InRange(kept, 1, Entries / 2);
        Assert.Equal(kept, miniature.Count);
        for (ulong i = 0; i < Entries; i++)
            Assert.Equal(PathSample.Has(Hash(i), 2), miniature.Request(Hash(i), Entries, 0.2));
        miniature.Thin(PathSample.ShiftNone);
        Assert.Equal(0, miniature.Count);
        for (ulong i = 0; i < Entries; i++) Assert.False(miniature.Request(Hash(i), Entries, 0.2));
        Assert.Equal(Entries, miniature.Count);
    }

    private static ulong Hash(ulong id) => ((id + 1) * 0x9E3779B97F4A7C15) ^ (((id + 1) * 0xBF58476D1CE4E5B9) >> 29);
}
