using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>What a write must be brought before it can be tried again.</summary>
internal enum Need
{
    Nothing,
    Segment,
    Block,
}

/// <summary>What a write carries from one try to the next. Whatever is left at the end goes back to the pool.</summary>
internal unsafe struct WriteTicket
{
    /// <summary>A claimed segment to donate, or 0.</summary>
    public uint Segment;

    /// <summary>Bytes that a <see cref="Need.Segment"/> asks memory for.</summary>
    public int SegmentBytes;

    /// <summary>A block for the whole resulting value, filled if the command brought the value; or null.</summary>
    public LargeBlock* Block;

    /// <summary>Bytes of value that a <see cref="Need.Block"/> asks for.</summary>
    public int BlockValueBytes;

    /// <summary>Nothing can be evicted any more: do without, or refuse.</summary>
    public bool NoRoom;

    /// <summary>The block whose value is to be copied to the output, pinned; or null.</summary>
    public LargeBlock* Pinned;
}

/// <summary>
/// The operations on the entries whose hash falls here, each within one holding of the gate.
/// The rules of versions: a write with one not above the stored is refused, also by a tombstone, and by a flush of
/// everything before it; a write without one takes the next of the partition's own clock, which is above the stored and
/// never the same twice, so that an entry that was evicted and made again has another version; an expired entry or
/// tombstone counts as nothing.
/// </summary>
/// <remarks>
/// Here: what all operations share. Values, Fields, Transact and Restore have their own files.
/// </remarks>
internal sealed unsafe partial class Partition : IDisposable
{
    private readonly long _tombstoneLifeMs;
    private readonly int _valueBytesMax;
    private readonly EntryLimits _limits;

    /// <summary>One for each partition: a path is always in the same, and under its gate nobody else asks.</summary>
    private readonly HybridClock _versions = new(TimeProvider.System);

    /// <summary>The version of the last flush: nothing older is taken any more.</summary>
    private ulong _flushedAt;

    /// <summary>Guards everything reachable from here but the pool and pinned blocks.</summary>
    public SpinGate Gate;

    public Partition(
        SegmentPool pool, CacheStoreOptions options, long limitBytes, EntryLimits limits,
        PlaceHash hash, ReadCounts reads)
    {
        Table = new EntryTable(pool, limitBytes, options.Events, hash);
        Reader = new EntryReader(pool, Table.Index, reads, Table.Admission.Hits);
        Cleaner = new Cleaner(Table, limitBytes);
        _tombstoneLifeMs = (long)options.TombstoneLife.TotalMilliseconds;
        _valueBytesMax = options.ValueBytesMax;
        _limits = limits;
    }

    public EntryTable Table { get; }

    public Cleaner Cleaner { get; }

    public EntryReader Reader { get; }

    /// <summary>Tries a write. Unless it needs something first, <paramref name="status"/> is its outcome.</summary>
    public Need Write(
        in CacheCommand command, ulong hash, long nowMs, IBufferWriter<byte> output, ref WriteTicket ticket,
        out StatusCode status, out EntryMeta meta)
    {
        status = StatusCode.Ok;
        meta = default;
        if (!TryGrow(hash, ref ticket)) return Need.Segment;
        var target = Find(hash, command.Path, nowMs);
        var stored = target.Stored;
        if (target.Slot != null) meta = stored.Meta;
        status = Refusal(command, target);
        if (status == StatusCode.VersionTooOld && target.Slot == null) meta = new EntryMeta(_flushedAt, 0, 0);
        if (status != StatusCode.Ok) return Need.Nothing;
        target.Version = command.Version != 0 ? command.Version : NextVersion(target.StoredVersion, nowMs);
        if (target.IsLive && HashIndex.CountUse(target.Slot, *target.Slot)) Table.Admission.Hits.Note(hash);
        switch (command.Opcode)
        {
            case Opcode.Delete:
                status = target.IsLive ? StatusCode.Ok : StatusCode.NotFound;
                return Bury(command.Path, target, ref ticket, out meta);
            case Opcode.Append:
            case Opcode.Prepend:
                return Join(command, target, stored, output, ref ticket, ref status, ref meta);
            case Opcode.Increment:
                return Increment(command, target, stored, output, ref ticket, ref status, ref meta);
            case Opcode.Touch:
                return Touch(command, target, stored, output, ref ticket, ref status, ref meta);
            case Opcode.FieldSet:
            case Opcode.FieldDelete:
            case Opcode.FieldIncrement:
                return ChangeFields(command, target, stored, output, ref ticket, ref status, ref meta);
            default:
                var draft = Draft(command, target.Version, ticket.Block);
                return Put(draft, target, ref ticket, ref status, ref meta, out _);
        }
    }

