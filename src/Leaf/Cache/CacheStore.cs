using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The cache entries of one shard, off the GC heap, under a hard byte budget.
/// </summary>
/// <remarks>
/// <code>
///  CacheStore ── SegmentPool                       all memory: equal segments, and blocks for large values
///   └─ Partition × 2^n  (one gate each)
///       ├─ HashIndex   path hash → record address  64-byte buckets in segments of the pool
///       ├─ EntryLog    Small, Main, Tombstones     queues of segments of packed records
///       ├─ Admission   how often paths were used, and which were evicted lately
///       └─ Cleaner     eviction, compaction, sweep, a few records at a time
/// </code>
/// An entry is a record in a segment: 7 bytes and its path and value. A value that would take more than an eighth of a
/// segment has a block of whole pages, and only what is left over in its record. Every byte is claimed from the pool
/// before it is allocated, so the budget holds at every moment; a write that finds no room first empties segments, then
/// tries again.
/// <para>
/// The law of concurrency. (1) A partition's gate guards its index, log, admission, counters and the bytes of its
/// segments. (2) The pool's gate guards its lists and sums; it is taken last, and nothing is taken under it. (3) Only
/// a transaction holds several partitions' gates, taken in ascending order, and takes nothing else but the pool's: room
/// is made while no gate is held, and a claimed segment travels in the write's ticket or the transaction's stock.
/// (4) Under a gate at most <see cref="WalkRecordsMax"/> records of a segment or two are walked, or one small value is
/// copied; only an append to a large value and a change of a large map copy that, and a transaction copies its small
/// values. (5) Blocks are immutable once their record is
/// stored, and counted: readers pin, copy outside of any gate and release; the last to release frees. (6) Blocks
/// are filled before and freed after the gate. (7) The output writer of a write is called under the gate: it
/// must not call back into the store.
/// </para>
/// Reads take no gate (<see cref="EntryReader"/>): what they may see change is changed within a bucket's version.
/// Papers: Rumble, Log-structured memory (FAST 2014); Yang, Segcache (NSDI 2021) and S3-FIFO (SOSP 2023).
/// Numbers and what else was weighed: docs/decisions/0001-cache-store.md and 0007-index-and-readers.md.
/// </remarks>
internal sealed unsafe partial class CacheStore : IDisposable
{
    /// <summary>Records looked at under one holding of a gate by eviction or sweep: some 10 µs.</summary>
    internal const int WalkRecordsMax = 64;

    /// <summary>Tries of one write; each finds its room taken by other writers only by rare bad luck.</summary>
    private const int TriesMax = 64;

    /// <summary>Steps of eviction that a write does for a sketch that has to grow: some 100 µs.</summary>
    private const int StepsForSketch = 8;

    /// <summary>Bytes of a large value copied to the output at a time.</summary>
    private const int CopyBytes = 64 * 1024;

    /// <summary>Free segments that stay in the pool, as a share of the budget: 1/128 from a sweep on, 1/64 at all
    /// times.</summary>
    private const int PoolKeepDivisor = 128;

    private readonly CacheStoreOptions _options;
    private readonly SegmentPool _pool;
    private readonly Partition[] _partitions;
    private readonly EntryLimits _limits;
    private readonly int _poolKeep;
    private readonly PlaceHash _hash;
    private readonly ReadCounts _reads = new();
    private int _sweepNext;
    private bool _disposed;

    /// <exception cref="ArgumentOutOfRangeException">A limit is outside its bounds; the message names them.</exception>
    public CacheStore(CacheStoreOptions options)
    {
        Layout.Verify();
        Validate(options);
        _options = options;
        _hash = PlaceHash.Create(options.HashSeed);
        var sizes = StoreSizes.Choose(options);
        var count = sizes.Partitions;
        _pool = new SegmentPool(options.MemoryBytes, sizes);
        _poolKeep = (int)(options.MemoryBytes / PoolKeepDivisor / sizes.SegmentBytes);
        var admissionBytes = Admission.BytesAtStart(options.MemoryBytes / count) * count;
        if (!_pool.TryClaim(admissionBytes))
            throw new ArgumentOutOfRangeException(nameof(options), "no room for counts");

        // What one entry could get if it were alone: all but the indexes, the open segments and one in the hand.
        var indexBytes = HashIndex.BytesAtStart(options.MemoryBytes / count, _pool.ChunkBytes) * count;
        var growthBytes = (Admission.BytesMax(options.MemoryBytes / count) * count) - admissionBytes;
        var fixedBytes = _pool.UsedBytes + growthBytes + indexBytes + (4L * sizes.StepBytes);
        _limits = new EntryLimits(sizes.InlineBytesMax, _pool.ClaimableBytes - fixedBytes);
        _partitions = new Partition[count];
        for (var i = 0; i < count; i++)
        {
            _partitions[i] = new Partition(
                _pool, options, options.MemoryBytes / count, _limits, _hash, _reads);
        }

        Scan = new StoreScan(_pool, _partitions);
    }

