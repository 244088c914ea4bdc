using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>Threads that index, and how threads give way to others.</summary>
public sealed class LeafThreadsTests
{
    [Fact]
    public void A_thread_has_the_slice_that_it_took_and_what_it_starts_has_the_systems()
    {
        var slice = new ThreadSlice(ThreadSlice.OfIndexing);
        TimeSpan before = default, taken = default, child = default;
        OnThread(() =>
        {
            before = ThreadSlice.Current();
            slice.Take();
            taken = ThreadSlice.Current();
            OnThread(() => child = ThreadSlice.Current());
        });
        if (slice.Taken == 0)
        {
            Assert.Equal((1, before), (slice.Refused, taken));
            Assert.Skip("needs a system that knows slices: Linux from 6.12 on");
        }

        Assert.Equal((1, 0), (slice.Taken, slice.Refused));
        Assert.Equal(ThreadSlice.OfIndexing, taken);
        Assert.Equal(before, child);
        Assert.True(ThreadSlice.OfSockets < before);
        Assert.True(before < ThreadSlice.OfSearches, "threads of the shared pool have a shorter one than searches");
        Assert.True(ThreadSlice.OfSearches < ThreadSlice.OfIndexing);
    }

    [Fact]
    public void Lanes_take_turns_on_the_threads_for_indexing()
    {
        using var threads = new LaneThreads("test", 1, new ThreadSlice(ThreadSlice.OfIndexing));
        var lanes = Enumerable.Range(0, 3).Select(_ => new WriteLane(threads: threads)).ToArray();
        var done = new List<(int Lane, int Number)>();
        var names = new HashSet<string?>();
        lanes[0].Pause();
        for (var i = 0; i < 300; i++)
        {
            var piece = (Lane: i % 3, Number: i);
            lanes[piece.Lane].EnqueueAlways(new Piece(() =>
            {
                done.Add(piece);
                names.Add(Thread.CurrentThread.Name);
            }));
        }

        lanes[1].RunAndWait(() => { });
        lanes[2].RunAndWait(() => { });
        Assert.DoesNotContain(done, piece => piece.Lane == 0);
        lanes[0].Resume();
        lanes[0].RunAndWait(() => { });
        Assert.Equal(["hedgerow-index-test-0"], names);
        foreach (var lane in done.GroupBy(piece => piece.Lane))
            Assert.Equal(Enumerable.Range(0, 100).Select(i => (3 * i) + lane.Key), lane.Select(piece => piece.Number));
        Assert.Equal(300, done.Count);
    }

    [Fact]
    public void What_was_queued_is_done_when_the_threads_have_ended()
    {
        var done = 0;
        using var blocked = new ManualResetEventSlim();
        var threads = new LaneThreads("test", 2, new ThreadSlice(ThreadSlice.OfIndexing));
        var lanes = Enumerable.Range(0, 5).Select(_ => new WriteLane(threads: threads)).ToArray();
        foreach (var lane in lanes)
        {
            lane.EnqueueAlways(new Piece(() =>
            {
                blocked.Wait();
                Interlocked.Increment(ref done);
            }));
        }

        blocked.Set();
        threads.Dispose();
        Assert.Equal((5, 0), (done, threads.Waiting));
    }

    private static void OnThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    private sealed class Piece(Action action) : ILaneWork
    {
        public int BodyLength => 1;

        public void Run() => action();
    }
}
