using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>A record about to be written. A view; the value is <see cref="Value"/> then <see cref="Rest"/>.</summary>
internal readonly unsafe ref struct RecordDraft
{
    /// <summary>Largest value length that fits a u16 field; segments hold larger ones in blocks.</summary>
    public const int InlineValueBytesMax = ushort.MaxValue;

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

    public RecordShape Shape =>
        (IsTombstone ? RecordShape.Tombstone : 0)
        | (EntryFlags != 0 ? RecordShape.HasFlags : 0)
        | (ExpiresAtMs != 0 ? RecordShape.HasExpiry : 0)
        | (Block != null ? RecordShape.Large : 0)
        | (Traits != 0 ? RecordShape.HasTraits : 0)
        | (Path.Length > byte.MaxValue ? RecordShape.WidePath : 0)
        | (Block == null && Value.Length + Rest.Length > byte.MaxValue ? RecordShape.WideValue : 0);

    private byte Traits => EntryTraits.Pack(Kind, Mark & ~EntryMark.WasRead);

    public int Bytes => HeaderBytes(Shape) + Path.Length + Value.Length + Rest.Length;

    public EntryMeta Meta => IsTombstone
        ? new(Version, 0, 0)
        : new(Version, EntryFlags, ExpiresAtMs, Kind, Mark & ~EntryMark.WasRead);

    /// <summary>Bytes of an inline record of this path and value with flags and expiry: the most it can take.</summary>
    public static long BytesMax(int pathBytes, long valueBytes) =>
        HeaderBytes(
            RecordShape.HasTraits | RecordShape.HasFlags | RecordShape.HasExpiry | RecordShape.WidePath
            | RecordShape.WideValue)
        + pathBytes + valueBytes;

    /// <summary>Writes <see cref="Bytes"/> bytes. The value may overlap the place it is written to.</summary>
    public void WriteTo(byte* at)
    {
        var shape = Shape;
        *at = (byte)shape;
        Unsafe.WriteUnaligned(at + 1, Version);
        var next = WriteLengths(at + Record.ShapeAndVersionBytes, shape);
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

    private static int HeaderBytes(RecordShape shape)
    {
        var valueField = (shape & RecordShape.WideValue) != 0 ? 2 : 1;
        if ((shape & RecordShape.Large) != 0) valueField = Record.LargeFieldBytes;
        return Record.ShapeAndVersionBytes
            + ((shape & RecordShape.WidePath) != 0 ? 2 : 1)
            + valueField
            + ((shape & RecordShape.HasTraits) != 0 ? Record.TraitsBytes : 0)
            + ((shape & RecordShape.HasFlags) != 0 ? Record.FlagsBytes : 0)
            + ((shape & RecordShape.HasExpiry) != 0 ? Record.ExpiryBytes : 0);
    }

    private byte* WriteLengths(byte* next, RecordShape shape)
    {
        if ((shape & RecordShape.WidePath) == 0)
        {
            *next++ = (byte)Path.Length;
        }
        else
        {
            Unsafe.WriteUnaligned(next, (ushort)Path.Length);
            next += 2;
        }

        if ((shape & RecordShape.Large) != 0)
        {
            Unsafe.WriteUnaligned(next, Value.Length + Block->PagesBytes);
            Unsafe.WriteUnaligned(next + 4, (nint)Block);
            return next + Record.LargeFieldBytes;
        }

        if ((shape & RecordShape.WideValue) == 0)
        {
            *next++ = (byte)(Value.Length + Rest.Length);
            return next;
        }

        Unsafe.WriteUnaligned(next, (ushort)(Value.Length + Rest.Length));
        return next + 2;
    }
}