    /// <summary>
    /// Runs one operation. Thread safe; allocates nothing once its working set has been reached.
    /// </summary>
    /// <param name="command">Any operation that <see cref="CacheCommand.Carries"/>; another is UnknownOpcode.</param>
    /// <param name="pathHash"><see cref="PathHash.OfPath"/>. A write with another is BadRequest.</param>
    /// <param name="nowMs">Unix milliseconds. Entries that expire at it or before are gone.</param>
    /// <param name="output">
    /// When the outcome is Ok: the value of a Get, the value's length u32 of a Head, the <see cref="FieldValues"/> of a
    /// FieldGet, the resulting number's text of an Increment; of an operation that changes fields its number, an i64;
    /// the resulting value where <see cref="CacheCommand.ReturnEntry"/> asks for it, and of Append and Prepend its
    /// length, an i64, where not. Else nothing. Values beyond 64 KiB come in several spans.
    /// </param>
    /// <param name="meta">Of the stored entry: the new one when Ok, the one in the way when refused.</param>
    public StatusCode Execute(
        in CacheCommand command, ulong pathHash, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        var place = _hash.Of(command.Path);
        if (CacheCommand.IsRead(command.Opcode)) return Get(command, place, nowMs, output, out meta);
        meta = default;
        if (!CacheCommand.Carries(command.Opcode)) return StatusCode.UnknownOpcode;
        if (command.Path.Length > ProtocolLimits.PathBytesMax) return StatusCode.TooLarge;
        if (command.Value.Length > _options.ValueBytesMax) return StatusCode.TooLarge;
        if (pathHash != PathHash.OfPath(command.Path)) return StatusCode.BadRequest;
        if (command.Kind == EntryKind.Value) return ExecuteWrite(command, place, nowMs, output, out meta);

        // A map from outside is believed once it is checked, and stored without what filled its pages elsewhere.
        return FieldMap.TryRead(command.Value, out var map, out _)
            ? ExecuteWrite(command with { Value = command.Value[..map.Bytes] }, place, nowMs, output, out meta)
            : StatusCode.BadRequest;
    }

    private StatusCode ExecuteWrite(
        in CacheCommand command, ulong place, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        meta = default;
        var ticket = default(WriteTicket);
        StatusCode status;
        try
        {
            status = IsLarge(command) ? FillBlock(command, place, nowMs, ref ticket) : StatusCode.Ok;
            if (status == StatusCode.Ok) status = Write(command, place, nowMs, output, ref ticket, out meta);
        }
        finally
        {
            if (ticket.Segment != 0) _pool.Return(ticket.Segment);
            if (ticket.Block != null) LargeBlock.Release(ticket.Block, _pool);
        }

        if (ticket.Pinned != null) CopyAndRelease(ticket.Pinned, output);
        var echoes = command.ReturnEntry && command.Opcode is Opcode.Add or Opcode.Replace or Opcode.CompareAndSet;
        if (echoes && status == StatusCode.Ok) output.Write(command.Value);
        return status;
    }

    /// <summary>
    /// Asks the processor for the memory where a path's entry is looked for first, and returns at once. For whoever has
    /// several commands in hand: those asked for one after the other arrive together. Any thread; changes nothing.
    /// </summary>
    /// <returns>Where it is, for <see cref="PrefetchEntry(ulong)"/>.</returns>
    public ulong Prefetch(ReadOnlySpan<byte> path)
    {
        var place = _hash.Of(path);
        PartitionOf(place).Table.Index.Prefetch(place);
        return place;
    }

    /// <summary>
    /// The second half of a prefetch, for later, when the first has arrived: the entry itself. Worth it when other
    /// commands can be prefetched in between.
    /// </summary>
    public void PrefetchEntry(ReadOnlySpan<byte> path) => PrefetchEntry(_hash.Of(path));

    /// <summary>As the other, by what <see cref="Prefetch"/> gave.</summary>
    public void PrefetchEntry(ulong place) => PartitionOf(place).Table.Index.PrefetchRecord(place);

