using System.Buffers.Binary;
using Hedgerow.Leaf.Cache;
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
public sealed partial class LeafService : IRequestHandler, IAsyncDisposable
{
    private readonly LeafOptions _options;
    private readonly ILogger _log;
    private readonly LeafMetrics _metrics = new();
    private readonly ReaderGate _gate = new();
    private readonly Replier _replier;
    private readonly CacheRequests _cache;
    private readonly LeafClock _clock;
    private volatile ShardTable _table;
    private volatile LeafState _state = LeafState.Recovering;

    private LeafService(
        LeafOptions options, uint epoch, IReadOnlyCollection<ushort> shards, TimeProvider time, ILoggerFactory logs)
    {
        _options = options;
        _log = logs.CreateLogger<LeafService>();
        _clock = new LeafClock(time);
        _replier = new Replier(_clock, _metrics);
        _cache = new CacheRequests(options, _clock, _replier);
        var memory = options.MemoryBytes / Math.Max(1, shards.Count);
        var cacheOptions = new CacheStoreOptions { MemoryBytes = memory, ValueBytesMax = options.ValueBytesMax };
        _table = new ShardTable(epoch, [.. shards.Select(id => new ShardEngine(id, new CacheStore(cacheOptions)))]);
    }

    /// <summary>Where it is in its life: not ready while recovering or draining.</summary>
    public LeafState State => _state;

    /// <summary>Opens the data directory, recovers, and is ready when it returns.</summary>
    /// <exception cref="IOException">The directory is of another version, locked by a process, or not writable.</exception>
    public static ValueTask<LeafService> OpenAsync(
        LeafOptions options, uint epoch, IReadOnlyCollection<ushort> shards, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logs);
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new LeafService(options, epoch, shards, time, logs) { _state = LeafState.Ready });
    }

    /// <summary>Works by a new topology: shards that are new start empty, shards no longer held are refused.</summary>
    public void Reassign(uint epoch, IReadOnlyCollection<ushort> shards) =>
        _table = new ShardTable(epoch, [.. _table.Shards.Where(s => shards.Contains(s.Id))]);

    /// <summary>Refuses new requests, finishes those in flight, flushes; then the state is Stopped.</summary>
    public ValueTask DrainAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _state = LeafState.Draining;
        _gate.WaitForReaders();
        _state = LeafState.Stopped;
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// How long its operations took since it started: for each class of operations, <c>service</c> and <c>queue</c> time.
    /// Costs a walk over some thousand counters; meant for a scrape every few seconds.
    /// </summary>
    public IReadOnlyList<LeafLatency> Latencies() => _metrics.Latencies();

    /// <summary>A reading of its sizes and counters.</summary>
    public StatsReply Stats()
    {
        var table = _table;
        return new StatsReply
        {
            Name = _options.Name,
            Role = "leaf",
            State = LeafMetrics.Label(_state),
            Epoch = table.Epoch,
            Shards = [.. table.Shards.Select(s => new ShardStats(s.Id, s.Cache.Stats().Entries, 0, 0))],
        };
    }

    /// <inheritdoc/>
    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        ArgumentNullException.ThrowIfNull(replies);
        var request = new Request(header, replies, _clock.Ticks());
        using var reader = _gate.Enter();
        try
        {
            Dispatch(request, body);
        }
        catch (Exception defect)
        {
            LogDefect(_log, header.Opcode, defect);
            _replier.Refuse(request, StatusCode.Internal, $"{header.Opcode} failed in {_options.Name}; its log says why.");
        }
    }

    /// <inheritdoc/>
    public void OnCancel(uint requestId, IReplySink replies)
    {
    }

    /// <inheritdoc/>
    public void OnClosed(IReplySink replies)
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _state = LeafState.Stopped;
        _gate.WaitForReaders();
        foreach (var shard in _table.Shards) shard.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Dispatch(in Request request, ReadOnlySpan<byte> body)
    {
        var opcode = request.Header.Opcode;
        if (opcode == Opcode.Ping)
        {
            _replier.Send(request, StatusCode.Ok, 0, []);
            return;
        }

        if (_state != LeafState.Ready)
        {
            _replier.Refuse(request, StatusCode.Unavailable, $"{_options.Name} is {LeafMetrics.Label(_state)}.");
            return;
        }

        var table = _table;
        var shard = table.Find(request.Header.Epoch, request.Header.Shard);
        if (shard is null)
        {
            Span<byte> epoch = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(epoch, table.Epoch);
            _replier.Send(request, StatusCode.WrongShard, 0, epoch);
            return;
        }

        if (opcode == Opcode.GetMany)
        {
            _cache.ServeMany(request, shard, body);
            return;
        }

        var status = CacheCommand.TryRead(opcode, body, out var command, out var error);
        if (status == StatusCode.Ok) _cache.Serve(request, shard, command);
        else _replier.Refuse(request, status, error!);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request of kind {Opcode} met a defect")]
    private static partial void LogDefect(ILogger logger, Opcode opcode, Exception defect);
}
