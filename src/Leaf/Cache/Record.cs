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

    /// <summary>Two bits: the width of the version, by <see cref="RecordVersion"/>.</summary>
    VersionWidth = 32 | 64,

    /// <summary>
    /// The value is no plain one, or something is noted with it: a byte of <see cref="EntryTraits"/>.
    /// </summary>
    HasTraits = 128,
}

/// <summary>One entry or tombstone as it lies in a segment: a view, decoded once, over unaligned bytes.</summary>
/// <remarks>
/// <code>
///  +------+------------+------------+-----------+--------+----------+----------+-------+--------------+
///  | shape| version    | path length| value len.| traits | flags    | expires  | path  | value, or the|
///  | u8   | 4 to 8     | 1 or 2     | 1 to 3, or| 1 if   | 4 if any | 6 if any |       | lead of a    |
///  |      |            |            | u32 + ptr | any    |          |          |       | large one    |
///  +------+------------+------------+-----------+--------+----------+----------+-------+--------------+
/// </code>
/// 7 bytes before path and value for the commonest entry: no traits, flags or expiry, both lengths under 128,
/// written within half a minute of the first of its segment (<see cref="RecordVersion"/>). Lengths have 7 bits a byte,
/// the lowest first. Never leaves the process, so the machine's byte order will do. Expiry to the millisecond.
/// </remarks>
internal readonly unsafe struct Record
{
    public const int LargeFieldBytes = 12;
    public const int TraitsBytes = 1;
    public const int FlagsBytes = 4;
    public const int ExpiryBytes = 6;
    public const long ExpiryMsMax = (1L << 48) - 1;

    private readonly byte* _at;
    private readonly ulong* _versionBase;
    private readonly int _valueField;
    private readonly int _path;
    private readonly int _inlineBytes;

    /// <param name="at">Its first byte. What follows may be torn: lengths are to be checked then.</param>
    /// <param name="versionBase">Of its segment: <see cref="SegmentPool.RecordAt"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record(byte* at, ulong* versionBase)
    {
        _at = at;
        _versionBase = versionBase;
        var shape = (RecordShape)(*at);
        var next = 1 + RecordVersion.Bytes(shape);
        int path = at[next++];
        if (path >= 0x80) path = (path & 0x7F) | (at[next++] << 7);
        PathBytes = path;
        _valueField = next;
        var inline = 0;
        if ((shape & RecordShape.Large) != 0)
        {
            ValueBytes = Unsafe.ReadUnaligned<int>(at + next);
            inline = LargeBlock.LeadBytes(ValueBytes);
            next += LargeFieldBytes;
        }
        else
        {
            inline = at[next++];
            if (inline >= 0x80)
            {
                inline = (inline & 0x7F) | (at[next++] << 7);
                if (inline >= 0x4000) inline = (inline & 0x3FFF) | (at[next++] << 14);
            }

            ValueBytes = inline;
        }

        if ((shape & RecordShape.HasTraits) != 0) next += TraitsBytes;
        if ((shape & RecordShape.HasFlags) != 0) next += FlagsBytes;
        if ((shape & RecordShape.HasExpiry) != 0) next += ExpiryBytes;
        _path = next;
        _inlineBytes = inline;
        Bytes = next + PathBytes + inline;
    }

    public byte* At => _at;

    /// <summary>Whether it is the default and no record at all.</summary>
    public bool IsNone => _at == null;

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

    public ulong Version => RecordVersion.Read(_at + 1, Shape, *_versionBase);

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
