using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Shards;

/// <summary>One shard: its cache entries, its collections, and the log that makes their documents durable.</summary>
/// <remarks>
/// <code>
///   entries    any thread ──────────────────────────────> CacheStore
///   documents  any thread ──> Lane ──> log, then index ──> acknowledged by the log's group commit
///                                  └─ refresh, prepare flush
///              Maintenance ──> flush, trim the log, merge
///   reads      any thread ──────────────────────────────> CollectionIndex
/// </code>
/// <b>Concurrency.</b> The lane is the one writer of the log and of every index here, so the order of the log is the
/// order applied. Maintenance is the one thread that flushes, merges, and adds collections. Readers take the array of
/// collections once; it is replaced, never changed.
///
/// <b>Promise.</b> A document is in the log before it is in the index, a flush publishes only what the log had synced,
/// and the log lets go only of what every index had published. So whatever moment the process dies at, log and
/// published segments together hold every acknowledged document.
/// </remarks>
internal sealed partial class ShardEngine : IDisposable
{
    private readonly ShardContext _context;
    private volatile DocumentCollection[] _collections = [];
    private volatile CacheStore _cache;
    private CorruptLogException? _logDamage;

    private ShardEngine(ushort id, CacheStore cache, ShardContext context)
    {
        Id = id;
        _cache = cache;
        _context = context;
        var shed = context.Options.Shed;
        Lane = new WriteLane(
            new Shedder(shed, shed.WriteShare, context.Clock), context.Clock, context.Threads.Lanes);
        Refresh = new RefreshTick(this);
        Flusher = new ShardFlusher(this, context);
        Writer = new ShardWriter(this, Flusher, context.Threads.Throttle);
        Expiries = new TakenExpiries(this, context);
    }

    public ushort Id { get; }

    /// <summary>Taken once for each operation: a change of the memory budget replaces it.</summary>
    public CacheStore Cache => _cache;

    /// <summary>The single writer.</summary>
    public WriteLane Lane { get; }

    /// <summary>Null when documents live in memory only.</summary>
    public WriteAheadLog? Log { get; private set; }

    /// <summary>Makes what was written searchable, by the timer.</summary>
    public RefreshTick Refresh { get; }

    /// <summary>Writes documents; only on the lane.</summary>
    public ShardWriter Writer { get; }

    public ShardFlusher Flusher { get; }

    /// <summary>Documents that are to be deleted at their time.</summary>
    public TakenExpiries Expiries { get; }

    /// <summary>Taken by whoever reads outside the leaf's <see cref="ReaderGate"/>.</summary>
    public ShardLeases Leases { get; } = new();

    /// <summary>Whether it is closed: work that maintenance still has for it is void. Maintenance.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Collections that were dropped and that the log had documents of when it was opened.</summary>
    public IReadOnlySet<string> DroppedInLog { get; private set; } = new HashSet<string>();

    /// <summary>By ordinal of the leaf's <see cref="CollectionTable"/>.</summary>
    public IReadOnlyList<DocumentCollection> Collections => _collections;

    /// <summary>Live documents of all collections.</summary>
    public long Documents
    {
        get
        {
            long sum = 0;
            foreach (var collection in _collections)
            {
                if (collection is { IsUsable: true, IsRefilling: false, Reindexing: null })
                    sum += collection.Index.Documents;
            }

            return sum;
        }
    }

    /// <summary>Opens the indexes, replays the log behind them, and makes all of it searchable.</summary>
    /// <exception cref="IOException">Files are damaged, missing, of another format, or can't be used.</exception>
    public static ShardEngine Open(ushort id, CacheStore cache, CollectionTable table, ShardContext context)
    {
        var shard = new ShardEngine(id, cache, context);
        try
        {
            for (var ordinal = 0; ordinal < table.Places.Count; ordinal++) shard.Put(ordinal, table.Places[ordinal]);
            if (context.Directory is not null) shard.Recover(context.Directory, table);
            CollectionReindex.Resume(shard, table, context);
            return shard;
        }
        catch
        {
            shard.Dispose();
            throw;
        }
    }

