using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Reads entries of one partition without its gate, beside whoever changes them: a reader writes nothing that another
/// reader waits for, and waits for a writer only while that one changes the very bucket, record or page.
/// </summary>
/// <remarks>
/// A seqlock (Lameter 2005; Boehm, Can seqlocks get along with programming language memory models, MSPC 2012):
/// <code>
///   reader                                          writer, holding the gate
///   group version even?  bucket version even?       record bytes appended where nobody reads yet
///   slot, record, value copied to the output        bucket version + 1 (odd)
///   read barrier                                    slot, or the record's bytes
///   both versions as before? then Advance,          bucket version + 1
///   else all over again                             only now the old record may be killed or its segment reused
/// </code>
/// What was copied before the versions are found equal may be anything: lengths are checked against the segment before
/// bytes are read by them, addresses against the space, and nothing is ever unmapped. A miss holds when neither bucket
/// changed: an entry on its way from one to the other changes both. A block's header stays a block's header for the
/// life of the store, so that a reader may try to pin one that is just being freed, and then finds that it is not its
/// own. After <see cref="TriesMax"/> vain tries the caller takes the gate, under which one try does.
/// </remarks>
internal sealed unsafe class EntryReader(SegmentPool pool, HashIndex index, ReadCounts counts, PathSample hits)
{
    /// <summary>Some 5 µs: a writer that changes a bucket for longer lost its processor, or grows a group.</summary>
    private const int TriesMax = 48;
    private const int SpinsPerTry = 8;

    private enum Outcome
    {
        Again,
        Miss,
        Hit,
        WrongKind,
        TooLarge,
    }

    /// <summary>What a copy comes to of more fields than an answer may have.</summary>
    private const int TooMuch = -1;

    /// <summary>
    /// Reads an entry; false when writers were in the way all the time. Never false under the partition's gate.
    /// </summary>
    /// <param name="command">A Get; a Head, which wants the value's length (i32) in its place; a FieldGet.</param>
    /// <param name="hash">The path's place.</param>
    /// <param name="nowMs">What has expired by then is missed.</param>
    /// <param name="output">Gets the value; of a large one the lead. Nothing if it is missed.</param>
    /// <param name="status">Ok, NotFound, or of a FieldGet WrongKind or TooLarge.</param>
    /// <param name="meta">Of the entry; of a tombstone its version.</param>
    /// <param name="pinned">The rest of a large value; the caller copies and releases it.</param>
    public bool TryRead(
        in CacheCommand command, ulong hash, long nowMs, IBufferWriter<byte> output, out StatusCode status,
        out EntryMeta meta, out LargeBlock* pinned)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var outcome = TryOnce(command, hash, nowMs, output, out meta, out pinned);
            if (outcome == Outcome.Hit)
            {
                counts.CountHit();
                status = StatusCode.Ok;
                return true;
            }

            if (outcome is Outcome.WrongKind or Outcome.TooLarge)
            {
                counts.CountHit();
                status = outcome == Outcome.WrongKind ? StatusCode.WrongKind : StatusCode.TooLarge;
                return true;
            }

            if (outcome == Outcome.Miss)
            {
                counts.CountMiss();
                status = StatusCode.NotFound;
                return true;
            }

