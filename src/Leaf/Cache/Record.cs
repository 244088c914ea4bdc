using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>First byte of a record: which fields it has and how wide they are.</summary>
[Flags]
internal enum RecordShape : byte
{
    None = 0,

    /// <summary>Overwritten, deleted, evicted or moved: only its length still counts.</summary>
    Dead = 1,
    Tombstone = 2,
    HasFlags = 4,
    HasExpiry = 8,

    /// <summary>All but the value's first bytes are in a <see cref="LargeBlock"/>: length u32, pointer u64.</summary>
    Large = 16,

    /// <summary>Path length is a u16 instead of a byte.</summary>
    WidePath = 32,

    /// <summary>Value length is a u16 instead of a byte.</summary>
    WideValue = 64,

    /// <summary>
    /// The value is no plain one, or something is noted with it: a byte of <see cref="EntryTraits"/>.
    /// </summary>
    HasTraits = 128,
}

/// <summary>One entry or tombstone as it lies in a segment: a view, decoded once, over unaligned bytes.</summary>
/// <remarks>
/// <code>
///  0      1          9            9+p          9+p+v  +1 if traits +4 if flags  +6 if expiry
///  +------+----------+------------+-------------+--------+----------+------------+--------+--------------+
///  | shape| version  | path length| value length| traits | flags    | expires ms | path   | value, or the|
///  | u8   | u64      | u8 or u16  | u8, u16, or | u8     | u32      | u48        |        | lead of a    |
///  |      |          |            | u32+pointer |        |          |            |        | large one    |
///  +------+----------+------------+-------------+--------+----------+------------+--------+--------------+
/// </code>
/// 11 bytes before path and value for the commonest entry: no flags, no expiry, both lengths under 256. Never leaves
/// the process, so the machine's byte order will do. Expiry to the millisecond until the year 10889.
/// </remarks>
internal readonly unsafe struct Record
{
    public const int ShapeAndVersionBytes = 9;
    public const int LargeFieldBytes = 12;
    public const int TraitsBytes = 1;
    public const int FlagsBytes = 4;
    public const int ExpiryBytes = 6;
    public const long ExpiryMsMax = (1L << 48) - 1;

    private readonly byte* _at;
    private readonly int _valueField;
    private readonly int _path;
    private readonly int _inlineBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record(byte* at)
    {
        _at = at;
        var shape = (RecordShape)(*at);
        if ((shape & RecordShape.WidePath) == 0)
        {
            PathBytes = at[ShapeAndVersionBytes];
            _valueField = ShapeAndVersionBytes + 1;
        }
        else
        {
            PathBytes = Unsafe.ReadUnaligned<ushort>(at + ShapeAndVersionBytes);
            _valueField = ShapeAndVersionBytes + 2;
        }

        var inline = 0;
        var next = _valueField;
        if ((shape & RecordShape.Large) != 0)
        {
            ValueBytes = Unsafe.ReadUnaligned<int>(at + next);
            inline = LargeBlock.LeadBytes(ValueBytes);
            next += LargeFieldBytes;
        }
        else if ((shape & RecordShape.WideValue) != 0)
        {
            inline = ValueBytes = Unsafe.ReadUnaligned<ushort>(at + next);
            next += 2;
        }
        else
        {
            inline = ValueBytes = at[next++];
        }

        if ((shape & RecordShape.HasTraits) != 0) next += TraitsBytes;
        if ((shape & RecordShape.HasFlags) != 0) next += FlagsBytes;
        if ((shape & RecordShape.HasExpiry) != 0) next += ExpiryBytes;
        _path = next;
        _inlineBytes = inline;
        Bytes = next + PathBytes + inline;
    }

    public byte* At => _at;

    /// <summary>Bytes from this record to the next.</summary>
    public int Bytes { get; }

    public int PathBytes { get; }

    /// <summary>Bytes of the value, wherever it is.</summary>
    public int ValueBytes { get; }

    public RecordShape Shape => (RecordShape)(*_at);

    public bool IsDead => (Shape & RecordShape.Dead) != 0;

    public bool IsTombstone => (Shape & RecordShape.Tombstone) != 0;

    public bool IsLarge => (Shape & RecordShape.Large) != 0;

    public EntryKind Kind => EntryTraits.KindOf(Traits);

    public EntryMark Mark => EntryTraits.MarkOf(Traits);

    public ulong Version => Unsafe.ReadUnaligned<ulong>(_at + 1);

    public ReadOnlySpan<byte> Path => new(_at + _path, PathBytes);

    /// <summary>The block of a large value; null for the others.</summary>
    public LargeBlock* Block => IsLarge ? (LargeBlock*)Unsafe.ReadUnaligned<nint>(_at + _valueField + 4) : null;

    /// <summary>The value; of a large one its lead, which <see cref="LargeBlock.Pages"/> follow.</summary>
    public ReadOnlySpan<byte> Value => new(_at + _path + PathBytes, _inlineBytes);

    public uint EntryFlags => (Shape & RecordShape.HasFlags) == 0
        ? 0
        : Unsafe.ReadUnaligned<uint>(_at + _path - ExpiryBytesHere - FlagsBytes);

    /// <summary>Unix milliseconds; 0 means never.</summary>
    public long ExpiresAtMs => (Shape & RecordShape.HasExpiry) == 0
        ? 0
        : Unsafe.ReadUnaligned<uint>(_at + _path - ExpiryBytes)
            | ((long)Unsafe.ReadUnaligned<ushort>(_at + _path - 2) << 32);

    public EntryMeta Meta => IsTombstone ? new(Version, 0, 0) : new(Version, EntryFlags, ExpiresAtMs, Kind, Mark);

    private byte Traits => (Shape & RecordShape.HasTraits) == 0
        ? (byte)0
        : _at[_path - ExpiryBytesHere - ((Shape & RecordShape.HasFlags) == 0 ? 0 : FlagsBytes) - TraitsBytes];

    private int ExpiryBytesHere => (Shape & RecordShape.HasExpiry) == 0 ? 0 : ExpiryBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasExpired(long nowMs) => (Shape & RecordShape.HasExpiry) != 0 && ExpiresAtMs <= nowMs;

    public void Kill() => *_at |= (byte)RecordShape.Dead;
}