    /// <summary>
    /// Drops what has expired and gives free memory back to the operating system. Meant to be called a few times a
    /// second by one background thread; thread safe.
    /// </summary>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="budget">Records and segments to look at, at most; it returns early when there are no more.</param>
    /// <returns>Whether every segment had its turn: false asks for another call soon.</returns>
    public bool Sweep(long nowMs, int budget)
    {
        var done = 0;
        while (done < _partitions.Length && budget > 0)
        {
            var partition = _partitions[(uint)Volatile.Read(ref _sweepNext) % (uint)_partitions.Length];
            partition.Gate.Enter();
            var looked = partition.Cleaner.Sweep(nowMs, Math.Min(budget, WalkRecordsMax), out var roundOver);
            var doomed = partition.Table.TakeDoomed();
            partition.Gate.Exit();
            LargeBlock.ReleaseAll(doomed, _pool);
            budget -= Math.Max(1, looked);
            if (!roundOver) continue;
            done++;
            Interlocked.Increment(ref _sweepNext);
        }

        _pool.Trim(_poolKeep);
        return done == _partitions.Length;
    }

    /// <summary>Walks over all entries in steps: pages of paths, and the flush.</summary>
    public StoreScan Scan { get; }

    /// <summary>A reading; takes each gate once.</summary>
    public CacheStats Stats()
    {
        var sum = new CacheStats
        {
            MemoryBytes = _options.MemoryBytes,
            AllocatedBytes = _pool.UsedBytes,
            Hits = _reads.Hits,
            Misses = _reads.Misses,
        };
        foreach (var partition in _partitions)
        {
            partition.Gate.Enter();
            var table = partition.Table;
            sum = sum with
            {
                Entries = sum.Entries + table.Entries,
                Tombstones = sum.Tombstones + table.Tombstones,
                LiveBytes = sum.LiveBytes + table.LiveBytes,
                IndexBytes = sum.IndexBytes + table.Index.Bytes,
                Evictions = sum.Evictions + table.Evictions,
                Expirations = sum.Expirations + table.Expirations,
                MovedBytes = sum.MovedBytes + table.MovedBytes,
            };
            partition.Gate.Exit();
        }

        return sum;
    }

