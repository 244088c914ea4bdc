using CsCheck;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>The small parts that decide: quantiles, budgets, clocks, orders; each beside a naive model.</summary>
public sealed class PolicyTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_quantile_is_the_models_or_up_to_an_eighth_more() =>
        Gen.Select(Gen.Long[0, 5_000_000].Array[100, 400], Gen.Double[0.01, 0.999]).Sample(
            (samples, quantile) =>
            {
                var clock = new RouterClock(_time);
                var window = new LatencyWindow(clock);
                foreach (var sample in samples) window.Record(clock.Now, sample);
                var exact = samples.Order().ElementAt((int)Math.Ceiling(quantile * samples.Length) - 1);
                var answer = window.Quantile(clock.Now, quantile, 100)!.Value;
                Assert.InRange(answer, exact, (long)(exact * 1.125) + 1);
            },
            iter: 300);

    [Fact]
    public void Buckets_are_in_order_and_hold_what_is_below_their_edge()
    {
        for (long micros = 0; micros < 70_000_000; micros += Math.Max(1, micros / 50))
        {
            var bucket = LatencyWindow.BucketOf(micros);
            Assert.True(micros <= LatencyWindow.UpperEdge(bucket) || micros >= 1L << 26);
            Assert.True(bucket == 0 || micros > LatencyWindow.UpperEdge(bucket - 1));
        }
    }

    [Fact]
    public void Old_latencies_are_forgotten()
    {
        var clock = new RouterClock(_time);
        var window = new LatencyWindow(clock);
        for (var i = 0; i < 200; i++) window.Record(clock.Now, 90_000);
        _time.Advance(LatencyWindow.Length);
        for (var i = 0; i < 200; i++) window.Record(clock.Now, 100);
        Assert.True(window.Quantile(clock.Now, 0.9, 100) >= 90_000);
        _time.Advance(LatencyWindow.Length);
        Assert.True(window.Quantile(clock.Now, 0.9, 100) <= 113);
        _time.Advance(2 * LatencyWindow.Length);
        Assert.Null(window.Quantile(clock.Now, 0.9, 100));
    }

    [Fact]
    public void A_budget_is_never_overspent() =>
        Gen.Select(Gen.Double[0, 1], Gen.Bool.Array[1, 2_000]).Sample(
            (share, wishes) =>
            {
                var bucket = new TokenBucket(share, most: 10, initial: 1);
                var spent = 0;
                for (var i = 0; i < wishes.Length; i++)
                {
                    bucket.Earn();
                    if (wishes[i] && bucket.TrySpend()) spent++;
                    Assert.True(spent <= (share * (i + 1)) + 1.001);
                }
            },
            iter: 100);

    [Fact]
    public void A_quiet_hour_saves_up_no_more_than_the_burst()
    {
        var bucket = new TokenBucket(0.5, most: 10, initial: 0);
        for (var i = 0; i < 1_000; i++) bucket.Earn();
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => bucket.TrySpend()));
    }

    [Fact]
    public void A_hybrid_clock_is_unique_never_goes_back_and_passes_what_it_saw() =>
        Gen.Select(Gen.Int[-5, 5], Gen.ULong).Array[1, 100].Sample(
            steps =>
            {
                var time = new MovableTime();
                var clock = new HybridClock(time);
                ulong last = 0;
                foreach (var (ms, seen) in steps)
                {
                    time.Move(ms);
                    var observed = seen >> 1;
                    if (seen % 3 == 0) clock.Observe(observed);
                    var next = clock.Next();
                    Assert.True(next > last);
                    if (seen % 3 == 0) Assert.True(next > observed);
                    last = next;
                }
            },
            iter: 200);

    [Fact]
    public void A_version_is_milliseconds_above_a_counter()
    {
        var clock = new HybridClock(_time);
        var expected = (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds() << 16;
        Assert.Equal(expected, clock.Next());
        Assert.Equal(expected + 1, clock.Next());
    }

    [Fact]
    public void The_last_version_of_all_does_not_turn_the_clock_over()
    {
        var clock = new HybridClock(_time);
        var before = clock.Next();
        clock.Observe(ulong.MaxValue);
        Assert.Equal(before + 1, clock.Next());
    }

    [Fact]
    public void Paths_compare_as_their_bytes_do() =>
        Gen.Select(Gen.String, Gen.String).Sample(
            (a, b) =>
            {
                if (!IsText(a) || !IsText(b)) return;
                var expected = System.Text.Encoding.UTF8.GetBytes(a).AsSpan()
                    .SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b));
                Assert.Equal(Math.Sign(expected), Math.Sign(PathOrder.Instance.Compare(a, b)));
            },
            iter: 2_000);

    [Fact]
    public void Code_points_above_the_surrogates_come_after_the_rest()
    {
        Assert.True(PathOrder.Instance.Compare("/\uFFFD", "/\U0001F600") < 0);
        Assert.True(PathOrder.Instance.Compare("/\U0001F600", "/\uE000") > 0);
    }

    [Fact]
    public void Merged_hits_are_a_sort_of_all_hits() =>
        Gen.Select(HitList.Array[1, 7], Gen.Int[0, 10], Gen.Int[0, 30]).Sample(
            (lists, from, size) =>
            {
                var expected = Sorted(lists.SelectMany(l => l)).Skip(from).Take(size).Select(h => (h.Score, h.Path));
                var merged = HitMerge.Merge([.. lists.Select(l => Sorted(l).ToArray())], [], from, size);
                Assert.Equal(expected, merged.Select(h => (h.Score, h.Path)));
            },
            iter: 300);

    [Fact]
    public void Sorted_hits_merge_by_value_with_missing_ones_where_the_key_says()
    {
        SearchHit[] one = [Hit("/a", SortValue.Of(1), default), Hit("/b", SortValue.Of(2), SortValue.Of("é"))];
        SearchHit[] two =
            [Hit("/c", SortValue.Of(1), SortValue.Of("z")), Hit("/d", SortValue.Of(1), SortValue.Of("a"))];
        SearchHit[] three = [Hit("/e", default, SortValue.Of("a"))];
        SortKey[] keys = [new("n", Descending: false), new("t", Descending: true, MissingFirst: true)];

        var merged = HitMerge.Merge([one, two, three], keys, 0, 10);
        Assert.Equal(["/a", "/c", "/d", "/b", "/e"], merged.Select(hit => hit.Path));

        keys = [new("n", Descending: true, MissingFirst: true), new("t", Descending: false)];
        merged = HitMerge.Merge([[one[1], one[0]], [two[1], two[0]], three], keys, 1, 3);
        Assert.Equal(["/b", "/d", "/c"], merged.Select(hit => hit.Path));
    }

    [Fact]
    public void Settled_items_are_the_models_prefix() =>
        Gen.Int[1, 5_000].SelectMany(n => Gen.Shuffle(Enumerable.Range(0, n).ToArray())).Sample(
            order =>
            {
                var window = new SettledWindow();
                var settled = new bool[order.Length + 1];
                var prefix = 0;
                foreach (var item in order)
                {
                    window.Settle(item);
                    settled[item] = true;
                    while (settled[prefix]) prefix++;
                    Assert.Equal(prefix, window.SettledUpTo);
                }
            },
            iter: 20);

    [Theory]
    [InlineData("127.0.0.1:7600", true)]
    [InlineData("leaf.example:1", true)]
    [InlineData("[::1]:7600", true)]
    [InlineData("::1:7600", false)]
    [InlineData("host:0", false)]
    [InlineData("host:65536", false)]
    [InlineData("host:", false)]
    [InlineData(":7600", false)]
    [InlineData("host", false)]
    [InlineData("a b:7600", false)]
    [InlineData("/etc/topology.json:80", false)]
    [InlineData("", false)]
    public void An_address_is_a_host_and_a_port(string text, bool isGood) =>
        Assert.Equal(isGood, LeafAddress.TryParse(text, out _, out _));

    private static Gen<SearchHit[]> HitList { get; } = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 99])
        .Select((score, path) => new SearchHit { Path = $"/p/{path}", Score = score, Version = 1 }).Array[0, 20];

    private static IEnumerable<SearchHit> Sorted(IEnumerable<SearchHit> hits) =>
        hits.OrderByDescending(h => h.Score).ThenBy(h => h.Path, StringComparer.Ordinal);

    private static bool IsText(string text) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) == text;

    /// <summary>A wall clock that goes back, as wall clocks do.</summary>
    private sealed class MovableTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Move(int ms) => _now += TimeSpan.FromMilliseconds(ms);

        public override DateTimeOffset GetUtcNow() => _now;
    }

    private static SearchHit Hit(string path, params SortValue[] values) =>
        new() { Path = path, Score = 1, Version = 1, SortValues = values };
}
