using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Durability;

/// <summary>Waits until what it logged is as safe as the policy promises.</summary>
internal interface ICommitWaiter
{
    /// <summary>Called once, on the committing thread or the caller's; must be short.</summary>
    /// <param name="failure">Null when committed; else why the log can no longer be written.</param>
    void OnCommitted(string? failure);
}

/// <summary>How a log writes; tests set the sizes.</summary>
internal sealed record WalOptions
{
    public required string Directory { get; init; }

    public required ushort Shard { get; init; }

    public required FsyncPolicy Fsync { get; init; }

    /// <summary>A segment is followed by a new one when it has this many bytes. 32 MiB.</summary>
    public int SegmentBytes { get; init; } = 32 << 20;

    /// <summary>Bytes that may wait for the disk; past it appends answer Overloaded. 64 MiB.</summary>
    public int PendingBytesMax { get; init; } = 64 << 20;

    /// <summary>Time between two fsyncs under <see cref="FsyncPolicy.Interval"/>. 100 ms.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMilliseconds(100);
}

/// <summary>
/// One shard's write-ahead log: records in segment files, many writers, one fsync.
/// </summary>
/// <remarks>
/// <b>Group commit.</b> Writers copy records into one of two buffers under a short lock and go on. The committing
/// thread swaps the buffers, writes the full one with one call, forces it to the disk as the policy says, and tells
/// those who wait. What arrives during an fsync shares the next one, so the group grows by itself with the load.
/// <code>
///   TryAppend ──copy──> filling ──swap──> writing ──write, fsync──> segment file
///   Notify ────────────────────────────────────────> committed ≥ position ? tell : remember
/// </code>
/// Four positions only grow: <i>synced ≤ committed ≤ written ≤ end</i>. End: what writers were given. Written: handed
/// to the operating system. Synced: forced to the disk. Committed: synced under <see cref="FsyncPolicy.Always"/>, else
/// written, which a killed process survives and a power cut may not.
///
/// <b>Concurrency.</b> <c>_gate</c> guards every field but those of the committing thread (the open file, the list of
/// segments), and is never held over I/O or a callback. No record and no waiter costs an allocation once buffers have
/// grown.
///
/// <b>Failure.</b> After an error of the disk nothing is known of what an fsync had taken along, so the log is closed
/// for good: those who wait are told why, appends answer ReadOnly, and opening again finds out what is there.
/// Group commit: DeWitt et al., "Implementation techniques for main memory database systems", 1984. Why a failed fsync
/// is final: Rebello et al., "Can applications recover from fsync failures?", USENIX ATC 2020.
/// </remarks>
internal sealed partial class WriteAheadLog : IDisposable
{
    private const int BufferBytesKept = 1 << 20;

    private readonly object _gate = new();
    private readonly WalOptions _options;
    private readonly ILogger _log;
    private readonly WalSegmentWriter _segments;
    private readonly ITimer? _syncTimer;
    private readonly Thread _committer;
    private readonly List<(long Position, ICommitWaiter Waiter)> _waiting = [];
    private readonly List<ICommitWaiter> _ready = [];
    private WalBuffer _filling = new();
    private WalBuffer _writing = new();
    private long _end;
    private long _written;
    private long _synced;
    private long _syncWanted;
    private long _trimWanted;
    private long _trimmed;
    private long _syncs;
    private string? _failure;
    private bool _stopping;

    private WriteAheadLog(WalOptions options, WalSegmentWriter segments, TimeProvider time, ILogger log)
    {
        _options = options;
        _segments = segments;
        _log = log;
        _end = _written = _synced = _syncWanted = segments.End;
        _trimmed = _trimWanted = segments.First;
        _committer = new Thread(Run) { IsBackground = true, Name = $"hedgerow-wal-{options.Shard}" };
        _committer.Start();
        if (options.Fsync == FsyncPolicy.Interval)
            _syncTimer = time.CreateTimer(_ => AskForSync(), null, options.SyncInterval, options.SyncInterval);
    }

    /// <summary>The position behind the last record.</summary>
    public long End
    {
        get { lock (_gate) return _end; }
    }

    /// <summary>The position up to which records are on the disk.</summary>
    public long Synced
    {
        get { lock (_gate) return _synced; }
    }

    /// <summary>The position of the oldest record that is still kept.</summary>
    public long First
    {
        get { lock (_gate) return _trimmed; }
    }

    /// <summary>Times the log was forced to the disk.</summary>
    public long Syncs
    {
        get { lock (_gate) return _syncs; }
    }

    /// <summary>Why the log can no longer be written; null while it can.</summary>
    public string? Failure
    {
        get { lock (_gate) return _failure; }
    }

    /// <summary>Replays what is there and goes on behind it; a directory without a log begins one.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="begin">The position a log that has no files begins at: what the index had committed.</param>
    /// <param name="replay">Gets every whole record.</param>
    /// <param name="files">The file system.</param>
    /// <param name="time">For the interval policy.</param>
    /// <param name="log">Is told what recovery dropped.</param>
    /// <exception cref="CorruptLogException">Acknowledged records are damaged or missing.</exception>
    public static WriteAheadLog Open(
        WalOptions options, long begin, IWalReplay replay, IFileStore files, TimeProvider time, ILogger log)
    {
        files.CreateDirectory(options.Directory);
        var segments = new WalRecovery(files, options.Shard, log).Run(options.Directory, replay);
        if (segments.Count > 0 && segments[^1].End < begin)
        {
            throw new CorruptLogException(
                $"The log in {options.Directory} ends at position {segments[^1].End}; the index had committed up to " +
                $"{begin}. A file is missing or cut off; restore it or the replica.");
        }

        var writer = new WalSegmentWriter(files, options.Directory, options.Shard, segments, begin);
        return new WriteAheadLog(options, writer, time, log);
    }