    public void Dispose() => Table.Dispose();

    /// <summary>Uses what the ticket brought, and sees that the index has room for one more.</summary>
    private bool TryGrow(ulong hash, ref WriteTicket ticket)
    {
        if (ticket.Segment != 0) Table.Log.Donate(ticket.Segment);
        ticket.Segment = 0;
        while (Table.Index.NeedsSegment(hash))
        {
            ticket.SegmentBytes = IndexPages.PageBytes;
            var segment = Table.Log.TakeSegment(SegmentUse.Index, cleaning: false, IndexPages.PageBytes);
            if (segment == 0) return ticket.NoRoom;
            Table.Index.AddSegment(segment);
        }

        return true;
    }

    /// <summary>Where a path is now; what has expired is dropped on the way.</summary>
    private Target Find(ulong hash, ReadOnlySpan<byte> path, long nowMs)
    {
        var slot = Table.Index.Find(hash, path);
        if (slot != null && Table.RecordAt(slot).HasExpired(nowMs))
        {
            var segment = Table.Log.Pool.SegmentOf(HashIndex.AddressOf(*slot));
            Table.Expire(hash, slot);
            Table.Log.ReturnIfEmpty(segment);
            slot = null;
        }

        var stored = slot == null ? default : Table.RecordAt(slot);
        return new Target
        {
            Hash = hash,
            Slot = slot,
            Stored = stored,
            StoredVersion = slot == null ? _flushedAt : stored.Version,
            IsLive = slot != null && !stored.IsTombstone,
            NowMs = nowMs,
        };
    }

    private ulong NextVersion(ulong storedVersion, long nowMs)
    {
        var version = _versions.Next(nowMs);
        if (version > storedVersion) return version;
        _versions.Observe(storedVersion);
        return _versions.Next(nowMs);
    }

    private static StatusCode Refusal(in CacheCommand command, in Target target)
    {
        if (target.IsLive)
        {
            if (command.Opcode == Opcode.Add) return StatusCode.Exists;
            var compares = command.CompareVersion != 0
                ? command.Opcode is Opcode.Delete or Opcode.Touch or Opcode.CompareAndSet
                    || CacheCommand.IsOnFields(command.Opcode)
                : command.Opcode == Opcode.CompareAndSet;
            if (compares && command.CompareVersion != target.StoredVersion) return StatusCode.VersionMismatch;
            if (IsOfOtherKind(command.Opcode, target.Stored.Kind)) return StatusCode.WrongKind;
        }
        else if (NeedsEntry(command))
        {
            return StatusCode.NotFound;
        }

        // Nothing can follow the very last version.
        var version = command.Version != 0 ? command.Version : ulong.MaxValue;
        return version <= target.StoredVersion ? StatusCode.VersionTooOld : StatusCode.Ok;
    }

    private static bool IsOfOtherKind(Opcode opcode, EntryKind stored) => stored == EntryKind.Fields
        ? opcode is Opcode.Append or Opcode.Prepend or Opcode.Increment
        : CacheCommand.IsOnFields(opcode);