    /// <summary>Opens an index and puts it at its ordinal, the one behind the last included. Maintenance, or while
    /// opening.</summary>
    /// <param name="ordinal">Where.</param>
    /// <param name="place">What it is of.</param>
    /// <param name="isRefilled">Whether it is to be filled from other replicas, and answers nothing until then.</param>
    public void Put(int ordinal, CollectionPlace place, bool isRefilled = false)
    {
        var schema = place.Schema;
        var directory = _context.Directory is { } root
            ? IndexDirectory.OnDisk(root.Collection(Id, place.IndexName))
            : IndexDirectory.InMemory();
        var options = new CollectionIndexOptions
        {
            DocumentBytesMax = _context.Options.ValueBytesMax, GraphVectorsMin = _context.Limits.GraphVectorsMin,
            Throttle = _context.Threads.Throttle,
        };
        DocumentCollection collection;
        try
        {
            var index = CollectionIndex.Open(directory, schema, Analyzers.Get, options, _context.Time);
            collection = new DocumentCollection(schema.Name, index, directory)
            {
                Applied = index.CommittedPosition, IsRefilling = isRefilled,
            };
        }
        catch (IndexCorruptException damage)
        {
            collection = new DocumentCollection(schema.Name, null, directory);
            MarkDamaged(collection, damage);
        }

        if (_logDamage is not null) MarkDamaged(collection, _logDamage);
        if (!isRefilled && RepairMark.Find(_context, Id, place.IndexName) is { } unfinished)
            MarkDamaged(collection, unfinished);
        collection.IsSealed = place.IsSealed;
        if (place.State == PlaceState.Building) collection.Reindexing = new Reindexing(0);
        var collections = _collections;
        if (ordinal == collections.Length)
        {
            _collections = [.. collections, collection];
            return;
        }

        DocumentCollection[] changed = [.. collections];
        changed[ordinal] = collection;
        _collections = changed;
    }

    /// <summary>Reads an entry, or a document of the collection at <paramref name="ordinal"/> if it is not negative;
    /// appends its value. Any thread.</summary>
    public StatusCode Read(
        in CacheCommand get, int ordinal, ulong pathHash, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        if (ordinal < 0) return Cache.Execute(get, pathHash, nowMs, output, out meta);
        var collection = _collections[ordinal];
        meta = default;
        if (collection.IsDamaged || collection.IsRefilling) return StatusCode.Corrupt;
        try
        {
            // A delete has a version too, which who reads by one has to see. Known before the look: versions only rise.
            var known = get.Version == 0 ? 0 : collection.Index.StoredVersion(get.Path);
            var isThere = collection.Index.TryGet(get.Path, output, out var version);
            if (!isThere) version = known;
            var isHash = collection.Index.Schema.Shape == DocumentShape.Hash;
            meta = new EntryMeta(version, 0, 0) { Kind = isHash ? EntryKind.HashDocument : EntryKind.Value };
            return isThere && version >= get.Version ? StatusCode.Ok : StatusCode.NotFound;
        }
        catch (IndexCorruptException damage)
        {
            MarkDamaged(collection, damage);
            return StatusCode.Corrupt;
        }
        catch (DamagedCollectionException)
        {
            // Found damaged since the look above.
            return StatusCode.Corrupt;
        }
    }

    /// <summary>Takes a collection out of service and says so, once. Any thread.</summary>
    public void MarkDamaged(DocumentCollection collection, IOException damage)
    {
        if (collection.MarkDamaged(damage)) LogDamaged(_context.Log, collection.Name, Id, damage.Message);
    }

