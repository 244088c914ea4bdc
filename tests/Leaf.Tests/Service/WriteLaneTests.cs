using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Tests.Service;

public sealed class WriteLaneTests
{
    [Fact]
    public async Task Work_of_many_senders_is_done_one_at_a_time_and_each_senders_in_order()
    {
        var lane = new WriteLane();
        var done = new List<(int Sender, int Number)>();
        var inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(sender => Task.Run(() =>
        {
            for (var number = 0; number < 500; number++)
            {
                var piece = number;
                Assert.True(lane.TryEnqueue(new Piece(() =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    done.Add((sender, piece));
                    Interlocked.Decrement(ref inside);
                })));
            }
        })));
        lane.RunAndWait(() => { });
        Assert.Equal(2_000, done.Count);
        foreach (var sender in done.GroupBy(d => d.Sender))
            Assert.Equal(Enumerable.Range(0, 500), sender.Select(d => d.Number));
    }

    [Fact]
    public void Past_its_length_work_is_refused_and_the_leafs_own_is_not()
    {
        var lane = new WriteLane();
        lane.Pause();
        var done = 0;
        for (var i = 0; i < WriteLane.LengthMax; i++) Assert.True(lane.TryEnqueue(new Piece(() => done++)));
        Assert.False(lane.TryEnqueue(new Piece(() => done++)));
        lane.EnqueueAlways(new Piece(() => done++));
        lane.Resume();
        lane.RunAndWait(() => { });
        Assert.Equal(WriteLane.LengthMax + 1, done);
        Assert.True(lane.TryEnqueue(new Piece(() => { })));
    }

    [Fact]
    public void Past_its_bytes_work_is_refused_but_one_piece_always_fits()
    {
        var lane = new WriteLane();
        lane.Pause();
        Assert.True(lane.TryEnqueue(new Piece(() => { }, 100 << 20)));
        Assert.False(lane.TryEnqueue(new Piece(() => { }, 1)));
        lane.Resume();
        lane.RunAndWait(() => { });
        Assert.True(lane.TryEnqueue(new Piece(() => { }, 1)));
    }

    [Fact]
    public void A_paused_lane_stands_still_and_forgets_nothing()
    {
        var lane = new WriteLane();
        var done = 0;
        for (var round = 1; round <= 50; round++)
        {
            lane.Pause();
            Assert.Equal((round - 1) * 10, done);
            for (var i = 0; i < 10; i++) lane.TryEnqueue(new Piece(() => Interlocked.Increment(ref done)));
            Assert.Equal((round - 1) * 10, Volatile.Read(ref done));
            lane.Resume();
            lane.RunAndWait(() => { });
            Assert.Equal(round * 10, done);
        }
    }

    private sealed class Piece(Action action, int bytes = 10) : ILaneWork
    {
        public int BodyLength => bytes;

        public void Run() => action();
    }
}
