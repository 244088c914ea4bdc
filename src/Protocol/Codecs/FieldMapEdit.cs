using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hedgerow.Protocol;

/// <summary>
/// A change of a <see cref="FieldMap"/>: worked out first, so that its outcome and size are known, then written once,
/// to a place that does not overlap the map. A view over the map and the change; dispose it.
/// </summary>
/// <remarks>
/// Fields that stay are copied in runs, in their order; a replaced field keeps its place; new ones come last. Of a name
/// that is set twice in one list the later value counts (with only-if-absent the earlier). The old directory is merged
/// with the new fields', so that one field costs one pass.
/// </remarks>
public ref struct FieldMapEdit
{
    /// <summary>
    /// Names of one hash that an edit may add up to: what <see cref="FieldMap.SameHashMax"/> leaves when a map gets a
    /// directory that had none, and nobody knows how many it has.
    /// </summary>
    private const int SameHashMax = FieldMap.SameHashMax - FieldMap.LinearMax;

    private readonly FieldMap _map;
    private readonly ReadOnlySpan<byte> _names;
    private readonly ReadOnlySpan<byte> _values;
    private readonly Change[] _rented;
    private readonly long _fieldBytes;
    private int _length;

    /// <summary>Changes of fields that are there, by their place; the rest are new, in the order given.</summary>
    private readonly int _replaced;

    private FieldMapEdit(
        FieldMap map, ReadOnlySpan<byte> names, ReadOnlySpan<byte> values, Change[] rented, int length, bool keepFirst)
    {
        _map = map;
        _names = names;
        _values = values;
        _rented = rented;
        _length = length;
        if (!TryDropRepeated(keepFirst))
        {
            // More than any map has: whoever looks at the limits refuses it.
            Count = int.MaxValue;
            return;
        }

        Changes.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        _fieldBytes = map.Fields.Length;
        Count = map.Count;
        foreach (ref readonly var change in Changes)
        {
            if (change.IsReplacing) _replaced++;
            _fieldBytes += change.NewBytes - change.OldBytes;
            Count += (change.IsRemoval ? 0 : 1) - (change.IsReplacing ? 1 : 0);
        }
    }

    /// <summary>
    /// Fields after the change. Of none there is no map to write: the entry goes. Of more than <see
    /// cref="FieldMap.FieldsMax"/>, as which names count that were made to have one hash, there is none either.
    /// </summary>
    public int Count { get; }

    /// <summary>Whether the map stays as it is.</summary>
    public readonly bool IsEmpty => _length == 0;

    /// <summary>Fields more than before, or fewer.</summary>
    public readonly int Difference => Count - _map.Count;

    /// <summary>Bytes that <see cref="WriteTo"/> writes; beyond <see cref="Array.MaxLength"/> nothing may.</summary>
    public readonly long Bytes => FieldMap.HeaderBytes + DirectoryBytes + _fieldBytes;

    private readonly Span<Change> Changes => _rented.AsSpan(0, _length);

    private readonly long DirectoryBytes => Count > FieldMap.LinearMax ? (long)Count * FieldMap.SlotBytes : 0;

    /// <summary>Sets fields, or those of them that are not there.</summary>
    /// <param name="map">The map; default for none yet.</param>
    /// <param name="pairs">Names and values in turn, each name within its limit.</param>
    /// <param name="pairBytes">The bytes that <paramref name="pairs"/> was read from.</param>
    /// <param name="onlyIfAbsent">Leave those that are there.</param>
    public static FieldMapEdit Set(FieldMap map, FieldList pairs, ReadOnlySpan<byte> pairBytes, bool onlyIfAbsent)
    {
        var rented = ArrayPool<Change>.Shared.Rent(pairs.Count / 2);
        int length = 0, at = 0, name = 0, nameLength = 0;
        var isName = true;
        foreach (var item in pairs)
        {
            at += sizeof(uint);
            if (isName)
            {
                (name, nameLength) = (at, item.Length);
            }
            else
            {
                var change = Found(map, pairBytes.Slice(name, nameLength), name);
                change.Value = at;
                change.ValueLength = item.Length;
                if (!onlyIfAbsent || !change.IsReplacing) rented[length++] = change;
            }

            isName = !isName;
            at += item.Length;
        }

        return new FieldMapEdit(map, pairBytes, pairBytes, rented, length, keepFirst: onlyIfAbsent);
    }

    /// <summary>Sets one field.</summary>
    public static FieldMapEdit Set(FieldMap map, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var rented = ArrayPool<Change>.Shared.Rent(1);
        rented[0] = Found(map, name, 0);
        rented[0].ValueLength = value.Length;
        return new FieldMapEdit(map, name, value, rented, 1, keepFirst: false);
    }

    /// <summary>Removes fields.</summary>
    /// <param name="map">The map.</param>
    /// <param name="names">Names; those that are not there change nothing.</param>
    /// <param name="nameBytes">The bytes that <paramref name="names"/> was read from.</param>
    public static FieldMapEdit Remove(FieldMap map, FieldList names, ReadOnlySpan<byte> nameBytes)
    {
        var rented = ArrayPool<Change>.Shared.Rent(names.Count);
        int length = 0, at = 0;
        foreach (var name in names)
        {
            at += sizeof(uint);
            var change = Found(map, name, at);
            change.ValueLength = -1;
            if (change.IsReplacing) rented[length++] = change;
            at += name.Length;
        }

        return new FieldMapEdit(map, nameBytes, nameBytes, rented, length, keepFirst: true);
    }

    /// <summary>Writes the map as it becomes; at least one field is left.</summary>
    /// <param name="destination">At least <see cref="Bytes"/> long; what is behind is filled with zeros.</param>
    public readonly void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)Count);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[sizeof(uint)..], (uint)_fieldBytes);
        var directory = destination.Slice(FieldMap.HeaderBytes, (int)DirectoryBytes);
        var fields = destination.Slice(FieldMap.HeaderBytes + (int)DirectoryBytes, (int)_fieldBytes);
        WriteFields(fields);
        destination[(int)Bytes..].Clear();
        if (directory.IsEmpty) return;
        if (_map.IsHashed) MergeDirectory(directory);
        else MakeDirectory(directory, fields);
    }

    /// <summary>Gives the working memory back.</summary>
    public void Dispose()
    {
        if (_rented is not null) ArrayPool<Change>.Shared.Return(_rented);
        this = default;
    }

    private static Change Found(FieldMap map, ReadOnlySpan<byte> name, int nameAt)
    {
        var hash = FieldMap.HashOf(name);
        var old = map.Find(name, hash, out var others);
        var change = new Change
        {
            Hash = hash, Name = nameAt, NameLength = name.Length, Old = old, Others = others,
        };
        if (change.Old < 0) return change;
        map.TryField(change.Old, out _, out _, out var next);
        change.OldBytes = (int)(next - change.Old);
        return change;
    }

    // Makes one change of those of one name. False when too many names have one hash, before it has looked at them all.
    private bool TryDropRepeated(bool keepFirst)
    {
        if (_length > 1)
            Changes.Sort(static (a, b) => a.Hash != b.Hash ? a.Hash.CompareTo(b.Hash) : a.Name.CompareTo(b.Name));
        int kept = 0, first = 0, added = 0;
        for (var i = 0; i < _length; i++)
        {
            ref readonly var change = ref _rented[i];
            if (kept == 0 || _rented[kept - 1].Hash != change.Hash) (first, added) = (kept, 0);
            var same = kept - 1;
            while (same >= first && !HasName(_rented[same], change)) same--;
            if (same >= first)
            {
                if (!keepFirst) _rented[same].TakeValue(change);
                continue;
            }

            if (!change.IsReplacing && change.Others + ++added > SameHashMax) return false;
            _rented[kept++] = change;
        }

        _length = kept;
        return true;
    }

    private readonly bool HasName(in Change a, in Change b) =>
        _names.Slice(a.Name, a.NameLength).SequenceEqual(_names.Slice(b.Name, b.NameLength));

    private readonly void WriteFields(Span<byte> fields)
    {
        int from = 0, at = 0;
        foreach (ref var change in Changes)
        {
            var until = change.IsReplacing ? change.Old : _map.Fields.Length;
            _map.Fields[from..until].CopyTo(fields[at..]);
            at += until - from;
            from = until + change.OldBytes;
            change.NewAt = at;
            change.ShiftBehind = at + change.NewBytes - from;
            if (change.IsRemoval) continue;
            var field = fields.Slice(at, change.NewBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)change.NameLength);
            BinaryPrimitives.WriteUInt32LittleEndian(field[sizeof(ushort)..], (uint)change.ValueLength);
            _names.Slice(change.Name, change.NameLength).CopyTo(field[FieldMap.FieldHeaderBytes..]);
            _values.Slice(change.Value, change.ValueLength)
                .CopyTo(field[(FieldMap.FieldHeaderBytes + change.NameLength)..]);
            at += field.Length;
        }

        _map.Fields[from..].CopyTo(fields[at..]);
    }

    /// <summary>From the fields as written: of a map that had no directory.</summary>
    private static void MakeDirectory(Span<byte> directory, ReadOnlySpan<byte> fields)
    {
        var slots = MemoryMarshal.Cast<byte, ulong>(directory);
        var at = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(fields[at..]);
            var valueLength = BinaryPrimitives.ReadInt32LittleEndian(fields[(at + sizeof(ushort))..]);
            var name = fields.Slice(at + FieldMap.FieldHeaderBytes, nameLength);
            slots[i] = Slot(FieldMap.HashOf(name), at);
            at += FieldMap.FieldHeaderBytes + nameLength + valueLength;
        }

        slots.Sort();
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(slots, slots);
    }

    /// <summary>The old slots, moved, and the new ones, both ascending.</summary>
    private readonly void MergeDirectory(Span<byte> directory)
    {
        var replaced = Changes[.._replaced];
        var added = Changes[_replaced..];
        added.Sort(static (a, b) => Slot(a.Hash, a.NewAt).CompareTo(Slot(b.Hash, b.NewAt)));
        int old = 0, next = 0;
        while (true)
        {
            ulong oldSlot = 0;
            var hasOld = false;
            while (old < _map.Count && !(hasOld = TryMove(_map.SlotAt(old), replaced, out oldSlot))) old++;
            if (!hasOld && next == added.Length) return;
            var addedSlot = next < added.Length ? Slot(added[next].Hash, added[next].NewAt) : ulong.MaxValue;
            if (hasOld && oldSlot < addedSlot) old++;
            else next++;
            BinaryPrimitives.WriteUInt64LittleEndian(directory, hasOld ? Math.Min(oldSlot, addedSlot) : addedSlot);
            directory = directory[FieldMap.SlotBytes..];
        }
    }

    /// <summary>Where an old slot's field is now; false when it is removed.</summary>
    private static bool TryMove(ulong slot, ReadOnlySpan<Change> replaced, out ulong moved)
    {
        moved = slot;
        var at = (int)(uint)slot;
        int low = 0, high = replaced.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (replaced[middle].Old <= at) low = middle + 1;
            else high = middle;
        }

        if (low == 0) return true;
        ref readonly var before = ref replaced[low - 1];
        if (before.Old == at && before.IsRemoval) return false;
        moved = Slot((uint)(slot >> 32), before.Old == at ? before.NewAt : at + before.ShiftBehind);
        return true;
    }

    private static ulong Slot(uint hash, int at) => ((ulong)hash << 32) | (uint)at;

    /// <summary>One field set or removed.</summary>
    private struct Change
    {
        public uint Hash;
        public int Name;
        public int NameLength;
        public int Value;

        /// <summary>-1 removes.</summary>
        public int ValueLength;

        /// <summary>Where the field is now, or -1.</summary>
        public int Old;
        public int OldBytes;

        /// <summary>Of a new field: those of the map that have its hash.</summary>
        public int Others;

        /// <summary>Where it begins in the new fields, or would.</summary>
        public int NewAt;

        /// <summary>What the old fields behind it move by.</summary>
        public int ShiftBehind;

        public readonly bool IsRemoval => ValueLength < 0;

        public readonly bool IsReplacing => Old >= 0;

        public readonly int NewBytes => IsRemoval ? 0 : FieldMap.FieldHeaderBytes + NameLength + ValueLength;

        /// <summary>The place stays the first's.</summary>
        public void TakeValue(in Change later) => (Value, ValueLength) = (later.Value, later.ValueLength);

        /// <summary>Fields that are there by their place, then new ones in the order given.</summary>
        public readonly long Place => IsReplacing ? Old : (1L << 32) + Name;
    }
}
