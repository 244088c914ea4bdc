using Hedgerow.Leaf.Search.Indexing;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed class MergePaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0.5, 6, 6)]
    [InlineData(0.75, 6, 2)]
    [InlineData(1.0, 6, 0)]
    [InlineData(0.5, 4, 0)]
    public void A_merge_rests_after_a_slice_in_proportion_to_its_share(double share, int worked, int rested)
    {
        var pace = new MergePace(share, () => false, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(worked));
        pace.Breathe();
        pace.Breathe();
        Assert.Equal(rested, pace.Paused.TotalMilliseconds, 3);
    }

    [Fact]
    public void A_merge_that_somebody_waits_for_does_not_rest()
    {
        var isHurried = true;
        var pace = new MergePace(0.5, () => isHurried, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        pace.Breathe();
        Assert.Equal(TimeSpan.Zero, pace.Paused);
        isHurried = false;
        _time.Advance(TimeSpan.FromMilliseconds(5));
        pace.Breathe();
        Assert.Equal(TimeSpan.FromMilliseconds(5), pace.Paused);
    }

    [Fact]
    public void A_merge_that_is_to_end_does_so_at_its_next_breath()
    {
        using var cancel = new CancellationTokenSource();
        var pace = new MergePace(0.5, () => false, _time, cancel.Token);
        pace.Breathe();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(pace.Breathe);
    }
}
