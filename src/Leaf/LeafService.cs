using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Faults;
using Hedgerow.Leaf.Messages;
using Hedgerow.Leaf.Metrics;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Shards;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf;

/// <summary>
/// A leaf without sockets: the shards it holds, their caches, collections and logs, behind one request handler.
/// Sockets, in-process transports and the simulator all speak to it through <see cref="IRequestHandler"/>.
/// </summary>
/// <remarks>
/// Cache operations, reads of documents and get-many are answered before <see cref="OnRequest"/> returns, on the
/// caller's thread. Everything else is answered later from a thread of the leaf's or of the shared pool. Thread-safe.
/// </remarks>
public sealed class LeafService : IRequestHandler, IAsyncDisposable
{
    /// <summary>Steps of one sweep over a shard's entries: some milliseconds, in gate holds of some 10 µs.</summary>
    private const int SweepBudget = 16_384;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    /// <summary>Until the next sweep while one has not come to its end: a million entries expire within a second.
    /// </summary>
    private static readonly TimeSpan SweepAgain = TimeSpan.FromMilliseconds(10);

    private readonly LeafOptions _options;
    private readonly LeafMetrics _metrics = new();
    private readonly ReaderGate _gate = new();
    private readonly InFlight _inFlight = new();
    private readonly FaultSwitch _faults;
    private readonly LeafClock _clock;
    private readonly SearchPool _pool;
    private readonly Maintenance _maintenance;
    private readonly LaneThreads _lanes;
    private readonly LeafDirectory? _directory;
    private readonly LeafCore _core;
    private readonly ShardContext _context;
    private readonly ShardSet _shards;
    private readonly MessageRelay _messages;
    private readonly RequestDispatcher _dispatcher;
    private readonly InlineCommands _inline;
    private readonly LeafMeter _meter;
    private readonly Lock _ending = new();
    private ITimer? _refreshTimer;
    private ITimer? _sweepTimer;
    private Task? _drain;
    private Task? _close;
    private volatile LeafState _state = LeafState.Recovering;

    private LeafService(
        LeafOptions options, LeafDirectory? directory, IFileStore files, DurabilityLimits limits, TimeProvider time,
        ILoggerFactory logs)
    {
        _options = options;
        _directory = directory;
        _faults = new FaultSwitch(options.Name);
        var log = logs.CreateLogger<LeafService>();
        _clock = new LeafClock(time);
        var pending = new PendingContext(_clock, new Replier(_clock, _metrics), _inFlight, log);
        var threads = new LeafThreads(options, _clock, log);
        (_pool, _maintenance, _lanes) = (threads.Searches, threads.Maintenance, threads.Lanes);
        _context = new ShardContext(options, directory, files, limits, _gate, threads, _clock, log);
        _core = new LeafCore(options, pending, threads, new ShardTable(0, []));
        _messages = new MessageRelay(pending);
        _shards = new ShardSet(_core, _context);
        _dispatcher = new RequestDispatcher(_core, _context, _messages, _faults, EncodedStats);
        _inline = new InlineCommands(_core, _metrics);
        _meter = new LeafMeter(_core, _metrics, _gate);
    }

    /// <summary>Where it is in its life: not ready while recovering or draining.</summary>
    public LeafState State => _state;

    /// <summary>For tests.</summary>
    internal LeafHooks Hooks => _core.Hooks;

    /// <summary>For tests.</summary>
    internal IReadOnlyList<ShardEngine> Shards => _core.Shards.Shards;

    /// <summary>The topology epoch it works by.</summary>
    public uint Epoch => _core.Shards.Epoch;

    /// <summary>Opens the data directory, recovers, and is ready when it returns.</summary>
    /// <exception cref="ArgumentException">A setting is out of its bounds; the message names it.</exception>
    /// <exception cref="IOException">The directory is of another version, locked by a process, not writable, or what it
    /// holds is damaged; the message says which.</exception>
    public static ValueTask<LeafService> OpenAsync(
        LeafOptions options, uint epoch, IReadOnlyCollection<ushort> shards, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel) =>
        OpenAsync(options, epoch, shards, time, logs, DiskFiles.Instance, DurabilityLimits.Default, cancel);