    private static bool NeedsEntry(in CacheCommand command) => command.Opcode switch
    {
        Opcode.Set or Opcode.Add => false,
        Opcode.FieldSet or Opcode.FieldIncrement => command.CompareVersion != 0,
        Opcode.Increment => !command.HasInitial,

        // With a version it leaves a tombstone even so: the write it deletes may still be under way to this replica.
        Opcode.Delete => command.Version == 0 || command.CompareVersion != 0,
        _ => true,
    };

    private Need Put(
        in RecordDraft draft, in Target target, ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta,
        out Record result)
    {
        result = default;

        // A write that has expired on arrival still supersedes what is older: as a tombstone, which keeps no value.
        if (draft.ExpiresAtMs != 0 && draft.ExpiresAtMs <= target.NowMs)
        {
            var need = Bury(draft.Path, target, ref ticket, out _);
            meta = draft.Meta;
            return need;
        }

        if (!Table.TryPut(draft, target.Hash, target.Slot, QueueFor(target), out result))
        {
            ticket.SegmentBytes = draft.Bytes;
            if (!ticket.NoRoom) return Need.Segment;
            status = StatusCode.Overloaded;
            return Need.Nothing;
        }

        if (draft.Block == ticket.Block) ticket.Block = null;
        meta = result.Meta;
        return Need.Nothing;
    }

    private Need Bury(ReadOnlySpan<byte> path, in Target target, ref WriteTicket ticket, out EntryMeta meta)
    {
        var draft = new RecordDraft
        {
            IsTombstone = true,
            Version = target.Version,
            ExpiresAtMs = target.NowMs + _tombstoneLifeMs,
            Path = path,
        };
        meta = draft.Meta;
        if (Table.TryPut(draft, target.Hash, target.Slot, SegmentUse.Tombstones, out _)) return Need.Nothing;
        ticket.SegmentBytes = draft.Bytes;
        if (!ticket.NoRoom) return Need.Segment;

        // No room even for a tombstone: the delete itself still happens.
        if (target.Slot == null) return Need.Nothing;
        var segment = Table.Log.Pool.SegmentOf(HashIndex.AddressOf(*target.Slot));
        Table.Drop(target.Hash, target.Slot);
        Table.Log.ReturnIfEmpty(segment);
        return Need.Nothing;
    }

    private SegmentUse QueueFor(in Target target)
    {
        if (target.Slot != null && !Table.RecordAt(target.Slot).IsTombstone)
        {
            var pool = Table.Log.Pool;
            return pool.Header(pool.SegmentOf(HashIndex.AddressOf(*target.Slot))).Use;
        }

        return SegmentUse.Small;
    }

    /// <summary>Copies a value out; of a large one its lead, and pins the rest.</summary>
    private static void Emit(in Record record, IBufferWriter<byte> output, out LargeBlock* pinned)
    {
        pinned = null;
        var value = record.Value;
        if (value.Length != 0)
        {
            value.CopyTo(output.GetSpan(value.Length));
            output.Advance(value.Length);
        }

        if (!record.IsLarge) return;
        pinned = record.Block;
        LargeBlock.Pin(pinned);
    }

    /// <summary>The record that a command which brings its value makes; of a large one the lead of the value.</summary>
    private static RecordDraft Draft(in CacheCommand command, ulong version, LargeBlock* block)
    {
        var inline = block == null
            ? command.Value.Length
            : LargeBlock.LeadBytes(LargeBlock.ValueBytesFor(command.Kind, command.Value.Length));
        return new RecordDraft
        {
            Version = version,
            EntryFlags = command.EntryFlags,
            ExpiresAtMs = command.ExpiresAtMs,
            Kind = command.Kind,
            Mark = command.Mark,
            Path = command.Path,
            Value = command.Value[..inline],
            Block = block,
        };
    }

    /// <summary>What a write found, and where it goes. Holds until the put.</summary>
    private struct Target
    {
        public ulong Hash;

        /// <summary>The path's slot, or null.</summary>
        public ulong* Slot;
        public Record Stored;

        /// <summary>What a write must be above.</summary>
        public ulong StoredVersion;
        public bool IsLive;
        public ulong Version;
        public long NowMs;
    }
}
