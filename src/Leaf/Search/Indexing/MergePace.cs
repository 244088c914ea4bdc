using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// How hard a merge may work: after each slice of work it rests, so that it takes no more than its share of a
/// processor and of the disk. Whatever else writes segments has one without bounds, which makes room for searches only.
/// One thread; one for each merge.
/// </summary>
/// <remarks>
/// The operating system's priorities do not do this: .NET gives threads none on Linux. Reading and writing happen in
/// the slices, so the share bounds bytes a second as well as processor time. Who waits for the merging thread is not
/// made to wait for its rests: the pace then goes to full speed.
/// </remarks>
internal sealed class MergePace
{
    /// <summary>Longest work between two rests for the share: 5 ms. Rests for searches come sooner.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(5);

    private readonly double _share;
    private readonly Func<bool> _isHurried;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancel;
    private readonly BackgroundThrottle? _throttle;
    private long _begun;

    /// <param name="share">Part of the time it may work, above 0 to 1.</param>
    /// <param name="isHurried">Whether somebody waits for the merge to end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the merge.</param>
    /// <param name="throttle">Makes room for searches, whoever waits.</param>
    public MergePace(
        double share, Func<bool> isHurried, TimeProvider time, CancellationToken cancel,
        BackgroundThrottle? throttle = null)
    {
        _throttle = throttle;
        _share = share;
        _isHurried = isHurried;
        _time = time;
        _cancel = cancel;
        _begun = time.GetTimestamp();
    }

    /// <summary>Time it rested.</summary>
    public TimeSpan Paused { get; private set; }

    /// <summary>Full speed, for whoever waits for the result.</summary>
    public static MergePace Unbounded(CancellationToken cancel, BackgroundThrottle? throttle = null) =>
        new(1, () => true, TimeProvider.System, cancel, throttle);

    /// <summary>Called between small pieces of work: rests when it is time to.</summary>
    /// <exception cref="OperationCanceledException">The merge is to end.</exception>
    public void Breathe()
    {
        _cancel.ThrowIfCancellationRequested();
        _throttle?.Breathe();
        if (_share >= 1) return;
        var worked = _time.GetElapsedTime(_begun);
        if (worked < Slice) return;
        if (!_isHurried())
        {
            var rest = worked * ((1 - _share) / _share);
            _cancel.WaitHandle.WaitOne(rest);
            Paused += rest;
            _cancel.ThrowIfCancellationRequested();
        }

        _begun = _time.GetTimestamp();
    }
}

/// <summary>What merges have done, for metrics. Written by maintenance, read by any thread.</summary>
internal sealed class MergeCounts
{
    private long _merges;
    private long _bytes;
    private long _pausedMilliseconds;

    /// <summary>Merges done.</summary>
    public long Merges => Interlocked.Read(ref _merges);

    /// <summary>Bytes of segments that they wrote.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Milliseconds that they rested.</summary>
    public long PausedMilliseconds => Interlocked.Read(ref _pausedMilliseconds);

    /// <summary>Counts one.</summary>
    public void Add(long bytes, TimeSpan paused)
    {
        Interlocked.Increment(ref _merges);
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _pausedMilliseconds, (long)paused.TotalMilliseconds);
    }
}