    /// <summary>Opens with another file system under the logs and the catalogue, or other limits; for tests.</summary>
    internal static async ValueTask<LeafService> OpenAsync(
        LeafOptions options, uint epoch, IReadOnlyCollection<ushort> shards, TimeProvider time, ILoggerFactory logs,
        IFileStore files, DurabilityLimits limits, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logs);
        cancel.ThrowIfCancellationRequested();
        var distinct = shards.Distinct().ToArray();
        options.Check(distinct.Length);
        var directory = options.DataDirectory is null ? null : LeafDirectory.Open(options.DataDirectory, files);
        var leaf = new LeafService(options, directory, files, limits, time, logs);
        try
        {
            await leaf._maintenance.RunAsync(() => leaf.Recover(epoch, distinct, files));
            cancel.ThrowIfCancellationRequested();
            leaf.Start(time);
            return leaf;
        }
        catch (UnauthorizedAccessException denied)
        {
            await leaf.DisposeAsync();
            throw new IOException(LeafDirectory.Denied(options.DataDirectory!, denied), denied);
        }
        catch
        {
            await leaf.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Works by a new topology: shards that are new are opened with what the data directory has of them, shards no
    /// longer held are refused, flushed and closed, and their files stay. An epoch older than the present one is
    /// ignored. Blocks until the shards are open.
    /// </summary>
    /// <exception cref="IOException">A new shard could not be opened; the leaf goes on by the old topology.</exception>
    public void Reassign(uint epoch, IReadOnlyCollection<ushort> shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        var distinct = shards.Distinct().ToArray();
        _maintenance.RunAsync(() => _shards.Reassign(epoch, distinct)).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Refuses new requests, finishes those in flight, flushes; then the state is Stopped. Cancelling stops the waiting
    /// and not the drain. What cannot be flushed stays in the log.
    /// </summary>
    public async ValueTask DrainAsync(CancellationToken cancel)
    {
        Task drain;
        lock (_ending) drain = _drain ??= DrainOnceAsync();
        await drain.WaitAsync(cancel);
    }

    /// <summary>
    /// How long its operations took since it started: for each class of operations, its service time and its queue
    /// time. Costs a walk over some thousand counters; meant for a scrape every few seconds. Counters and sizes are
    /// instruments of the meter <c>Hedgerow.Leaf</c>, named <c>hedgerow_leaf_…</c>, and in <see cref="Stats"/>.
    /// </summary>
    public IReadOnlyList<LeafLatency> Latencies() => _metrics.Latencies();

    /// <summary>A reading of its sizes and counters.</summary>
    public StatsReply Stats()
    {
        using var reader = _gate.Enter();
        var table = _core.Shards;
        var counters = LeafCounters.All.ToDictionary(counter => counter.Name, counter => counter.Read(_core));
        foreach (var (opcode, status, count) in _metrics.Replies())
        {
            var labels = $"opcode=\"{LeafMetrics.Label(opcode)}\",status=\"{LeafMetrics.Label(status)}\"";
            counters[$"hedgerow_leaf_requests_total{{{labels}}}"] = count;
        }

        return new StatsReply
        {
            Name = _options.Name,
            Role = "leaf",
            State = LeafMetrics.Label(_state),
            Epoch = table.Epoch,
            Shards = [.. table.Shards.Select(Measure)],
            Counters = counters,
        };
    }

    /// <inheritdoc/>
    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        ArgumentNullException.ThrowIfNull(replies);
        var request = new Request(header, replies, _clock.Ticks());
        using var reader = _gate.Enter();
        var isServedAlways = header.Opcode is Opcode.Ping or Opcode.Stats;
        if (_state != LeafState.Ready && !isServedAlways)
            _core.Replier.Refuse(request, StatusCode.Unavailable, $"{_options.Name} is {LeafMetrics.Label(_state)}.");
        else if (_faults.Judge(header.Opcode) is var verdict and not FaultVerdict.None)
            Misbehave(request, body, verdict);
        else
            _dispatcher.Dispatch(request, body);
    }

    /// <summary>
    /// Executes a cache operation here and now, without a frame, on the caller's thread. False, and nothing was done,
    /// when it has to wait: a document's write, a fault that is switched on. Then send it by <see cref="OnRequest"/>.
    /// </summary>
    /// <param name="command">Version 0 of a write lets this leaf stamp one.</param>
    /// <param name="pathHash">XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="shard">The shard the path is in.</param>
    /// <param name="epoch">The topology epoch that was placed by; 0 asks for no check.</param>
    /// <param name="nowMs">The time, in Unix milliseconds: see <see cref="UtcNowMs"/>.</param>
    /// <param name="output">Gets the value read or, of conditional writes, stored.</param>
    /// <param name="outcome">Set when the return value is true.</param>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, ushort shard, uint epoch, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome)
    {
        using var reader = _gate.Enter();
        return TryExecuteInside(command, pathHash, shard, epoch, nowMs, output, out outcome);
    }

    /// <summary>
    /// Begins a few operations of one client, each as <see cref="TryExecute"/>, for less than that. Dispose what is
    /// returned soon and on the same thread: who replaces the shards waits for it.
    /// </summary>
    public LeafBatch BeginBatch() => new(this, _gate.Enter());

    /// <summary>For one who is inside the gate.</summary>
    internal bool TryExecuteInside(
        in CacheCommand command, ulong pathHash, ushort shard, uint epoch, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome, bool countsFailures = true)
    {
        outcome = default;
        if (_faults.IsOn) return false;
        if (_state != LeafState.Ready)
        {
            outcome = new CommandOutcome { Status = StatusCode.Unavailable };
            return true;
        }

        if (_core.Shards.Find(epoch, shard) is { } engine)
            return _inline.TryExecute(command, pathHash, engine, nowMs, output, out outcome, countsFailures);
        outcome = new CommandOutcome { Status = StatusCode.WrongShard };
        return true;
    }

    /// <summary>The entries of a shard, for one who is inside the gate; null where there are none to fetch.</summary>
    internal CacheStore? CacheInside(ushort shard) =>
        _state == LeafState.Ready ? _core.Shards.Find(0, shard)?.Cache : null;

    /// <summary>Requests that wait for a search thread or a write lane now: the load its answers report.</summary>
    public int Waiting => _core.Replier.Waiting;

    /// <summary>Whether <see cref="TryExecute"/> would serve an entry now: it is ready, and no fault is on.</summary>
    public bool CanExecute => _state == LeafState.Ready && !_faults.IsOn;

    /// <summary>A hint that a cache operation on this path comes soon: asks for its place in memory.</summary>
    public void Prefetch(ushort shard, ReadOnlySpan<byte> path)
    {
        using var reader = _gate.Enter();
        CacheInside(shard)?.Prefetch(path);
    }

    /// <summary>
    /// The second half of <see cref="Prefetch"/>, when other paths were prefetched in between: the entry itself.
    /// </summary>
    public void PrefetchEntry(ushort shard, ReadOnlySpan<byte> path)
    {
        using var reader = _gate.Enter();
        CacheInside(shard)?.PrefetchEntry(path);
    }

    /// <summary>
    /// Transactions so far, of all shards; -1 while one writes. Reads between two equal looks have seen each
    /// transaction whole or not at all.
    /// </summary>
    public long TransactionsSoFar => _context.Transactions.Now;

    /// <summary>Hears what routers publish here; null when this process has no front end of its own.</summary>
    public IMessageListener? MessageListener
    {
        get => _messages.Local;
        set => _messages.Local = value;
    }

    /// <summary>
    /// The first step of a drain: answers those that wait for messages and lets no others wait, so that connections
    /// can be closed.
    /// </summary>
    public void EndListening() => _messages.Close();

    /// <summary>Routers that listen for messages of channels.</summary>
    public int MessageListeners => _messages.Listeners;

    /// <summary>Messages that a router did not get, because more waited for it than may.</summary>
    public long MessagesLost => _messages.Lost;

    /// <summary>
    /// Gives a message of this process's own front end, a row as <see cref="MessageCodec"/> writes it, to the routers
    /// that listen. Never waits, takes no lock for longer than a copy; the bytes are copied.
    /// </summary>
    public void PassOn(ReadOnlySpan<byte> row) => _messages.PassOn(row);

    /// <summary>Unix milliseconds by this leaf's clock.</summary>
    public long UtcNowMs => _clock.UnixMs(_clock.Ticks());

    /// <inheritdoc/>
    public void OnCancel(uint requestId, IReplySink replies) => _inFlight.Cancel(replies, requestId);

    /// <inheritdoc/>
    public void OnClosed(IReplySink replies) => _inFlight.CancelAll(replies);

    /// <summary>
    /// Closes at once: what waits is refused, what was acknowledged is in the log. Drain first to flush.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_ending) return new ValueTask(_close ??= CloseAsync());
    }

