using Hedgerow.Leaf.Scheduling;
using Hedgerow.LoadGen.Arrivals;

namespace Hedgerow.Bench.UnderWrites;

/// <summary>
/// A thread that does something at the times of an arrival process, late ones too: an open loop. Ends when disposed.
/// </summary>
internal sealed class PacedThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _isEnding;

    /// <param name="arrivals">When.</param>
    /// <param name="action">What; gets the nanoseconds at which it was due.</param>
    public PacedThread(IArrivals arrivals, Action<long> action)
    {
        _thread = new Thread(() => Run(arrivals, action)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _isEnding = true;
        _thread.Join();
    }

    private void Run(IArrivals arrivals, Action<long> action)
    {
        // As the server's threads that read sockets, for which it stands.
        new ThreadSlice(ThreadSlice.OfSockets).Take();
        var due = Latency.Clock.NowNanos;
        while (!_isEnding)
        {
            due += arrivals.NextGapNanos();
            Latency.Clock.WaitUntil(due);
            action(due);
        }
    }
}
