using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;

namespace Hedgerow.Protocol;

/// <summary>
/// The value of an entry of <see cref="EntryKind.Fields"/>: names with values, in the order they were added. A view;
/// nothing is copied. Written by <see cref="FieldMapEdit"/>.
/// </summary>
/// <remarks>
/// <code>
///  0        4             8                             8 + 8 × count, or 8
///  +--------+-------------+-----------------------------+--------------------------------------+---------+
///  | count  | field bytes | directory, if count > 16:   | fields, each                         | zeros,  |
///  | u32    | u32         | count × u64, ascending:     | name length u16, value length u32,   | less    |
///  |        |             | offset u32, name's hash u32 | name, value                          | than 4K |
///  +--------+-------------+-----------------------------+--------------------------------------+---------+
/// </code>
/// Little-endian. An offset counts from the first field; the hash is the lower half of XXH3-64 with seed 0. Up to 16
/// fields are looked through one by one, which beats any directory; beyond, a binary search finds one among 65,536 in
/// 16 steps. The zeros let a store fill whole pages. A map has at least one field.
/// <para>
/// The hash has no seed, as the bytes travel and are kept; so names can be made to have the same one. Others would wait
/// while they are looked through: no map has more than <see cref="SameHashMax"/> of them, an edit that would make more
/// is one over the limits, and a map of more is none.
/// </para>
/// Whoever reads bytes from outside checks them by <see cref="TryRead"/>. Of bytes that were not checked
/// (<see cref="Over"/>) reads give anything, but end, stay inside and never throw.
/// </remarks>
public readonly ref struct FieldMap
{
    /// <summary>Fields of one map.</summary>
    public const int FieldsMax = 65_536;

    /// <summary>Bytes of a field's name. Its value is bounded by the map's: the largest value of an entry.</summary>
    public const int NameBytesMax = ushort.MaxValue;

    /// <summary>
    /// Names of one hash in a map, at most. By chance three of 65,536 names have one in one map of 400,000.
    /// </summary>
    public const int SameHashMax = 48;

    /// <summary>Most zeros behind the fields: less than a page.</summary>
    public const int PaddingMax = 4_095;

    internal const int HeaderBytes = 8;
    internal const int FieldHeaderBytes = sizeof(ushort) + sizeof(uint);
    internal const int SlotBytes = sizeof(ulong);

    /// <summary>Fields up to which there is no directory.</summary>
    internal const int LinearMax = 16;

    private readonly ReadOnlySpan<byte> _directory;
    private readonly ReadOnlySpan<byte> _fields;

    private FieldMap(int count, ReadOnlySpan<byte> directory, ReadOnlySpan<byte> fields)
    {
        Count = count;
        _directory = directory;
        _fields = fields;
    }

    /// <summary>Fields in the map.</summary>
    public int Count { get; }

    /// <summary>Whether the map has a directory, by which <see cref="AtRank"/> goes.</summary>
    public bool IsHashed => !_directory.IsEmpty;

    /// <summary>Bytes of the map, without the zeros behind it.</summary>
    public int Bytes => Count == 0 ? 0 : HeaderBytes + _directory.Length + _fields.Length;

    internal ReadOnlySpan<byte> Fields => _fields;

    internal ReadOnlySpan<byte> Directory => _directory;

    /// <summary>The text of the error for a field name over its limit, the same in every front end.</summary>
    public static string TooLongName(int nameLength) =>
        $"The field's name has {nameLength} bytes; at most {NameBytesMax} are allowed.";

    /// <summary>The hash that orders a directory.</summary>
    public static uint HashOf(ReadOnlySpan<byte> name) => (uint)XxHash3.HashToUInt64(name);

    /// <summary>
    /// A view without a check: of bytes that were checked before. Bytes that are no map are one without fields.
    /// </summary>
    public static FieldMap Over(ReadOnlySpan<byte> value) => TrySplit(value, out var map) ? map : default;

    /// <summary>Checks all of the bytes: every bound, every offset, every hash, that no name is there twice.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out FieldMap map, [NotNullWhen(false)] out string? error)
    {
        if (!TrySplit(value, out map))
        {
            error = $"The {value.Length} bytes are no map of 1 to {FieldsMax} fields.";
            return false;
        }

        var end = map.Bytes;
        error = value.Length - end > PaddingMax || value[end..].ContainsAnyExcept((byte)0)
            ? $"The map of fields ends at {end} of {value.Length} bytes; less than 4,096 zeros may follow."
            : map.Problem();
        return error is null;
    }

    /// <summary>The value of a field.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var at = Find(name, IsHashed ? HashOf(name) : 0, out _);
        value = default;
        return at >= 0 && TryField(at, out _, out value, out _);
    }

    /// <summary>The first rank whose hash is at least this one; <see cref="Count"/> when none is.</summary>
    public int RankOf(uint hash)
    {
        int low = 0, high = _directory.Length / SlotBytes;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if ((uint)(SlotAt(middle) >> 32) < hash) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>
    /// The field at a place in the order of hashes, of a map that <see cref="IsHashed"/>: the order that a walk in
    /// pages keeps while fields come and go.
    /// </summary>
    /// <param name="rank">0 to <see cref="Count"/> - 1.</param>
    /// <param name="hash">Of its name.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public void AtRank(int rank, out uint hash, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var slot = SlotAt(rank);
        hash = (uint)(slot >> 32);
        TryField((uint)slot, out name, out value, out _);
    }

    /// <summary>The fields, in the order they were added.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Where a field begins, counted from the first, or -1.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="hash">Of the name.</param>
    /// <param name="others">Fields of the same hash that were looked at; without a directory none is counted.</param>
    internal int Find(ReadOnlySpan<byte> name, uint hash, out int others)
    {
        others = 0;
        if (!IsHashed)
        {
            for (long at = 0; TryField(at, out var each, out _, out var next); at = next)
                if (each.SequenceEqual(name)) return (int)at;
            return -1;
        }

        for (var rank = RankOf(hash); rank < Count; rank++, others++)
        {
            var slot = SlotAt(rank);
            if ((uint)(slot >> 32) != hash) return -1;
            if (TryField((uint)slot, out var each, out _, out _) && each.SequenceEqual(name)) return (int)slot;
        }

        return -1;
    }

    /// <summary>The field at an offset; false behind the last, and where there is none.</summary>
    internal bool TryField(long at, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out long next)
    {
        name = value = default;
        next = at;
        if (at < 0 || at + FieldHeaderBytes > _fields.Length) return false;
        var field = _fields[(int)at..];
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(field);
        var valueLength = BinaryPrimitives.ReadUInt32LittleEndian(field[sizeof(ushort)..]);
        var length = (long)FieldHeaderBytes + nameLength + valueLength;
        if (length > field.Length) return false;
        name = field.Slice(FieldHeaderBytes, nameLength);
        value = field[(FieldHeaderBytes + nameLength)..(int)length];
        next = at + length;
        return true;
    }

    internal ulong SlotAt(int rank) => BinaryPrimitives.ReadUInt64LittleEndian(_directory[(rank * SlotBytes)..]);

    private static bool TrySplit(ReadOnlySpan<byte> value, out FieldMap map)
    {
        map = default;
        if (value.Length < HeaderBytes) return false;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(value);
        var fieldBytes = BinaryPrimitives.ReadUInt32LittleEndian(value[sizeof(uint)..]);
        var directory = count > LinearMax ? count * SlotBytes : 0L;
        if (count is 0 or > FieldsMax || HeaderBytes + directory + fieldBytes > value.Length) return false;
        map = new FieldMap(
            (int)count,
            value.Slice(HeaderBytes, (int)directory),
            value.Slice(HeaderBytes + (int)directory, (int)fieldBytes));
        return true;
    }

    private string? Problem()
    {
        if (DirectoryProblem() is { } problem) return problem;
        long at = 0;
        var fields = 0;
        for (; TryField(at, out var name, out _, out var next); at = next, fields++)
        {
            var hash = IsHashed ? HashOf(name) : 0;
            if (IsHashed && !HasSlot(((ulong)hash << 32) | (uint)at))
                return $"Field {fields} of the map is not in its directory.";
            if (Find(name, hash, out _) != at) return $"Field {fields} of the map is there twice.";
            if (fields == Count) break;
        }

        return at != _fields.Length || fields != Count
            ? $"The map says {Count} fields in {_fields.Length} bytes; it has {fields} in {at}."
            : null;
    }

    // First of all: a search by a directory in disorder, or with one hash only, looks at every slot.
    private string? DirectoryProblem()
    {
        var slots = _directory.Length / SlotBytes;
        for (var rank = 1; rank < slots; rank++)
            if (SlotAt(rank - 1) >= SlotAt(rank)) return $"Slot {rank} of the map's directory is out of order.";
        for (var rank = SameHashMax; rank < slots; rank++)
        {
            if (SlotAt(rank) >> 32 == SlotAt(rank - SameHashMax) >> 32)
                return $"More than {SameHashMax} names of the map have one hash.";
        }

        return null;
    }

    private bool HasSlot(ulong slot)
    {
        for (var rank = RankOf((uint)(slot >> 32)); rank < Count && SlotAt(rank) <= slot; rank++)
            if (SlotAt(rank) == slot) return true;
        return false;
    }

    /// <summary>Walks the fields of a map.</summary>
    public ref struct Enumerator
    {
        private readonly FieldMap _map;
        private long _next;

        internal Enumerator(FieldMap map)
        {
            _map = map;
        }

        /// <summary>The current field.</summary>
        public Field Current { get; private set; }

        /// <summary>Moves to the next field; false behind the last.</summary>
        public bool MoveNext()
        {
            if (!_map.TryField(_next, out var name, out var value, out var next)) return false;
            _next = next;
            Current = new Field(name, value);
            return true;
        }
    }

    /// <summary>One field; a view.</summary>
    public readonly ref struct Field
    {
        internal Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            Name = name;
            Value = value;
        }

        /// <summary>Its name; may be empty.</summary>
        public ReadOnlySpan<byte> Name { get; }

        /// <summary>Its value; may be empty.</summary>
        public ReadOnlySpan<byte> Value { get; }

        /// <summary>Takes it apart.</summary>
        public void Deconstruct(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
        {
            name = Name;
            value = Value;
        }
    }
}