    private void Recover(uint epoch, IReadOnlyCollection<ushort> shards, IFileStore files)
    {
        if (_directory is not null) _core.Collections = CatalogueFile.Read(_directory.CatalogueFile, files);
        _shards.Open(epoch, shards);
        if (_directory is null || _directory.ShardCount > shards.Count) return;
        // No log has documents of the others any more, and their files are gone: what was dropped may be forgotten.
        var inLogs = _core.Shards.Shards.SelectMany(shard => shard.DroppedInLog).ToHashSet(StringComparer.Ordinal);
        _core.Collections = _core.Collections.Remembering(inLogs);
    }

    private void Start(TimeProvider time)
    {
        _state = LeafState.Ready;
        _refreshTimer = time.CreateTimer(_ => RefreshAll(), null, _options.RefreshInterval, _options.RefreshInterval);
        _sweepTimer = time.CreateTimer(_ => SweepAll(), null, SweepInterval, Timeout.InfiniteTimeSpan);
    }

    private void RefreshAll()
    {
        using var reader = _gate.Enter();
        if (_state == LeafState.Stopped) return;
        foreach (var shard in _core.Shards.Shards)
        {
            if (shard.Collections.Any(c => c.IsUsable && (c.IsStale || c.Awaiting.Count > 0))) shard.Refresh.Enqueue();
        }
    }