            Thread.SpinWait(SpinsPerTry);
        }

        status = StatusCode.Overloaded;
        meta = default;
        pinned = null;
        return false;
    }

    private Outcome TryOnce(
        in CacheCommand command, ulong hash, long nowMs, IBufferWriter<byte> output, out EntryMeta meta,
        out LargeBlock* pinned)
    {
        meta = default;
        pinned = null;
        var tag = HashIndex.TagOf(hash);
        var home = HashIndex.BucketOf(hash);
        var group = new Glance(&index.Group(hash)->Version);
        var first = index.First(index.Group(hash), tag, home);
        var glance = new Glance(&first->Version);
        if (group.IsInChange || glance.IsInChange) return Outcome.Again;
        var slot = Search(first, tag, command.Path, out var seen);
        if (slot == null && first->Spilled != 0)
        {
            var firstGlance = glance;
            var second = index.Second(index.Group(hash), tag, home);
            glance = new Glance(&second->Version);
            if (glance.IsInChange) return Outcome.Again;
            slot = Search(second, tag, command.Path, out seen);
            if (slot == null && !firstGlance.IsUnchanged()) return Outcome.Again;
        }

        if (slot == null) return glance.IsUnchanged() && group.IsUnchanged() ? Outcome.Miss : Outcome.Again;
        var address = HashIndex.AddressOf(seen);
        var record = pool.RecordAt(address);
        if (!pool.IsWithinSegment(address, record.Bytes)) return Outcome.Again;
        var isHit = !record.HasExpired(nowMs) && !record.IsTombstone && record.Version >= command.Version;
        if (!record.HasExpired(nowMs)) meta = record.Meta;
        var block = command.Opcode != Opcode.Head ? record.Block : null;
        var isWrongKind = command.Opcode == Opcode.FieldGet && record.Kind != EntryKind.Fields;
        var copied = isHit && !isWrongKind ? Copy(command, record, output) : 0;
        if (!glance.IsUnchanged() || !group.IsUnchanged()) return Outcome.Again;
        if (!isHit) return Outcome.Miss;
        if (isWrongKind) return Outcome.WrongKind;
        if (copied == TooMuch) return Outcome.TooLarge;
        if (block != null && !TryPin(block, glance, group, out pinned)) return Outcome.Again;
        output.Advance(copied);
        if (HashIndex.UsesOf(seen) != 0) meta = meta with { Mark = meta.Mark | EntryMark.WasRead };
        // To ask about an entry is not to use it.
        if (command.Opcode != Opcode.Head && HashIndex.CountUse(slot, seen)) hits.Note(hash);
        return Outcome.Hit;
    }

    private ulong* Search(IndexBucket* bucket, ulong tag, ReadOnlySpan<byte> path, out ulong seen)
    {
        for (var matches = IndexBucket.Match(bucket, tag); matches != 0; matches &= matches - 1)
        {
            var slot = &bucket->Slots[uint.TrailingZeroCount(matches)];
            seen = Volatile.Read(ref *slot);
            var address = HashIndex.AddressOf(seen);
            if (HashIndex.TagOf(seen) != tag || address == 0 || address >= pool.AddressEnd) continue;
            HashIndex.PrefetchRest(pool.At(address));
            if (pool.RecordAt(address).Path.SequenceEqual(path)) return slot;
        }

        seen = 0;
        return null;
    }

    /// <summary>Copies to the output's next bytes without taking them: what was copied may turn out torn.</summary>
    private static int Copy(in CacheCommand command, in Record record, IBufferWriter<byte> output)
    {
        if (command.Opcode == Opcode.Head)
        {
            BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), record.ValueBytes);
            return sizeof(int);
        }

        var value = record.Value;
        if (command.Opcode == Opcode.FieldGet)
            return record.IsLarge ? 0 : CopyFields(command, FieldMap.Over(value), output);
        if (value.Length != 0) value.CopyTo(output.GetSpan(value.Length));
        return value.Length;
    }

    /// <summary>
    /// Copies the fields asked for. The map may change while it is read: what does not fit the room any more is left
    /// out, and judged with the rest.
    /// </summary>
    private static int CopyFields(in CacheCommand command, FieldMap map, IBufferWriter<byte> output)
    {
        if (!FieldList.TryRead(command.Value, out var names, out _)) return 0;
        long bytes = 0;
        foreach (var name in names) bytes += FieldValues.BytesOf(map.TryGet(name, out var value) ? value.Length : -1);
        if (bytes > FieldValues.BytesMaxOf(map)) return TooMuch;
        var room = output.GetSpan((int)bytes);
        var at = 0;
        foreach (var name in names)
        {
            var isPresent = map.TryGet(name, out var value);
            if (FieldValues.BytesOf(isPresent ? value.Length : -1) > room.Length - at) break;
            at += FieldValues.Write(room[at..], isPresent, value);
        }

        return at;
    }

    /// <summary>Pins the block of a record that was whole a moment ago.</summary>
    private bool TryPin(LargeBlock* block, in Glance glance, in Glance group, out LargeBlock* pinned)
    {
        pinned = null;
        if (!pool.Blocks.Contains(block) || !LargeBlock.TryPin(block)) return false;
        if (glance.IsUnchanged() && group.IsUnchanged())
        {
            pinned = block;
            return true;
        }

        LargeBlock.Release(block, pool);
        return false;
    }

    /// <summary>A version as it was when reading began.</summary>
    private readonly struct Glance
    {
        private readonly uint* _version;
        private readonly uint _seen;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Glance(uint* version)
        {
            _version = version;
            _seen = Volatile.Read(ref *version);
        }

        public bool IsInChange => (_seen & 1) != 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsUnchanged()
        {
            Volatile.ReadBarrier();
            return *_version == _seen;
        }
    }
}
