using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Disposes of the memory of segments that nobody reads any more, on a thread of its own. The last reader may be a
/// search, or a read on a thread of sockets: to unmap a file takes a millisecond for some ten megabytes, and where the
/// file is removed already, its blocks are given back to the file system by whoever unmaps it, which may wait for the
/// disk. Thread-safe.
/// </summary>
/// <remarks>
/// Where a mapped file can't be removed (all systems but Linux here), whoever is the last disposes of it, so that it is
/// gone when a merge removes its inputs.
/// </remarks>
internal static class ReturnedRegions
{
    private static readonly object Gate = new();
    private static readonly Queue<IndexRegion> Returned = new();
    private static Thread? _thread;
    private static int _disposing;

    /// <summary>Regions that are not disposed of yet.</summary>
    public static int Count
    {
        get { lock (Gate) return Returned.Count + _disposing; }
    }

    /// <summary>Takes over a region that nobody reads.</summary>
    public static void Add(IndexRegion region)
    {
        if (!OperatingSystem.IsLinux())
        {
            region.Dispose();
            return;
        }

        lock (Gate)
        {
            Returned.Enqueue(region);
            Monitor.Pulse(Gate);
            if (_thread is not null) return;
            _thread = new Thread(Work) { IsBackground = true, Name = "hedgerow-unmap" };
            _thread.Start();
        }
    }

    private static void Work()
    {
        new ThreadSlice(ThreadSlice.OfIndexing).Take();
        while (true)
        {
            Take().Dispose();
            lock (Gate) _disposing--;
        }
    }

    private static IndexRegion Take()
    {
        lock (Gate)
        {
            while (Returned.Count == 0) Monitor.Wait(Gate);
            _disposing++;
            return Returned.Dequeue();
        }
    }
}
