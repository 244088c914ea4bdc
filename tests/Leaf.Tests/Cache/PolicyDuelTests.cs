using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class PolicyDuelTests
{
    private const long LimitBytes = 64 << 20;
    private const long Entries = 40_000;
    private const double WindowShare = 0.01;

    [Fact]
    public void Frequency_is_favoured_in_a_loop_that_does_not_fit()
    {
        using var play = new Play(LimitBytes);
        for (var i = 0; i < 20 * Entries; i++)
        {
            play.Request((ulong)(i % (Entries * 5 / 4)));
            Assert.True(i < 4 * Entries || play.Duel.Favour == Favour.Frequent, $"request {i}");
        }
    }

    [Fact]
    public void What_is_known_is_favoured_while_old_favourites_are_not_asked_for_and_not_for_ever()
    {
        using var play = new Play(LimitBytes);
        var random = new Random(1);
        for (var i = 0; i < 10 * Entries; i++) play.Request((ulong)random.NextInt64(Entries));

        // Others from one request to the next, each wanted a few times within a turnover.
        var known = 0;
        for (long i = 0; i < 6 * Entries; i++)
        {
            play.Request((ulong)((10 * Entries) + (i / 4) + random.NextInt64(Entries / 2)));
            if (play.Duel.Favour == Favour.Known) known++;
        }

        Assert.True(known > Entries, $"{known} requests");

        // A loop again.
        for (var i = 0; i < 30 * Entries; i++) play.Request((ulong)((30 * Entries) + (i % (Entries * 5 / 4))));
        Assert.Equal(Favour.Frequent, play.Duel.Favour);
    }

    [Theory]
    [InlineData(PolicyDuel.EntriesMin - 1, LimitBytes)]
    [InlineData(Entries, 4 << 20)]
    public void Few_entries_or_a_small_partition_have_no_duel(long entries, long limitBytes)
    {
        using var play = new Play(limitBytes) { Entries = entries };
        for (var i = 0; i < 100_000; i++)
        {
            play.Request((ulong)i / 8);
            Assert.Equal(Favour.Frequent, play.Duel.Favour);
        }

        Assert.Equal(0, play.Sampled);
    }

    [Fact]
    public void What_it_takes_is_a_thousandth_and_nothing_in_a_small_partition()
    {
        Assert.Equal(0, PolicyDuel.BytesFor(7 << 20));
        for (var bytes = 8L << 20; bytes < 1L << 40; bytes *= 2)
            Assert.InRange(PolicyDuel.BytesFor(bytes), 1, bytes * 12 / 10_000);
    }

    [Fact]
    public void The_sample_follows_the_number_of_entries()
    {
        using var play = new Play(LimitBytes);
        var most = LimitBytes / 32_000;
        foreach (var entries in (long[])[10_000, 100_000, 1_000_000, 20_000, 9_000, 500, 300_000])
        {
            play.Duel.Fit(entries, isFull: true);
            var sampled = play.Duel.Hits.Shift == PathSample.ShiftNone ? 0 : entries >> play.Duel.Hits.Shift;
            if (entries < PolicyDuel.EntriesMin) Assert.Equal(0, sampled);
            else Assert.InRange(sampled, most / 4, most);
        }
    }

    /// <summary>Requests as a partition passes them on: a hit by way of the sample, a miss at once.</summary>
    private sealed class Play : IDisposable
    {
        private readonly FrequencySketch _sketch = new(1 << 20) { Period = PolicyDuelTests.Entries * 14 };
        private readonly Dictionary<ulong, int> _last = [];
        private int _requests;

        public Play(long limitBytes) => Duel = new PolicyDuel(_sketch, limitBytes);

        public PolicyDuel Duel { get; }

        public long Entries { get; init; } = PolicyDuelTests.Entries;

        public int Sampled { get; private set; }

        public void Request(ulong id)
        {
            var hash = ((id + 1) * 0x9E3779B97F4A7C15) ^ (((id + 1) * 0xBF58476D1CE4E5B9) >> 29);
            if (_requests++ % (Entries / 4) == 0) Duel.Fit(Entries, isFull: true);
            if (PathSample.Has(hash, Duel.Hits.Shift)) Sampled++;
            _sketch.Add(hash, 1);

            // As in a cache of the last paths used: whatever the partition has, both miniatures see all.
            var isHit = _last.TryGetValue(id, out var last) && _requests - last < Entries;
            _last[id] = _requests;
            if (isHit) Duel.Hits.Note(hash);
            else Duel.Arrived(hash, WindowShare);
        }

        public void Dispose()
        {
            Duel.Dispose();
            _sketch.Dispose();
        }
    }
}
