using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// Body of a <see cref="Opcode.Head"/>'s reply: the entry's prefix as <see cref="EntryBody"/> has it, then the value's
/// length u32. The version is in the reply's header.
/// </summary>
/// <param name="EntryFlags">The client's own 32 bits.</param>
/// <param name="ExpiresAtMs">Unix time in milliseconds at which the entry expires; 0 means never.</param>
/// <param name="Kind">What the value is.</param>
/// <param name="ValueBytes">Bytes of the value, as a Get would give it.</param>
public readonly record struct HeadBody(uint EntryFlags, long ExpiresAtMs, EntryKind Kind, uint ValueBytes)
{
    /// <summary>Bytes of the body.</summary>
    public const int Length = EntryBody.PrefixLength + sizeof(uint);

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        EntryBody.WritePrefix(destination, EntryFlags, ExpiresAtMs, Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[EntryBody.PrefixLength..], ValueBytes);
    }

    /// <summary>
    /// Reads a body; false when it is shorter or of no kind that is known. Later versions may add to it.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out HeadBody head)
    {
        if (body.Length < Length || !EntryBody.TryRead(body, out var entry))
        {
            head = default;
            return false;
        }

        head = new HeadBody(
            entry.EntryFlags, entry.ExpiresAtMs, entry.Kind, BinaryPrimitives.ReadUInt32LittleEndian(entry.Value));
        return true;
    }
}
