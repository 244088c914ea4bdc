using CsCheck;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>How many requests a leaf may have in flight, beside a leaf that serves so many at once.</summary>
public sealed class ConcurrencyLimitTests
{
    private readonly FakeTimeProvider _time = new();

    private static LimitOptions Strict { get; } = new()
    {
        InFlightMin = 4, InFlightMax = 1_000, LatencyFree = TimeSpan.Zero,
    };

    [Fact]
    public void It_begins_at_the_most_and_stays_there_while_answers_are_quick()
    {
        var limit = new ConcurrencyLimit(Strict, Clock);
        Run(limit, seconds: 5, wanted: 10, _ => 10);
        Assert.Equal(1_000, limit.Value);
    }

    [Fact]
    public void It_comes_down_to_what_the_leaf_bears_and_up_again_when_that_is_more()
    {
        var limit = new ConcurrencyLimit(Strict, Clock);
        Run(limit, seconds: 1, wanted: 50, _ => 10);
        // Serves 100 at once, 10 ms each; more wait their turn. Twice that doubles the round trip, which is tolerated.
        Run(limit, seconds: 10, wanted: 900, inFlight => 10 * Math.Max(1, inFlight / 100.0));
        Assert.InRange(limit.Value, 150, 300);
        Run(limit, seconds: 10, wanted: 900, _ => 10);
        Assert.InRange(limit.Value, 900, 1_000);
    }

    [Fact]
    public void One_slow_answer_in_a_hundred_does_not_lower_it()
    {
        var limit = new ConcurrencyLimit(Strict, Clock);
        var count = 0;
        Run(limit, seconds: 30, wanted: 500, _ => ++count % 100 == 0 ? 1_000 : 5);
        Assert.Equal(1_000, limit.Value);
    }

    [Fact]
    public void Answers_within_the_free_latency_never_lower_it()
    {
        var limit = new ConcurrencyLimit(Strict with { LatencyFree = TimeSpan.FromMilliseconds(50) }, Clock);
        Run(limit, seconds: 1, wanted: 10, _ => 0.1);
        Run(limit, seconds: 10, wanted: 900, _ => 49);
        Assert.Equal(1_000, limit.Value);
    }

    [Fact]
    public void A_refusal_takes_a_tenth_once_in_a_window()
    {
        var limit = new ConcurrencyLimit(Strict, Clock);
        for (var i = 0; i < 100; i++) limit.OnRefused();
        Assert.Equal(900, limit.Value);
    }

    [Fact]
    public void It_never_leaves_its_bounds() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 500], Gen.Select(Gen.Int[0, 3_000], Gen.Int[0, 600], Gen.Bool).Array)
            .Sample(
                (least, more, steps) =>
                {
                    var options = Strict with { InFlightMin = least, InFlightMax = least + more };
                    var time = new FakeTimeProvider();
                    var clock = new RouterClock(time);
                    var limit = new ConcurrencyLimit(options, clock);
                    foreach (var (ms, inFlight, isRefused) in steps)
                    {
                        time.Advance(TimeSpan.FromMilliseconds(20));
                        limit.OnSample(clock.Now, clock.Ticks(TimeSpan.FromMilliseconds(ms)), inFlight);
                        if (isRefused) limit.OnRefused();
                        Assert.InRange(limit.Value, least, least + more);
                    }
                },
                iter: 200);

    [Fact]
    public async Task Beyond_it_another_replica_is_asked_and_beyond_all_the_router_refuses_at_once()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.Hedge.Enabled = false;
            o.Limit = new LimitOptions { InFlightMin = 1, InFlightMax = 3 };
        });
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(100));
        var waiting = Enumerable.Range(0, 6).Select(i => cluster.Get($"/{i}").AsTask()).ToArray();
        Assert.All(cluster.Router.Table.Leaves, l => Assert.Equal(3, l.Owner.InFlight));

        var refused = cluster.Get("/more");
        Assert.True(refused.IsCompleted);
        using (var reply = await refused)
        {
            Assert.Equal(StatusCode.Overloaded, reply.Status);
            Assert.Contains("as many requests in flight", Cluster.TextOf(reply), StringComparison.Ordinal);
        }

        // Writes have no other leaf to go to.
        var write = cluster.Client.SetAsync("/w", new byte[1]);
        cluster.Advance(100);
        Assert.True((await cluster.Finish(write)).Succeeded);
        foreach (var reply in await Task.WhenAll(waiting)) Assert.Equal(StatusCode.NotFound, reply.Status);
        Assert.Equal(StatusCode.NotFound, (await cluster.Finish(cluster.Get("/more"))).Status);
    }

    [Fact]
    public async Task Switched_off_nothing_is_refused()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.Hedge.Enabled = false;
            o.Limit = new LimitOptions { Enabled = false, InFlightMin = 1, InFlightMax = 1 };
        });
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(10));
        var waiting = Enumerable.Range(0, 100).Select(i => cluster.Get($"/{i}").AsTask()).ToArray();
        cluster.Advance(10);
        foreach (var reply in await Task.WhenAll(waiting)) Assert.Equal(StatusCode.NotFound, reply.Status);
    }

    private RouterClock Clock => new(_time);

    /// <summary>A closed loop: as many requests in flight as wanted and allowed, each so slow.</summary>
    private void Run(ConcurrencyLimit limit, int seconds, int wanted, Func<int, double> milliseconds)
    {
        var clock = Clock;
        for (var i = 0; i < seconds * 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            var inFlight = Math.Min(wanted, limit.Value);
            for (var j = 0; j < 5; j++)
                limit.OnSample(
                    clock.Now, clock.Ticks(TimeSpan.FromMilliseconds(milliseconds(inFlight))), inFlight);
        }
    }
}