    /// <summary>Takes a collection away and answers who waits for its refresh. Maintenance, the lane paused.</summary>
    public static void Drop(DocumentCollection collection)
    {
        collection.MarkDropped();
        foreach (var waiting in collection.Awaiting) waiting.OnRefreshed();
        collection.Awaiting.Clear();
    }

    /// <summary>Begins with an empty cache. The caller disposes the old one when nobody reads it any more.</summary>
    public CacheStore ReplaceCache(CacheStore cache)
    {
        var old = _cache;
        _cache = cache;
        return old;
    }

    /// <summary>Makes what was written to a collection searchable. Lane.</summary>
    public void RefreshNow(DocumentCollection collection)
    {
        var index = collection.Index;
        if (collection.IsStale)
        {
            collection.IsStale = false;
            if (index.Refresh()) Flusher.OnSegments(collection);
        }

        foreach (var waiting in collection.Awaiting) waiting.OnRefreshed();
        collection.Awaiting.Clear();
    }

    /// <summary>Lets the lane finish; nobody else may give it work any more.</summary>
    public void FinishLane()
    {
        Expiries.Stop();
        Lane.RunAndWait(() => { });
    }

    /// <summary>
    /// Waits for the reads of <see cref="Leases"/> and closes everything. Before that nobody else may reach the shard
    /// any more, and its lane must be empty. Maintenance.
    /// </summary>
    public void Dispose()
    {
        IsDisposed = true;
        Leases.CloseAndWait();
        Log?.Dispose();
        foreach (var collection in _collections) collection.Dispose();
        Cache.Dispose();
    }

    private void Recover(LeafDirectory root, CollectionTable table)
    {
        foreach (var dropped in table.Dropped)
        {
            var isUsed = table.Places.Any(place => place.State != PlaceState.Dropped && place.IndexName == dropped);
            if (isUsed) continue;
            IndexDirectory.Remove(root.Collection(Id, dropped));
            RepairMark.Remove(_context, Id, dropped);
        }

        LoadExpiries(table);
        var replay = new ShardReplay(Id, _collections, table);
        var whole = _collections.Where(c => !c.IsDamaged).ToList();
        var committed = whole.Count == 0 ? 0 : whole.Max(c => c.Index.CommittedPosition);
        try
        {
            Log = OpenLog(root, committed, replay);
        }
        catch (CorruptLogException damage)
        {
            // Acknowledged documents of any collection may have been in it.
            _logDamage = damage;
            foreach (var collection in _collections) MarkDamaged(collection, damage);
            return;
        }

        DroppedInLog = replay.Dropped;
        Flusher.OnRecovered(Log.First, Log.End);
        foreach (var collection in whole) collection.Index.Refresh();
        if (replay.Applied > 0) LogRecovered(_context.Log, Id, replay.Applied, Documents);
    }

    private void LoadExpiries(CollectionTable table)
    {
        for (var ordinal = 0; ordinal < table.Places.Count; ordinal++)
        {
            if (table.Places[ordinal].State != PlaceState.Serving) continue;
            try
            {
                Expiries.Load(_collections[ordinal].Name);
            }
            catch (CorruptLogException damage)
            {
                MarkDamaged(_collections[ordinal], damage);
            }
        }
    }

    private WriteAheadLog OpenLog(LeafDirectory root, long begin, ShardReplay replay)
    {
        var options = new WalOptions
        {
            Directory = root.Shard(Id),
            Shard = Id,
            Fsync = _context.Options.Fsync,
            SegmentBytes = _context.Limits.LogSegmentBytes,
        };
        return WriteAheadLog.Open(options, begin, replay, _context.Files, _context.Time, _context.Log);
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Collection {Collection} of shard {Shard} needs repair and answers nothing until then: {Damage}")]
    private static partial void LogDamaged(ILogger logger, string collection, ushort shard, string damage);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Shard {Shard} applied {Records} records of its log again and has {Documents} documents")]
    private static partial void LogRecovered(ILogger logger, ushort shard, long records, long documents);
}
