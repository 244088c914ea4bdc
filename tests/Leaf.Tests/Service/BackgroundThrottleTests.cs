using Hedgerow.Leaf.Scheduling;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>What indexing and merging does while searches want the processors.</summary>
public sealed class BackgroundThrottleTests
{
    private const int Processors = 4;
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(1, 2, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 2, true)]
    [InlineData(3, 1, true)]
    public void It_rests_when_more_want_to_work_than_there_are_processors_but_one(
        int searching, int working, bool rests)
    {
        var throttle = new BackgroundThrottle(Processors, 1.0 / 3, _time);
        for (var other = 1; other < working; other++) OnThread(throttle.BeginWork);
        throttle.WantForSearches(searching);
        OnThread(() => Work(throttle, BackgroundThrottle.Slice));
        Assert.Equal(rests ? 1 : 0, throttle.Rests);
    }

    [Fact]
    public void A_rest_ends_with_the_searches()
    {
        // A clock that stands: no rest would end by itself but by the system's, and that tells as it is counted.
        var throttle = new BackgroundThrottle(2, 0.001, _time);
        throttle.WantForSearches(1);
        var thread = new Thread(() => Work(throttle, BackgroundThrottle.Slice));
        thread.Start();
        while (throttle.Resting == 0 && throttle.Rests == 0) Thread.Yield();
        throttle.WantForSearches(0);
        thread.Join();
        Assert.Equal((1, 0), (throttle.Rests, throttle.Resting));
    }

    [Fact]
    public void A_rest_ends_though_searches_never_do()
    {
        var throttle = new BackgroundThrottle(2, 1.0 / 3, TimeProvider.System);
        throttle.WantForSearches(1);
        OnThread(() =>
        {
            throttle.BeginWork();
            while (throttle.Rests < 3) throttle.Breathe();
            throttle.EndWork();
        });
        Assert.True(throttle.Rested >= 3 * BackgroundThrottle.Slice);
    }

    [Fact]
    public void A_thread_earns_twice_its_work_with_a_third_of_the_time_and_no_more_than_the_longest_rest()
    {
        var work = TimeSpan.FromMilliseconds(3);
        var once = BackgroundThrottle.Earned(TimeSpan.Zero, work, 1.0 / 3);
        Assert.Equal(6, once.TotalMilliseconds, 3);
        Assert.Equal(12, BackgroundThrottle.Earned(once, work, 1.0 / 3).TotalMilliseconds, 3);
        foreach (var share in new[] { 0.001, 0.01, 1.0 / 3, 0.9 })
        {
            var most = BackgroundThrottle.RestMax;
            Assert.Equal(most, BackgroundThrottle.Earned(most, TimeSpan.FromMicroseconds(1), share));
            Assert.Equal(most, BackgroundThrottle.Earned(TimeSpan.Zero, TimeSpan.FromHours(24), share));
        }
    }

    [Fact]
    public void One_that_has_hardly_begun_does_not_rest()
    {
        var throttle = new BackgroundThrottle(2, 1.0 / 3, _time);
        throttle.WantForSearches(1);
        OnThread(() => Work(throttle, BackgroundThrottle.Slice - TimeSpan.FromMicroseconds(1)));
        Assert.Equal(0, throttle.Rests);
    }

    [Fact]
    public void With_the_whole_share_it_never_rests_and_neither_do_threads_of_others()
    {
        var whole = new BackgroundThrottle(1, 1, _time);
        whole.WantForSearches(1);
        OnThread(() => Work(whole, TimeSpan.FromSeconds(1)));
        var third = new BackgroundThrottle(1, 1.0 / 3, _time);
        third.WantForSearches(1);
        OnThread(third.Breathe);
        Assert.Equal((0, 0), (whole.Rests, third.Rests));
    }

    [Fact]
    public void A_pool_wants_threads_for_what_runs_and_waits_but_no_more_than_it_has()
    {
        var throttle = new BackgroundThrottle(2, 1.0 / 3, _time);
        using var pool = new PoolUnderTest(queueMax: 10, throttle: throttle);
        using var release = pool.Occupy();
        Assert.Equal(1, throttle.Searching);
        pool.Submit(1);
        pool.Submit(2);
        Assert.Equal(1, throttle.Searching);
        OnThread(() => Work(throttle, BackgroundThrottle.Slice));
        Assert.Equal(1, throttle.Rests);
        release.Release();
        while (throttle.Searching > 0) Thread.Yield();
        Assert.Equal([1, 2], pool.Served);
    }

    /// <summary>Works for so long and then looks around.</summary>
    private void Work(BackgroundThrottle throttle, TimeSpan length)
    {
        throttle.BeginWork();
        _time.Advance(length);
        throttle.Breathe();
        throttle.EndWork();
    }

    private static void OnThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }
}