    /// <summary>Frees everything. No operation may be running or come after.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var partition in _partitions) partition.Dispose();
        _pool.Dispose();
    }

    /// <summary>Checks every invariant of a store at rest. For tests.</summary>
    /// <exception cref="InvalidOperationException">One is broken; the message says which.</exception>
    internal void Verify() => new StoreInspection(_pool, _partitions).Run();

    private static void Validate(CacheStoreOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryBytes, CacheStoreOptions.MemoryBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ValueBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ValueBytesMax, CacheStoreOptions.ValueBytesCeiling);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TombstoneLife, TimeSpan.Zero);
    }

    private Partition PartitionOf(ulong hash) => _partitions[NumberOf(hash)];

    private bool IsLarge(in CacheCommand command) =>
        _limits.IsLarge(command.Path.Length, command.Value.Length)
        && command.Opcode is Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.CompareAndSet;

    private StatusCode Get(
        in CacheCommand command, ulong hash, long nowMs, IBufferWriter<byte> output, out EntryMeta meta)
    {
        var partition = PartitionOf(hash);
        if (!partition.Reader.TryRead(command, hash, nowMs, output, out var status, out meta, out var pinned))
        {
            partition.Gate.Enter();
            try
            {
                partition.Reader.TryRead(command, hash, nowMs, output, out status, out meta, out pinned);
            }
            finally
            {
                partition.Gate.Exit();
            }
        }

        if (pinned == null) return status;
        if (command.Opcode != Opcode.FieldGet)
        {
            CopyAndRelease(pinned, output);
            return status;
        }

        try
        {
            return Partition.EmitFields(FieldMap.Over(LargeBlock.Pages(pinned)), command, output);
        }
        finally
        {
            LargeBlock.Release(pinned, _pool);
        }
    }

    private StatusCode Write(
        in CacheCommand command, ulong hash, long nowMs, IBufferWriter<byte> output, ref WriteTicket ticket,
        out EntryMeta meta)
    {
        var partition = PartitionOf(hash);
        for (var tries = 0; ; tries++)
        {
            Need need;
            StatusCode status;
            LargeBlock* doomed = null;
            partition.Gate.Enter();
            try
            {
                need = partition.Write(command, hash, nowMs, output, ref ticket, out status, out meta);
                if (need == Need.Nothing) partition.Cleaner.PayBack(nowMs);
                doomed = partition.Table.TakeDoomed();
            }
            finally
            {
                partition.Gate.Exit();
            }

            if (doomed != null) LargeBlock.ReleaseAll(doomed, _pool);
            if (_pool.PooledSegments > _poolKeep * 2) _pool.Trim(_poolKeep);
            if (partition.Table.Admission.BytesWanted != 0) MakeRoomForSketch(partition, nowMs);
            if (need == Need.Nothing) return status;
            if (tries == TriesMax || ticket.NoRoom) return StatusCode.Overloaded;
            if (need == Need.Segment)
            {
                ticket.NoRoom = !TryTakeSegment(partition, nowMs, ref ticket);
                continue;
            }

            status = TakeBlock(ticket.BlockValueBytes, partition, nowMs, ref ticket);
            if (status != StatusCode.Ok) return status;
        }
    }

    private StatusCode FillBlock(in CacheCommand command, ulong hash, long nowMs, ref WriteTicket ticket)
    {
        var valueBytes = LargeBlock.ValueBytesFor(command.Kind, command.Value.Length);
        var status = TakeBlock(valueBytes, PartitionOf(hash), nowMs, ref ticket);
        if (status != StatusCode.Ok) return status;
        var rest = command.Value[LargeBlock.LeadBytes(valueBytes)..];
        rest.CopyTo(LargeBlock.Pages(ticket.Block));
        LargeBlock.Pages(ticket.Block)[rest.Length..].Clear();
        return status;
    }

    private StatusCode TakeBlock(int valueBytes, Partition partition, long nowMs, ref WriteTicket ticket)
    {
        if (ticket.Block != null) LargeBlock.Release(ticket.Block, _pool);
        ticket.Block = null;
        var bytes = LargeBlock.BytesFor(valueBytes);
        if (bytes > _limits.BlockBytesMax) return StatusCode.TooLarge;
        while (!_pool.TryClaim(bytes))
        {
            if (!TryMakeRoom(partition, nowMs)) return StatusCode.Overloaded;
        }

        ticket.Block = LargeBlock.Allocate(valueBytes, _pool);
        return StatusCode.Ok;
    }

    /// <summary>Claims a segment for a write to a partition, whatever must go for it.</summary>
    internal bool TryTakeSegment(Partition partition, long nowMs, ref WriteTicket ticket)
    {
        do
        {
            ticket.Segment = _pool.TryTake(SegmentUse.Small, cleaning: false, ticket.SegmentBytes);
        }
        while (ticket.Segment == 0 && TryMakeRoom(partition, nowMs));
        return ticket.Segment != 0;
    }

    /// <summary>
    /// Works a step towards free memory: in the writer's own partition while that has its share or more, else in the
    /// fullest. False when no partition has anything left.
    /// </summary>
    private bool TryMakeRoom(Partition own, long nowMs)
    {
        var fullest = own;
        long total = 0;
        foreach (var partition in _partitions)
        {
            total += partition.Table.LiveBytes;
            if (partition.Table.LiveBytes > fullest.Table.LiveBytes) fullest = partition;
        }

        var victim = own.Table.LiveBytes * _partitions.Length >= total ? own : fullest;
        if (Evict(victim, nowMs)) return true;
        foreach (var partition in _partitions)
        {
            if (partition != victim && Evict(partition, nowMs)) return true;
        }

        return false;
    }

    /// <summary>What a full store has free goes to the next record: a sketch that must grow saves it up.</summary>
    private void MakeRoomForSketch(Partition partition, long nowMs)
    {
        var admission = partition.Table.Admission;
        for (var step = 0; step < StepsForSketch && admission.BytesWanted != 0; step++)
        {
            partition.Gate.Enter();
            var isSaved = admission.TrySave();
            partition.Gate.Exit();
            if (!isSaved && !TryMakeRoom(partition, nowMs)) return;
        }
    }

    private bool Evict(Partition partition, long nowMs)
    {
        partition.Gate.Enter();
        var progressed = partition.Cleaner.MakeRoom(nowMs, WalkRecordsMax);
        var doomed = partition.Table.TakeDoomed();
        partition.Gate.Exit();
        LargeBlock.ReleaseAll(doomed, _pool);
        return progressed;
    }

    private void CopyAndRelease(LargeBlock* block, IBufferWriter<byte> output)
    {
        try
        {
            var rest = LargeBlock.Pages(block);
            while (rest.Length != 0)
            {
                var part = rest[..Math.Min(rest.Length, CopyBytes)];
                output.Write(part);
                rest = rest[part.Length..];
            }
        }
        finally
        {
            LargeBlock.Release(block, _pool);
        }
    }
}
