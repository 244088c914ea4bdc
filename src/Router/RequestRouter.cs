using System.Buffers;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// The router in this process: maps paths to shards and replicas, hedges, scatters and gathers, over any transport.
/// Thread-safe. Does not dispose the transport it was given.
/// </summary>
/// <remarks>
/// One walk for every request: here the opcode chooses the room, with a deadline; there the path or the body gives the
/// shard (<see cref="RoutingTable"/>), the shard its replicas (<see cref="ReplicaSelector"/>), and a pooled call (<see
/// cref="HedgedRead"/>, <see cref="ReplicatedWrite"/>) sees it through; gathers merge what came of several. It has no
/// threads and no loop of its own: it runs on its callers' threads, its transport's, and its timers'.
/// </remarks>
public sealed class RequestRouter : IRequestExecutor
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;
    private readonly ShardCalls _shards;
    private readonly InlineCalls _inline;
    private readonly EntryReads _reads;
    private readonly EntryWrites _writes;
    private readonly Transactions _transactions;
    private readonly EntrySweeps _sweeps;
    private readonly ManyReads _many;
    private readonly BulkSplit _bulk;
    private readonly SearchGather _search;
    private readonly PointsInTime _pointsInTime;
    private readonly SuggestGather _suggest;
    private readonly InstantGather _instant;
    private readonly SlowSearches? _slow;
    private readonly ScanMerge _scan;
    private readonly CollectionOps _collections;
    private readonly CollectionRepair _repair;
    private readonly AdminOps _admin;

    /// <summary>Routes by whatever <paramref name="topologies"/> says at each moment.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its bounds.</exception>
    public RequestRouter(
        ITopologySource topologies, ILeafTransport transport, RouterOptions options, TimeProvider time,
        ILoggerFactory logs)
    {
        RouterOptionsRules.Check(options);
        _services = new CallServices(transport, options, time, new CounterSet());
        var tables = _tables = new RoutingTables(topologies, _services, logs.CreateLogger<RequestRouter>());
        _shards = new ShardCalls(_services, tables);
        var catalog = new CollectionCatalog(_services, _shards);
        _inline = new InlineCalls(_services, tables);
        _reads = new EntryReads(_services, tables);
        _writes = new EntryWrites(_services, tables, catalog);
        _transactions = new Transactions(_services, tables);
        _sweeps = new EntrySweeps(_services, tables);
        _many = new ManyReads(_shards);
        _bulk = new BulkSplit(_services, _shards, _writes);
        var found = new FoundFields(_services.Clock);
        _search = new SearchGather(_services, _shards, _many, found);
        var rounds = new IndexRounds(_services, _shards, _search);
        _pointsInTime = new PointsInTime(rounds);
        _suggest = new SuggestGather(rounds, found);
        _instant = new InstantGather(rounds, _suggest, found);
        if (options.SearchSlowLog > TimeSpan.Zero)
            _slow = new SlowSearches(_services, _shards, SearchAsync, logs.CreateLogger<SlowSearches>());
        _scan = new ScanMerge(rounds);
        _collections = new CollectionOps(_services, _shards, catalog);
        _repair = new CollectionRepair(_services, _shards);
        _admin = new AdminOps(_services, _shards);
    }

    /// <inheritdoc/>
    public Topology Topology => _shards.Table.Topology;

    /// <summary>Shards of the topology of now.</summary>
    public int Shards => _shards.Table.Shards.Length;

    /// <summary>The table of now, for tests that look at leaves' health.</summary>
    internal RoutingTable Table => _shards.Table;

    /// <inheritdoc/>
    public RouterCounters Counters => _services.Counters.Reading;

    /// <summary>Every counter by its metric's name.</summary>
    internal IReadOnlyDictionary<string, long> CountersByName => _services.Counters.ByName();

    /// <summary>The shard of a path in the topology of now. Allocates nothing.</summary>
    public int ShardOf(ReadOnlySpan<byte> path) => _shards.Table.ShardOf(path);

    /// <summary>
    /// Executes a cache operation before it returns, if the leaves that it needs are of this process and do it at once.
    /// False otherwise: then <see cref="ExecuteAsync"/> takes it. Allocates nothing.
    /// </summary>
    /// <param name="command">Version 0 of a write has one stamped.</param>
    /// <param name="pathHash">XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="output">Gets the value read or, of conditional writes, stored.</param>
    /// <param name="outcome">Set when the return value is true; errors have no text.</param>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, long nowMs, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        if (command.Opcode is Opcode.Get or Opcode.Head or Opcode.FieldGet || !_services.Sharing.IsOn)
            return _inline.TryExecute(command, pathHash, nowMs, output, out outcome);
        var hash = pathHash != 0 ? pathHash : PathHash.OfPath(command.Path);
        _services.Sharing.Written(hash);
        var isDone = _inline.TryExecute(command, hash, nowMs, output, out outcome);
        _services.Sharing.Written(hash);
        return isDone;
    }

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var at = _services.DeadlineOf(header);
        return header.Opcode switch
        {
            Opcode.Get or Opcode.Head or Opcode.FieldGet => _reads.GetAsync(header, body, at, cancel),
            Opcode.Transact => _transactions.RunAsync(body, at, cancel),
            Opcode.Flush => _sweeps.FlushAsync(body, at, cancel),
            Opcode.EntryScan => _sweeps.ScanAsync(body, at, cancel),
            Opcode.GetMany => _many.GetManyAsync(body, header.Session, at, cancel),
            Opcode.Search or Opcode.Instant or Opcode.Suggest => _slow is null
                ? SearchAsync(header.Opcode, body, at, cancel)
                : _slow.WatchAsync(header.Opcode, body, at, cancel),
            Opcode.TermStatistics => _search.StatisticsAsync(body, at, cancel),
            Opcode.PointInTime => _pointsInTime.RunAsync(body, at, cancel),
            Opcode.Bulk => _bulk.WriteAsync(body, at, cancel),
            Opcode.Scan => _scan.ScanAsync(body, at, cancel),
            Opcode.CollectionPut => _collections.PutAsync(body, at, cancel),
            Opcode.CollectionChange => _collections.ChangeAsync(body, at, cancel),
            Opcode.CollectionGet => _collections.GetAsync(body, at, cancel),
            Opcode.Repair => _repair.RunAsync(body, at, cancel),
            Opcode.Analyze => _collections.AnalyzeAsync(body, at, cancel),
            Opcode.Refresh => _collections.RefreshAsync(header.Flags, body, at, cancel),
            Opcode.Stats => _admin.StatsAsync(header, body, at, cancel),
            Opcode.Fault => _admin.FaultAsync(header, body, at, cancel),
            Opcode.Snapshot => _admin.SnapshotAsync(header, body, at, cancel),
            Opcode.Topology => new ValueTask<Reply>(_admin.Topology()),
            Opcode.Ping => new ValueTask<Reply>(RouterReply.Ok([])),
            _ when CacheCommand.Carries(header.Opcode) => _writes.WriteAsync(header, body, at, cancel),
            _ => new ValueTask<Reply>(RouterReply.Error(
                StatusCode.UnknownOpcode, $"A router does not take {header.Opcode} (0x{(byte)header.Opcode:x2}).")),
        };
    }

    private ValueTask<Reply> SearchAsync(
        Opcode opcode, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) => opcode switch
        {
            Opcode.Instant => _instant.SearchAsync(body, deadlineAt, cancel),
            Opcode.Suggest => _suggest.SuggestAsync(body, deadlineAt, cancel),
            _ => _search.SearchAsync(body, deadlineAt, cancel),
        };

    /// <summary>Calls of a thread whose links the transport knows; for that thread alone.</summary>
    public DirectCalls DirectCallsOf(IDirectThread thread) => new(_services, _tables, _reads, _writes, thread);

    /// <summary>Stops the meter. Requests under way are finished.</summary>
    public ValueTask DisposeAsync()
    {
        _services.Close();
        return default;
    }
}
