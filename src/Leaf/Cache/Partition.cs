using System.Buffers;
using System.Buffers.Text;
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
/// The rules of versions: a write with one not above the stored is refused, also by a tombstone; a write without one
/// takes the stored plus one; an expired entry or tombstone counts as nothing.
/// </summary>
internal sealed unsafe class Partition : IDisposable
{
    private const int NumberTextBytesMax = 20;
    private readonly long _tombstoneLifeMs;
    private readonly int _valueBytesMax;
    private readonly EntryLimits _limits;

    /// <summary>Guards everything reachable from here but the pool and pinned blocks.</summary>
    public SpinGate Gate;

    public Partition(
        SegmentPool pool, CacheStoreOptions options, long limitBytes, EntryLimits limits,
        PlaceHash hash, ReadCounts reads)
    {
        Table = new EntryTable(pool, limitBytes, options.Events, hash);
        Reader = new EntryReader(pool, Table.Index, reads);
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
        var slot = Table.Index.Find(hash, command.Path);
        if (slot != null && Table.RecordAt(slot).HasExpired(nowMs))
        {
            var segment = Table.Log.Pool.SegmentOf(HashIndex.AddressOf(*slot));
            Table.Expire(hash, slot);
            Table.Log.ReturnIfEmpty(segment);
            slot = null;
        }

        var stored = slot == null ? default : Table.RecordAt(slot);
        var storedVersion = slot == null ? 0 : stored.Version;
        var isLive = slot != null && !stored.IsTombstone;
        if (slot != null) meta = stored.Meta;
        status = Refusal(command, storedVersion, isLive);
        if (status != StatusCode.Ok) return Need.Nothing;
        var target = new Target(hash, slot, command.Version != 0 ? command.Version : storedVersion + 1, nowMs);
        if (isLive) HashIndex.CountUse(slot);
        switch (command.Opcode)
        {
            case Opcode.Delete:
                status = isLive ? StatusCode.Ok : StatusCode.NotFound;
                return Bury(command, target, ref ticket, out meta);
            case Opcode.Append:
            case Opcode.Prepend:
                return Join(command, target, stored, output, ref ticket, ref status, ref meta);
            case Opcode.Increment:
                return Increment(command, target, stored, isLive, output, ref ticket, ref status, ref meta);
            case Opcode.Touch:
                return Touch(command, target, stored, ref ticket, ref status, ref meta);
            default:
                var inline = ticket.Block == null ? command.Value.Length : LargeBlock.LeadBytes(command.Value.Length);
                var draft = new RecordDraft
                {
                    Version = target.Version,
                    EntryFlags = command.EntryFlags,
                    ExpiresAtMs = command.ExpiresAtMs,
                    Kind = command.Kind,
                    Mark = command.Mark,
                    Path = command.Path,
                    Value = command.Value[..inline],
                    Block = ticket.Block,
                };
                return Put(draft, target, ref ticket, ref status, ref meta, out _);
        }
    }

    /// <summary>Gives an entry the frequency it had; nothing happens if it is not there.</summary>
    public void SetUses(ulong hash, ReadOnlySpan<byte> path, int uses)
    {
        var slot = Table.Index.Find(hash, path);
        if (slot != null) HashIndex.Move(slot, HashIndex.AddressOf(*slot), uses);
    }

    public void Dispose() => Table.Dispose();

    /// <summary>Uses what the ticket brought, and sees that the index has room for one more.</summary>
    private bool TryGrow(ulong hash, ref WriteTicket ticket)
    {
        if (ticket.Segment != 0) Table.Log.Donate(ticket.Segment);
        ticket.Segment = 0;
        while (Table.Index.NeedsSegment(hash))
        {
            var segment = Table.Log.TakeSegment(SegmentUse.Index, cleaning: false);
            if (segment == 0) return ticket.NoRoom;
            Table.Index.AddSegment(segment);
        }

        return true;
    }

    private static StatusCode Refusal(in CacheCommand command, ulong storedVersion, bool isLive)
    {
        if (isLive)
        {
            if (command.Opcode == Opcode.Add) return StatusCode.Exists;
            var compares = command.Opcode switch
            {
                Opcode.CompareAndSet => true,
                Opcode.Delete or Opcode.Touch => command.CompareVersion != 0,
                _ => false,
            };
            if (compares && command.CompareVersion != storedVersion) return StatusCode.VersionMismatch;
        }
        else if (NeedsEntry(command))
        {
            return StatusCode.NotFound;
        }

        var tooOld = command.Version != 0 && command.Version <= storedVersion;
        return tooOld ? StatusCode.VersionTooOld : StatusCode.Ok;
    }

    private static bool NeedsEntry(in CacheCommand command) => command.Opcode switch
    {
        Opcode.Set or Opcode.Add => false,
        Opcode.Increment => !command.HasInitial,

        // With a version it leaves a tombstone even so: the write it deletes may still be under way to this replica.
        Opcode.Delete => command.Version == 0 || command.CompareVersion != 0,
        _ => true,
    };

