using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>A record about to be written. A view; the value is <see cref="Value"/> then <see cref="Rest"/>.</summary>
internal readonly unsafe ref struct RecordDraft
{
    public bool IsTombstone { get; init; }

    public EntryKind Kind { get; init; }

    /// <summary>Of it, what is stored: see <see cref="EntryMark.WasRead"/>.</summary>
    public EntryMark Mark { get; init; }

    public ulong Version { get; init; }

    public uint EntryFlags { get; init; }

    /// <summary>Unix milliseconds, 0 for never; clamped to <see cref="Record.ExpiryMsMax"/>.</summary>
    public long ExpiresAtMs { get; init; }

    public ReadOnlySpan<byte> Path { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public ReadOnlySpan<byte> Rest { get; init; }

    /// <summary>The filled block of a large value, whose lead is <see cref="Value"/>; else null.</summary>
    public LargeBlock* Block { get; init; }

    /// <summary>The shape, with a version of no width yet.</summary>
    public RecordShape Shape =>
        (IsTombstone ? RecordShape.Tombstone : 0)
        | (EntryFlags != 0 ? RecordShape.HasFlags : 0)
        | (ExpiresAtMs != 0 ? RecordShape.HasExpiry : 0)
        | (Block != null ? RecordShape.Large : 0)
        | (Traits != 0 ? RecordShape.HasTraits : 0);

    private byte Traits => EntryTraits.Pack(Kind, Mark & ~EntryMark.WasRead);

    /// <summary>Bytes of the record at most, whatever segment it goes to.</summary>
    public int Bytes => BytesWith(RecordVersion.CodeMax);

    /// <summary>A record as it stands, to be written elsewhere. Its block is the same.</summary>
    public static RecordDraft Of(in Record record) => new()
    {
        IsTombstone = record.IsTombstone,
        Kind = record.Kind,
        Mark = record.Mark,
        Version = record.Version,
        EntryFlags = record.EntryFlags,
        ExpiresAtMs = record.ExpiresAtMs,
        Path = record.Path,
        Value = record.Value,
        Block = record.Block,
    };

    /// <summary>The least width of its version beside that of a segment's first record.</summary>
    public int CodeFor(ulong versionBase) => RecordVersion.CodeFor(Version, versionBase);

    /// <summary>Bytes of the record with this width of version.</summary>
    public int BytesWith(int versionCode) =>
        HeaderBytes(versionCode) + Path.Length + Value.Length + Rest.Length;

    public EntryMeta Meta => IsTombstone
        ? new(Version, 0, 0)
        : new(Version, EntryFlags, ExpiresAtMs, Kind, Mark & ~EntryMark.WasRead);

    /// <summary>Bytes of an inline record of this path and value with flags and expiry: the most it can take.</summary>
    public static long BytesMax(int pathBytes, long valueBytes) =>
        1 + RecordVersion.BytesMax + 2 + 3 + Record.TraitsBytes + Record.FlagsBytes + Record.ExpiryBytes
        + pathBytes + valueBytes;

    /// <summary>
    /// Writes <see cref="BytesWith"/> the code bytes. The value may overlap the place it is written to.
    /// </summary>
    /// <param name="at">Where.</param>
    /// <param name="versionBase">Of the segment.</param>
    /// <param name="versionCode">At least <see cref="CodeFor"/> that.</param>
    public void WriteTo(byte* at, ulong versionBase, int versionCode)
    {
        var shape = Shape | RecordVersion.ShapeOf(versionCode);
        *at = (byte)shape;
        RecordVersion.Write(at + 1, versionCode, Version, versionBase);
        var next = WriteLengths(at + 1 + RecordVersion.BytesOf(versionCode));
        if ((shape & RecordShape.HasTraits) != 0) *next++ = Traits;
        if ((shape & RecordShape.HasFlags) != 0)
        {
            Unsafe.WriteUnaligned(next, EntryFlags);
            next += Record.FlagsBytes;
        }

        if ((shape & RecordShape.HasExpiry) != 0)
        {
            var expires = Math.Min(ExpiresAtMs, Record.ExpiryMsMax);
            Unsafe.WriteUnaligned(next, (uint)expires);
            Unsafe.WriteUnaligned(next + 4, (ushort)(expires >> 32));
            next += Record.ExpiryBytes;
        }

        Path.CopyTo(new Span<byte>(next, Path.Length));
        next += Path.Length;
        Value.CopyTo(new Span<byte>(next, Value.Length));
        Rest.CopyTo(new Span<byte>(next + Value.Length, Rest.Length));
    }

    private static int LengthBytes(int length) => length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;

    private static byte* WriteLength(byte* next, int length)
    {
        for (; length >= 0x80; length >>= 7) *next++ = (byte)(length | 0x80);
        *next++ = (byte)length;
        return next;
    }

    private int HeaderBytes(int versionCode) =>
        1 + RecordVersion.BytesOf(versionCode)
        + LengthBytes(Path.Length)
        + (Block != null ? Record.LargeFieldBytes : LengthBytes(Value.Length + Rest.Length))
        + (Traits != 0 ? Record.TraitsBytes : 0)
        + (EntryFlags != 0 ? Record.FlagsBytes : 0)
        + (ExpiresAtMs != 0 ? Record.ExpiryBytes : 0);

    private byte* WriteLengths(byte* next)
    {
        next = WriteLength(next, Path.Length);
        if (Block == null) return WriteLength(next, Value.Length + Rest.Length);
        Unsafe.WriteUnaligned(next, Value.Length + Block->PagesBytes);
        Unsafe.WriteUnaligned(next + 4, (nint)Block);
        return next + Record.LargeFieldBytes;
    }
}
