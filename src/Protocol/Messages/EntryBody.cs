using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// Body of a Get's reply, and of a conditional write's that asked for its entry: flags u32, expires at i64 (Unix
/// milliseconds, 0 never), kind u8, then the value. The version is in the reply's header. A view; nothing is copied.
/// </summary>
public readonly ref struct EntryBody
{
    /// <summary>Bytes before the value.</summary>
    public const int PrefixLength = 13;

    private const int KindAt = 12;

    /// <summary>The client's own 32 bits.</summary>
    public required uint EntryFlags { get; init; }

    /// <summary>Unix time in milliseconds at which the entry expires; 0 means never.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>What the value is.</summary>
    public EntryKind Kind { get; init; }

    /// <summary>What is noted with it.</summary>
    public EntryMark Mark { get; init; }

    /// <summary>The value; of <see cref="EntryKind.Fields"/> a <see cref="FieldMap"/>.</summary>
    public required ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Writes the 13 bytes that stand before the value.</summary>
    public static void WritePrefix(
        Span<byte> destination, uint entryFlags, long expiresAtMs, EntryKind kind = EntryKind.Value,
        EntryMark mark = EntryMark.None)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, entryFlags);
        BinaryPrimitives.WriteInt64LittleEndian(destination[4..], expiresAtMs);
        destination[KindAt] = EntryTraits.Pack(kind, mark);
    }

    /// <summary>Reads a body; false when it is shorter than its prefix, or of no kind that is known.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out EntryBody entry)
    {
        if (body.Length < PrefixLength || !EntryTraits.AreAnswered(body[KindAt]))
        {
            entry = default;
            return false;
        }

        entry = new EntryBody
        {
            EntryFlags = BinaryPrimitives.ReadUInt32LittleEndian(body),
            ExpiresAtMs = BinaryPrimitives.ReadInt64LittleEndian(body[4..]),
            Kind = EntryTraits.KindOf(body[KindAt]),
            Mark = EntryTraits.MarkOf(body[KindAt]),
            Value = body[PrefixLength..],
        };
        return true;
    }
}