    /// <summary>Inside the gate, so that no shard is closed between the look at it and the work on it.</summary>
    private void SweepAll()
    {
        using var reader = _gate.Enter();
        if (_state == LeafState.Stopped) return;
        _clock.Adjust();
        _messages.Tick();
        _core.Held.Sweep();
        var nowMs = _clock.UnixMs(_clock.Ticks());
        var isOver = true;
        foreach (var shard in _core.Shards.Shards)
        {
            isOver &= shard.Cache.Sweep(nowMs, SweepBudget);
            shard.Expiries.Sweep(nowMs);
        }

        _sweepTimer?.Change(isOver ? SweepInterval : SweepAgain, Timeout.InfiniteTimeSpan);
    }

    private void Misbehave(in Request request, ReadOnlySpan<byte> body, FaultVerdict verdict)
    {
        if (verdict == FaultVerdict.Refuse)
            _core.Replier.Refuse(request, StatusCode.Unavailable, "A fault was asked for: this request is refused.");
        else if (_inFlight.Count >= DelayedRequest.CountMax)
            _core.Replier.Refuse(request, StatusCode.Overloaded, $"{DelayedRequest.CountMax} requests are held back.");
        else
            new DelayedRequest(request, body, _core.Pending, _dispatcher.Dispatch).Start(_faults.Delay);
    }

    private async Task DrainOnceAsync()
    {
        if (_state == LeafState.Stopped) return;
        _state = LeafState.Draining;
        _gate.WaitForReaders();
        _inFlight.Hurry();
        await _inFlight.WhenEmpty();
        StopTimers();
        await _maintenance.RunAsync(() =>
        {
            foreach (var shard in _core.Shards.Shards) _shards.Flush(shard);
            if (_directory is not null && _options.SnapshotOnDrain) _shards.SaveEntries();
        });
        _state = LeafState.Stopped;
    }

    private async Task CloseAsync()
    {
        _state = LeafState.Stopped;
        StopTimers();
        _gate.WaitForReaders();
        _inFlight.CancelAll();
        await _maintenance.RunAsync(() =>
        {
            _pool.Dispose();
            var table = _core.Shards;
            foreach (var shard in table.Shards) shard.FinishLane();
            _core.Shards = new ShardTable(table.Epoch, []);
            _gate.WaitForReaders();
            foreach (var shard in table.Shards)
            {
                _core.Held.Close(shard.Id);
                shard.Dispose();
            }
        });
        _maintenance.Dispose();
        _lanes.Dispose();
        _meter.Dispose();
        _directory?.Dispose();
    }

    private void StopTimers()
    {
        _refreshTimer?.Dispose();
        _sweepTimer?.Dispose();
    }

    private ReadOnlyMemory<byte> EncodedStats()
    {
        var output = new ArrayBufferWriter<byte>();
        StatsCodec.Write(output, Stats());
        return output.WrittenMemory;
    }

    private static ShardStats Measure(ShardEngine shard)
    {
        var cache = shard.Cache.Stats();
        return new ShardStats(shard.Id, cache.Entries, cache.AllocatedBytes, shard.Documents);
    }
}
