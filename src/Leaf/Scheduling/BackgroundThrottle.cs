namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Has indexing, flushes and merges rest while searches want the processors: as long as more threads want to work than
/// there are processors, but one for those that serve sockets, the background's stop between two small pieces until
/// those searches are done or they have had the rest that their work has earned them. Thread-safe.
/// </summary>
/// <remarks>
/// The operating system shares a processor evenly, so searches that come in a bunch would take twice as long beside a
/// merge, and wait for each other twice as long. What searches leave free is the background's; where they leave
/// nothing, it gets its least share, so it is slowed down and never stopped. What a thread has worked while nobody
/// wanted its processor counts too: a bunch of searches mostly has the processors for itself to its end.
/// See docs/decisions/0024.
/// </remarks>
/// <param name="processors">How many threads run at once.</param>
/// <param name="leastShare">Part of its time that the background works whatever searches want: above 0 to 1. 1: it
/// never rests.</param>
/// <param name="time">The clock.</param>
internal sealed class BackgroundThrottle(int processors, double leastShare, TimeProvider time)
{
    /// <summary>Work between two rests, at least: 0.25 ms, what a rest's own cost is small beside.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(0.25);

    /// <summary>The longest rest, and what a thread can have earned of it: 50 ms, as long as bunches of searches
    /// take.</summary>
    public static readonly TimeSpan RestMax = TimeSpan.FromMilliseconds(50);

    /// <summary>When the calling thread began to work or last rested; 0 where it is not one of the background's.
    /// </summary>
    [ThreadStatic]
    private static long _since;

    /// <summary>Rest that the calling thread has earned by work before that.</summary>
    [ThreadStatic]
    private static TimeSpan _earned;

    private readonly object _gate = new();
    private int _searching;
    private int _working;
    private int _resting;
    private long _rests;
    private long _restedTicks;

    /// <summary>Rests taken.</summary>
    public long Rests => Interlocked.Read(ref _rests);

    /// <summary>Time rested by all threads together.</summary>
    public TimeSpan Rested => time.GetElapsedTime(0, Interlocked.Read(ref _restedTicks));

    /// <summary>Threads that searches want now.</summary>
    public int Searching => Volatile.Read(ref _searching);

    /// <summary>Threads that rest now.</summary>
    public int Resting => Volatile.Read(ref _resting);

    /// <summary>How many threads searches want now, whether those run already or not. One caller at a time.</summary>
    public void WantForSearches(int threads)
    {
        if (threads == _searching) return;
        var before = Interlocked.Exchange(ref _searching, threads);
        if (threads < before) WakeRested();
    }

    /// <summary>The calling thread, one of the background's, has something to do.</summary>
    public void BeginWork()
    {
        // A clock that stands at zero is no reason never to rest.
        _since = Math.Max(1, time.GetTimestamp());
        Interlocked.Increment(ref _working);
    }

    /// <summary>The calling thread has nothing to do.</summary>
    public void EndWork()
    {
        if (_since != 0 && leastShare < 1) _earned = Earned(_earned, time.GetElapsedTime(_since), leastShare);
        _since = 0;
        Interlocked.Decrement(ref _working);
        WakeRested();
    }

    /// <summary>
    /// Called between small pieces of work, without any lock that a search or a read may want: rests when it is time
    /// to. Does nothing on threads that are not the background's.
    /// </summary>
    public void Breathe()
    {
        if (_since == 0 || leastShare >= 1 || !IsCrowded(0)) return;
        var worked = time.GetElapsedTime(_since);
        if (worked < Slice) return;
        var most = Earned(_earned, worked, leastShare);
        var rested = Rest(most);
        _earned = rested < most ? most - rested : TimeSpan.Zero;
        _since = Math.Max(1, time.GetTimestamp());
    }

    /// <summary>What a thread may rest that has earned so much before and worked since.</summary>
    internal static TimeSpan Earned(TimeSpan before, TimeSpan worked, double leastShare)
    {
        // Work of hours earns no more than work that earns the longest rest.
        var most = RestMax * (leastShare / (1 - leastShare));
        if (worked >= most) return RestMax;
        var earned = before + (worked * ((1 - leastShare) / leastShare));
        return earned < RestMax ? earned : RestMax;
    }

    private bool IsCrowded(int more)
    {
        var searching = Volatile.Read(ref _searching);
        return searching > 0 && searching + Volatile.Read(ref _working) + more > processors - 1;
    }

    /// <summary>Returns how long it was.</summary>
    private TimeSpan Rest(TimeSpan most)
    {
        var begun = time.GetTimestamp();
        lock (_gate)
        {
            Interlocked.Increment(ref _resting);
            Interlocked.Decrement(ref _working);
            while (IsCrowded(1))
            {
                var left = most - time.GetElapsedTime(begun);
                // Waits are in whole milliseconds, and end by the system's clock if the given one stands.
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, (int)Math.Ceiling(left.TotalMilliseconds))) break;
            }

            Interlocked.Increment(ref _working);
            Interlocked.Decrement(ref _resting);
        }

        Interlocked.Increment(ref _rests);
        var ended = time.GetTimestamp();
        Interlocked.Add(ref _restedTicks, ended - begun);
        return time.GetElapsedTime(begun, ended);
    }

    /// <summary>
    /// Never waits: the gate may be held by a thread of the background that lost its processor, and whoever wakes it
    /// holds up searches, or a thread of sockets. Where the gate is held, that thread is missed and rests to its end.
    /// </summary>
    private void WakeRested()
    {
        if (Volatile.Read(ref _resting) == 0 || IsCrowded(1) || !Monitor.TryEnter(_gate)) return;
        Monitor.PulseAll(_gate);
        Monitor.Exit(_gate);
    }
}