    private Need Join(
        in CacheCommand command, in Target target, in Record stored, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var length = (long)stored.ValueBytes + command.Value.Length;
        if (length > _valueBytesMax)
        {
            status = StatusCode.TooLarge;
            return Need.Nothing;
        }

        if (_limits.IsLarge(command.Path.Length, length))
            return JoinLarge(command, target, stored, (int)length, output, ref ticket, ref status, ref meta);
        var isAppend = command.Opcode == Opcode.Append;
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = stored.ExpiresAtMs,
            Path = command.Path,
            Value = isAppend ? stored.Value : command.Value,
            Rest = isAppend ? command.Value : stored.Value,
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out var result);
        if (need == Need.Nothing && status == StatusCode.Ok) Emit(result, output, out ticket.Pinned);
        return need;
    }

    private Need JoinLarge(
        in CacheCommand command, in Target target, in Record stored, int length, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var leadBytes = LargeBlock.LeadBytes(length);
        if (ticket.Block == null || ticket.Block->PagesBytes != length - leadBytes)
        {
            ticket.BlockValueBytes = length;
            return Need.Block;
        }

        Span<byte> lead = stackalloc byte[PageArena.PageBytes];
        var joint = new Joint(lead[..leadBytes], LargeBlock.Pages(ticket.Block));
        if (command.Opcode == Opcode.Prepend) joint.Add(command.Value);
        joint.Add(stored.Value);
        if (stored.IsLarge) joint.Add(LargeBlock.Pages(stored.Block));
        if (command.Opcode == Opcode.Append) joint.Add(command.Value);
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = stored.ExpiresAtMs,
            Path = command.Path,
            Value = lead[..leadBytes],
            Block = ticket.Block,
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out var result);
        if (need == Need.Nothing && status == StatusCode.Ok) Emit(result, output, out ticket.Pinned);
        return need;
    }

    private Need Increment(
        in CacheCommand command, in Target target, in Record stored, bool isLive, IBufferWriter<byte> output,
        ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta)
    {
        var number = command.Initial;
        if (isLive)
        {
            var text = stored.Value;
            var isNumber = stored.ValueBytes <= NumberTextBytesMax
                && Utf8Parser.TryParse(text, out number, out var used) && used == text.Length;
            if (!isNumber || !TryAdd(ref number, command.Delta))
            {
                status = StatusCode.NotANumber;
                return Need.Nothing;
            }
        }

        Span<byte> digits = stackalloc byte[NumberTextBytesMax];
        Utf8Formatter.TryFormat(number, digits, out var written);
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = isLive ? stored.EntryFlags : 0,
            ExpiresAtMs = isLive ? stored.ExpiresAtMs : command.ExpiresAtMs,
            Mark = isLive ? stored.Mark : EntryMark.None,
            Path = command.Path,
            Value = digits[..written],
        };
        var need = Put(draft, target, ref ticket, ref status, ref meta, out _);
        if (need == Need.Nothing && status == StatusCode.Ok) output.Write(digits[..written]);
        return need;
    }

    private Need Touch(
        in CacheCommand command, in Target target, in Record stored, ref WriteTicket ticket, ref StatusCode status,
        ref EntryMeta meta)
    {
        var draft = new RecordDraft
        {
            Version = target.Version,
            EntryFlags = stored.EntryFlags,
            ExpiresAtMs = command.ExpiresAtMs,
            Kind = stored.Kind,
            Mark = stored.Mark,
            Path = command.Path,
            Value = stored.Value,
            Block = stored.Block,
        };
        return Put(draft, target, ref ticket, ref status, ref meta, out _);
    }

    private Need Put(
        in RecordDraft draft, in Target target, ref WriteTicket ticket, ref StatusCode status, ref EntryMeta meta,
        out Record result)
    {
        result = default;

        // A write that has expired on arrival still supersedes what is older: as a tombstone, which keeps no value.
        if (draft.ExpiresAtMs != 0 && draft.ExpiresAtMs <= target.NowMs)
        {
            var need = Bury(new CacheCommand { Opcode = Opcode.Delete, Path = draft.Path }, target, ref ticket, out _);
            meta = draft.Meta;
            return need;
        }

        if (!Table.TryPut(draft, target.Hash, target.Slot, QueueFor(target), out result))
        {
            if (!ticket.NoRoom) return Need.Segment;
            status = StatusCode.Overloaded;
            return Need.Nothing;
        }

        if (draft.Block == ticket.Block) ticket.Block = null;
        meta = result.Meta;
        return Need.Nothing;
    }

    private Need Bury(in CacheCommand command, in Target target, ref WriteTicket ticket, out EntryMeta meta)
    {
        var draft = new RecordDraft
        {
            IsTombstone = true,
            Version = target.Version,
            ExpiresAtMs = target.NowMs + _tombstoneLifeMs,
            Path = command.Path,
        };
        meta = draft.Meta;
        if (Table.TryPut(draft, target.Hash, target.Slot, SegmentUse.Tombstones, out _)) return Need.Nothing;
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

    private static bool TryAdd(ref long number, long delta)
    {
        var sum = unchecked(number + delta);
        if (((number ^ sum) & (delta ^ sum)) < 0) return false;
        number = sum;
        return true;
    }

    /// <summary>Where a write goes, once it is allowed.</summary>
    private readonly struct Target(ulong hash, ulong* slot, ulong version, long nowMs)
    {
        public ulong Hash { get; } = hash;

        /// <summary>The path's slot, or null; holds until the put.</summary>
        public ulong* Slot { get; } = slot;

        public ulong Version { get; } = version;

        public long NowMs { get; } = nowMs;
    }

    /// <summary>Fills one span and then another with pieces of any length.</summary>
    private ref struct Joint(Span<byte> first, Span<byte> second)
    {
        private Span<byte> _first = first;
        private Span<byte> _second = second;

        public void Add(ReadOnlySpan<byte> piece)
        {
            var fitting = Math.Min(piece.Length, _first.Length);
            piece[..fitting].CopyTo(_first);
            _first = _first[fitting..];
            piece = piece[fitting..];
            piece.CopyTo(_second);
            _second = _second[piece.Length..];
        }
    }

}