    /// <summary>Puts a record behind the others. Safe only after <see cref="NotifyWhenCommitted"/> says so.</summary>
    /// <returns>Ok; Overloaded when too much waits for the disk; ReadOnly when <see cref="Failure"/> says
    /// why.</returns>
    public StatusCode TryAppend(in WalEntry entry, out long end)
    {
        var length = WalFormat.RecordLength(entry);
        lock (_gate)
        {
            end = _end;
            if (_failure is not null || _stopping) return StatusCode.ReadOnly;
            if (_filling.Length > 0 && (long)_filling.Length + length > _options.PendingBytesMax)
                return StatusCode.Overloaded;
            WalFormat.WriteRecord(_filling.Take(length), entry, _end, _synced);
            _end += length;
            end = _end;
            Monitor.PulseAll(_gate);
        }

        return StatusCode.Ok;
    }

    /// <summary>
    /// Tells the waiter once everything up to <paramref name="position"/> is committed, or never will be.
    /// </summary>
    public void NotifyWhenCommitted(long position, ICommitWaiter waiter)
    {
        string? failure;
        lock (_gate)
        {
            failure = _failure;
            if (failure is null && Committed < position)
            {
                _waiting.Add((position, waiter));
                return;
            }

            if (Committed >= position) failure = null;
        }

        waiter.OnCommitted(failure);
    }

    /// <summary>Blocks until everything appended before the call is on the disk, whatever the policy.</summary>
    /// <exception cref="IOException">The log cannot be written.</exception>
    public void Sync()
    {
        lock (_gate)
        {
            var target = _end;
            _syncWanted = Math.Max(_syncWanted, target);
            Monitor.PulseAll(_gate);
            while (_synced < target && _failure is null) Monitor.Wait(_gate);
            if (_synced < target) throw new IOException(_failure);
        }
    }

    /// <summary>Lets go of segments that lie wholly before a position. Returns at once.</summary>
    public void TrimTo(long position)
    {
        lock (_gate)
        {
            _trimWanted = Math.Max(_trimWanted, position);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Writes what waits, forces it to the disk and closes the file.</summary>
    public void Dispose()
    {
        _syncTimer?.Dispose();
        lock (_gate)
        {
            if (_stopping) return;
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _committer.Join();
        _segments.Dispose();
    }

    private long Committed => _options.Fsync == FsyncPolicy.Always ? _synced : _written;

    private bool HasWork =>
        _filling.Length > 0 || _syncWanted > _synced || _trimWanted > _trimmed
        || (_options.Fsync == FsyncPolicy.Always && _written > _synced);

    private void AskForSync()
    {
        lock (_gate)
        {
            if (_synced == _end) return;
            _syncWanted = _end;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (WaitForWork(out var sync, out var trimTo))
        {
            try
            {
                CommitBatch(sync, trimTo);
            }
            catch (Exception error)
            {
                // Whatever it was: those who wait must hear of it.
                Fail(error);
            }

            foreach (var waiter in _ready) waiter.OnCommitted(null);
            _ready.Clear();
        }
    }

    /// <summary>False when the log is closing and everything is on the disk, or can't be.</summary>
    private bool WaitForWork(out bool sync, out long trimTo)
    {
        lock (_gate)
        {
            while (_failure is not null || !HasWork)
            {
                if (_stopping && (_failure is not null || _synced == _end))
                {
                    sync = false;
                    trimTo = 0;
                    return false;
                }

                if (_stopping)
                {
                    _syncWanted = _end;
                    break;
                }

                Monitor.Wait(_gate);
            }

            sync = _options.Fsync == FsyncPolicy.Always || _syncWanted > _synced || _stopping;
            trimTo = _trimWanted > _trimmed ? _trimWanted : 0;
            (_filling, _writing) = (_writing, _filling);
            return true;
        }
    }

    private void CommitBatch(bool sync, long trimTo)
    {
        var syncs = 0;
        if (_writing.Length > 0)
        {
            // A segment begins only behind a synced one: recovery takes that as given.
            if (_segments.CurrentBytes >= _options.SegmentBytes)
            {
                _segments.BeginNext();
                syncs++;
            }

            _segments.Append(_writing.Written);
        }

        if (sync)
        {
            _segments.Sync();
            syncs++;
        }

        if (trimTo > 0) _segments.TrimTo(trimTo);
        _writing.Clear(BufferBytesKept);
        lock (_gate)
        {
            _written = _segments.End;
            if (sync) _synced = _written;
            if (trimTo > 0) _trimmed = trimTo;
            _syncs += syncs;
            TakeCommitted();
            Monitor.PulseAll(_gate);
        }
    }

    private void TakeCommitted()
    {
        var kept = 0;
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Position <= Committed) _ready.Add(_waiting[i].Waiter);
            else _waiting[kept++] = _waiting[i];
        }

        _waiting.RemoveRange(kept, _waiting.Count - kept);
    }

    private void Fail(Exception error)
    {
        var failure = $"Shard {_options.Shard} cannot write its log in {_options.Directory}: {error.Message}";
        LogFailed(_log, failure, error);
        var told = new List<ICommitWaiter>();
        lock (_gate)
        {
            _failure = failure;
            foreach (var (_, waiter) in _waiting) told.Add(waiter);
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        foreach (var waiter in told) waiter.OnCommitted(failure);
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "{Failure}. Writes are refused from here on, reads go on; make room or mend the disk, and start again")]
    private static partial void LogFailed(ILogger logger, string failure, Exception error);
}
